import { browserHost, EventLoop, RuntimeError, sleep } from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest"

/** The platform, with a clock that stands still and messages and timers that come when they are told to. */
const platform = {
  nowMs: 0,
  log: [] as string[],
  messages: [] as (() => void)[],
  timer: undefined as { callback: () => void; delayMs: number } | undefined,

  /** Delivers messages until there are none. */
  settle(): void {
    for (let deliver = this.messages.shift(); deliver !== undefined; deliver = this.messages.shift()) deliver()
  },

  /** Fires the timer, `lateMs` after it was due. */
  fire(lateMs = 0): void {
    const timer = this.timer
    if (timer === undefined) throw new Error("no timer is armed")
    this.timer = undefined
    this.nowMs += timer.delayMs + lateMs
    this.log.push("timer")
    timer.callback()
  },
}

class Port {
  onmessage: (() => void) | null = null
  other: Port | undefined
  closed = false

  postMessage(): void {
    platform.log.push("message")
    platform.messages.push(() => {
      if (this.other?.closed === false) this.other.onmessage?.()
    })
  }

  close(): void {
    this.closed = true
    platform.log.push("port closed")
  }
}

class Channel {
  readonly port1 = new Port()
  readonly port2 = new Port()

  constructor() {
    platform.log.push("channel")
    this.port1.other = this.port2
    this.port2.other = this.port1
  }
}

beforeEach(() => {
  onTestFinished(() => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  })
  Object.assign(platform, { nowMs: 0, log: [], messages: [], timer: undefined })
  vi.stubGlobal("MessageChannel", Channel)
  vi.stubGlobal("setTimeout", (callback: () => void, delayMs: number) => {
    platform.log.push(`setTimeout ${delayMs}`)
    platform.timer = { callback, delayMs }
    return platform.timer
  })
  vi.stubGlobal("clearTimeout", (timer: unknown) => {
    if (timer !== undefined && timer === platform.timer) platform.timer = undefined
  })
  vi.spyOn(performance, "now").mockImplementation(() => platform.nowMs)
  vi.spyOn(Date, "now").mockImplementation(() => Math.floor(platform.nowMs))
})

/** A loop that runs and has nothing to do; `end` stops and closes it, at the end of the test at the latest. */
function started() {
  const loop = new EventLoop()
  const ended = loop.runForever()
  platform.settle()
  platform.log.length = 0
  const end = async () => {
    loop.stop()
    platform.settle()
    await ended
    loop.close()
  }
  onTestFinished(end)
  return { loop, end }
}

describe("the browser's host", () => {
  test("touches nothing before the loop runs", async () => {
    const loop = new EventLoop()
    loop.callSoon(() => {})
    loop.callLater(1, () => {})
    loop.createTask(sleep(1)).cancel()
    expect(platform.log).toEqual([])
    const ended = loop.runForever()

    expect(platform.log).toEqual(["channel", "message"])
    loop.stop()
    platform.settle()
    await ended
    loop.close()
  })

  test("sends one message for a thousand callbacks", async () => {
    const { loop } = started()
    let ran = 0
    for (let i = 0; i < 1000; i++) loop.callSoon(() => ran++)
    expect(platform.log).toEqual(["message"])
    platform.settle()

    expect([ran, platform.log]).toEqual([1000, ["message"]])
  })

  test("runs nothing inside callSoon()", async () => {
    const { loop } = started()
    const log: string[] = []
    loop.callSoon(() => log.push("callback"))
    log.push("after callSoon")
    platform.settle()

    expect(log).toEqual(["after callSoon", "callback"])
  })

  test("lets the page have its turn when the budget of 4 ms is spent", async () => {
    const { loop } = started()
    const log: string[] = []
    for (let i = 0; i < 4; i++) {
      loop.callSoon(() => {
        log.push(`callback ${i}`)
        platform.nowMs += 2.5
      })
    }
    while (platform.messages.length > 0) {
      log.push("turn")
      platform.messages.shift()?.()
    }

    expect(log).toEqual(["turn", "callback 0", "callback 1", "turn", "callback 2", "callback 3"])
  })

  test.each([
    ["the wall clock stands still", false],
    ["all clocks stand still", true],
  ])("lets the page have its turn although %s, as with fake timers", async (_, all) => {
    const { loop } = started()
    vi.spyOn(Date, "now").mockReturnValue(0)
    let ran = 0
    const spin = () => {
      // A tick that never ends must not hang the test as well.
      if (++ran > 200_000) throw new Error("the tick does not end")
      if (!all) platform.nowMs += 0.001
      loop.callSoon(spin)
    }
    loop.callSoon(spin)
    platform.messages.shift()?.()

    expect(platform.messages.length).toBe(1)
    expect(ran).toBeLessThan(200_000)
    loop.stop()
  })

  test("arms one timer, for the earliest deadline", async () => {
    const { loop } = started()
    for (const delay of [3, 1, 2]) loop.callLater(delay, () => platform.log.push(`${delay} s`))
    expect(platform.log).toEqual(["setTimeout 3000", "setTimeout 1000"])
    platform.log.length = 0
    for (let i = 0; i < 3; i++) {
      platform.fire()
      platform.settle()
    }

    expect(platform.log).toEqual([
      ...["timer", "message", "1 s", "setTimeout 1000"],
      ...["timer", "message", "2 s", "setTimeout 1000"],
      ...["timer", "message", "3 s"],
    ])
  })

  test("arms none for a deadline at infinity", async () => {
    const { loop } = started()
    loop.callLater(Number.POSITIVE_INFINITY, () => {})

    expect(platform.log).toEqual([])
  })

  test("reaches a deadline beyond 2^31-1 ms in several timers", async () => {
    const { loop } = started()
    const longest = 2 ** 31 - 1
    loop.callLater((2 * longest + 5000) / 1000, () => platform.log.push("callback"))
    for (let i = 0; i < 3; i++) {
      platform.fire()
      platform.settle()
    }

    expect(platform.log).toEqual([
      ...[`setTimeout ${longest}`, "timer", "message"],
      ...[`setTimeout ${longest}`, "timer", "message"],
      ...["setTimeout 5000", "timer", "message", "callback"],
    ])
  })

  test("never asks for a negative delay, and never wakes too early by a rounded one", async () => {
    const { loop } = started()
    loop.callAt(-5, () => platform.log.push("past"))
    platform.fire()
    platform.settle()
    loop.callLater(0.0004, () => platform.log.push("callback"))
    platform.fire()
    platform.settle()

    expect(platform.log).toEqual([
      ...["setTimeout 0", "timer", "message", "past"],
      ...["setTimeout 1", "timer", "message", "callback"],
    ])
  })

  test("arms the timer again if the platform's came too early", async () => {
    const { loop } = started()
    loop.callLater(1, () => platform.log.push("callback"))
    platform.fire(-300)
    platform.settle()
    platform.fire()
    platform.settle()

    expect(platform.log).toEqual([
      ...["setTimeout 1000", "timer", "message"],
      ...["setTimeout 300", "timer", "message", "callback"],
    ])
  })

  test("after a pause of an hour fires what is due, in the order of the deadlines", async () => {
    const { loop } = started()
    const log: number[] = []
    for (const delay of [3, 1, 2, 7200]) loop.callLater(delay, () => log.push(delay))
    platform.fire(3600_000)
    platform.settle()

    expect([log, platform.timer?.delayMs]).toEqual([[1, 2, 3], 3_599_000])
  })

  test("checks the clock inside a tick as well", async () => {
    const { loop } = started()
    const log: string[] = []
    loop.callLater(0.001, () => log.push("timer"))
    let spins = 0
    const spin = () => {
      platform.nowMs += 0.5
      if (++spins < 5) loop.callSoon(spin)
      log.push(`spin ${spins}`)
    }
    loop.callSoon(spin)
    platform.settle()

    expect(log.indexOf("timer")).toBeLessThan(log.indexOf("spin 5"))
  })

  test("lets go of its channel and its timer when the loop is closed", async () => {
    const { loop, end } = started()
    loop.callLater(1, () => {})
    await end()

    expect(platform.log.slice(-2)).toEqual(["port closed", "port closed"])
    expect(platform.timer).toBeUndefined()
  })

  test("withdraws its timer when the run ends, and arms it in the next", async () => {
    const loop = new EventLoop()
    const first = loop.runForever()
    loop.callLater(1, () => platform.log.push("callback"))
    platform.settle()
    loop.stop()
    platform.settle()
    await first
    expect(platform.timer).toBeUndefined()
    const second = loop.runForever()
    platform.settle()
    platform.fire()
    platform.settle()
    loop.stop()
    platform.settle()
    await second

    expect(platform.log.filter((line) => line === "callback")).toHaveLength(1)
    loop.close()
  })

  test("is as coarse as the page's clock", () => {
    vi.stubGlobal("crossOriginIsolated", false)
    const coarse = browserHost().resolution
    vi.stubGlobal("crossOriginIsolated", true)

    expect([coarse, browserHost().resolution]).toEqual([1e-4, 5e-6])
  })
})

test("where there is no MessageChannel a run rejects, and leaves the realm free for another loop", async () => {
  vi.stubGlobal("MessageChannel", undefined)
  const loop = new EventLoop()
  await expect(loop.runForever()).rejects.toThrow(
    new RuntimeError("this environment has no MessageChannel to run an event loop on: pass a host of your own"),
  )
  vi.unstubAllGlobals()

  expect(loop.isRunning()).toBe(false)
  expect(await TestEventLoop.run(sleep(1, "another"))).toBe("another")
})
