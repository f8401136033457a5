import {
  createTask,
  EventLoop,
  getEventLoop,
  getRunningLoop,
  type Handle,
  newEventLoop,
  setEventLoop,
  sleep,
  TimerHandle,
  until,
} from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { afterEach, describe, expect, test } from "vitest"
import { _getRunningLoop } from "../lib/events.js"

const run = TestEventLoop.run

describe("a handle", () => {
  test("describes its call, and when it is due", () => {
    const loop = new TestEventLoop()
    const greet = (..._: unknown[]) => {}
    const class1 = { label: 1 }

    expect([
      String(loop.callSoon(greet)),
      String(loop.callSoon(greet, 1, "two", [3], class1)),
      String(loop.callSoon(() => {})),
      String(loop.callLater(1.5, greet)),
      String(loop.callAt(2, greet, "x")),
    ]).toEqual([
      "<Handle greet()>",
      '<Handle greet(1, "two", [3], { label: 1 })>',
      "<Handle (anonymous)()>",
      "<TimerHandle when=1.5 greet()>",
      '<TimerHandle when=2 greet("x")>',
    ])
  })

  test("that is cancelled lets go of its callback and arguments", () => {
    const loop = new TestEventLoop()
    const handle = loop.callSoon((_: unknown) => {}, { large: true })
    const timer = loop.callLater(1, () => {})
    for (const it of [handle, timer]) {
      it.cancel()
      it.cancel()
    }

    expect([handle.cancelled(), String(handle), timer.cancelled(), String(timer), timer.when()]).toEqual([
      true,
      "<Handle cancelled>",
      true,
      "<TimerHandle when=1 cancelled>",
      1,
    ])
  })

  test("that ran is not cancelled, and cancelling it does nothing", async () => {
    const log: string[] = []
    let handle: Handle | undefined
    function* main() {
      handle = getRunningLoop().callSoon(() => log.push("ran"))
      yield* sleep(0)
      log.push(String(handle.cancelled()))
      handle.cancel()
      yield* sleep(0)
    }
    await run(main())

    expect(log).toEqual(["ran", "false"])
  })

  test("may be cancelled by its own callback", async () => {
    const log: string[] = []
    const handle: Handle[] = []
    function* main() {
      const loop = getRunningLoop()
      handle[0] = loop.callLater(1, () => {
        handle[0]?.cancel()
        log.push("ran")
      })
      yield* sleep(2)
    }
    await run(main())

    expect([log, handle[0] instanceof TimerHandle, handle[0]?.cancelled()]).toEqual([["ran"], true, true])
  })
})

describe("the running loop", () => {
  test("is there from the start of a run to its end, between ticks as well", async () => {
    const seen: (EventLoop | undefined)[] = []
    const loop = new TestEventLoop()
    function* main() {
      seen.push(getRunningLoop())
      // Native code, between two ticks, as a click handler.
      yield* until(Promise.resolve().then(() => seen.push(getRunningLoop())))
    }
    seen.push(_getRunningLoop())
    await loop.runUntilComplete(main())
    seen.push(_getRunningLoop())

    expect(seen).toEqual([undefined, loop, loop, undefined])
    loop.close()
  })

  test("takes tasks from native code while it waits", async () => {
    const log: string[] = []
    function* other() {
      log.push("other begins")
      yield* sleep(1)
      log.push("other ends")
    }
    function* main() {
      yield* until(
        Promise.resolve().then(() => {
          createTask(other())
          log.push("made")
        }),
      )
      yield* sleep(2)
    }
    await run(main())

    expect(log).toEqual(["made", "other begins", "other ends"])
  })

  test("is gone when the run has failed", async () => {
    const loop = new TestEventLoop()
    const failing = async () => {
      throw new Error("native")
    }
    await expect(loop.runUntilComplete(until(failing()))).rejects.toThrow("native")

    expect([_getRunningLoop(), loop.isRunning()]).toEqual([undefined, false])
    loop.close()
  })
})

describe("the current loop", () => {
  afterEach(() => setEventLoop(undefined))

  test("is the running one, else the one that was set", async () => {
    const chosen = newEventLoop()
    const loop = new TestEventLoop()
    setEventLoop(chosen)
    const seen: EventLoop[] = [getEventLoop()]
    function* main() {
      seen.push(getEventLoop())
      yield* sleep(0)
    }
    await loop.runUntilComplete(main())
    seen.push(getEventLoop())

    expect(seen).toEqual([chosen, loop, chosen])
    expect(chosen).toBeInstanceOf(EventLoop)
    chosen.close()
    loop.close()
  })
})
