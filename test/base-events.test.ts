import {
  type CoroutineGenerator,
  createTask,
  EventLoop,
  type ExceptionContext,
  gather,
  getRunningLoop,
  type Host,
  KeyboardInterrupt,
  sleep,
  Task,
  until,
  ValueError,
  waitFor,
} from "asyncio-web"
import { TestEventLoop, VirtualHost } from "asyncio-web/testing"
import { describe, expect, test } from "vitest"
import { type ConcurrentFuture, Executor, InlineExecutor, type ShutdownOptions } from "../lib/concurrent-futures.js"
import { wrong } from "./support/probe.js"
import { collectReports, reports } from "./support/reports.js"

const run = TestEventLoop.run

collectReports({ expected: true })

/** A loop whose ticks end after 8 ms, on a host that logs them. */
function ticking() {
  const host = new VirtualHost()
  host.logTicks = true
  const loop = new EventLoop({ host, tickBudget: 0.008 })
  /** A callback that logs its name and takes 5 ms. */
  const work = (name: string) => {
    host.log.push(name)
    host.spend(0.005)
  }
  return { host, loop, log: host.log, work }
}

describe("a tick", () => {
  test("whose budget is spent ends, and the rest runs in the next one", async () => {
    const { loop, log, work } = ticking()
    for (const name of ["a", "b", "c"]) loop.callSoon(work, name)
    loop.callSoon(() => loop.stop())
    await loop.runForever()

    expect(log).toEqual(["tick", "a", "b", "tick", "c"])
  })

  test("runs whole iterations until the budget is spent", async () => {
    const { host, loop, log } = ticking()
    const step = (n: number) => {
      log.push(`${n} in iteration ${loop.iterations}`)
      host.spend(0.003)
      if (n < 5) loop.callSoon(step, n + 1)
      else loop.stop()
    }
    loop.callSoon(step, 1)
    await loop.runForever()

    expect(log).toEqual([
      "tick",
      "1 in iteration 1",
      "2 in iteration 2",
      "3 in iteration 3",
      "tick",
      "4 in iteration 4",
      "5 in iteration 5",
    ])
  })

  test("cut in the middle of an iteration goes on with it before due timers and new callbacks", async () => {
    const { loop, log, work } = ticking()
    loop.callLater(0.006, work, "timer")
    loop.callSoon(() => loop.callSoon(work, "new"))
    for (const name of ["a", "b", "c", "d"]) loop.callSoon(work, name)
    loop.callLater(1, () => loop.stop())
    await loop.runForever()

    expect(log).toEqual(["tick", "a", "b", "tick", "c", "d", "tick", "new", "timer", "tick"])
    // The one that was cut counts once.
    expect(loop.iterations).toBe(3)
  })

  test("is never so short that nothing runs", async () => {
    const { host, loop, log } = ticking()
    const slow = (name: string) => {
      log.push(name)
      host.spend(10)
    }
    for (const name of ["a", "b"]) loop.callSoon(slow, name)
    loop.callSoon(() => loop.stop())
    await loop.runForever()

    expect(log).toEqual(["tick", "a", "tick", "b", "tick"])
  })

  test("is asked for once, however many callbacks there are", async () => {
    const { loop, log } = ticking()
    const seen: number[] = []
    for (let i = 0; i < 1000; i++) loop.callSoon((n: number) => seen.push(n), i)
    loop.callSoon(() => loop.stop())
    await loop.runForever()

    expect([log, seen.length]).toEqual([["tick"], 1000])
  })

  test("is not asked for while there is nothing to do", async () => {
    const { loop, log } = ticking()
    loop.callLater(10, () => {})
    loop.callLater(3600, () => loop.stop())
    await loop.runForever()

    expect([log, loop.time()]).toEqual([["tick", "tick", "tick"], 3600])
  })

  test.each([0, -1, Number.NaN])("cannot have a budget of %s", (tickBudget) => {
    expect(() => new EventLoop({ host: new VirtualHost(), tickBudget })).toThrow(
      new ValueError(`tickBudget must be a number of seconds above 0, got ${tickBudget}`),
    )
  })
})

describe("an endless chain of callbacks", () => {
  test("does not hold up timers, across any number of ticks", async () => {
    const { host, loop, log } = ticking()
    let spins = 0
    const spin = () => {
      spins++
      host.spend(0.001)
      loop.callSoon(spin)
    }
    loop.callSoon(spin)
    loop.callLater(0.1, () => loop.stop())
    await loop.runForever()

    expect(spins).toBe(loop.iterations)
    expect([Math.round(loop.time() * 1000), log.length]).toEqual([101, 13])
  })

  test("on a host that reads its clock rarely does not hold them up for long", async () => {
    const host = Object.assign(new VirtualHost(), { clockStride: 8 })
    const loop = new EventLoop({ host, tickBudget: 0.004 })
    let spins = 0
    const spin = () => {
      spins++
      // Tiny: the clock is read less and less often.
      host.spend(1e-6)
      loop.callSoon(spin)
    }
    loop.callSoon(spin)
    loop.callLater(0.001, () => loop.stop())
    await loop.runForever()

    expect(spins).toBeGreaterThanOrEqual(1000)
    expect(spins).toBeLessThanOrEqual(1016)
  })
})

describe("stop()", () => {
  test("lets the current batch end, though a tick is cut in its middle", async () => {
    const { loop, log, work } = ticking()
    loop.callSoon(() => {
      loop.stop()
      loop.callSoon(work, "next run")
    })
    for (const name of ["a", "b", "c"]) loop.callSoon(work, name)
    await loop.runForever()
    log.push("stopped")
    loop.callSoon(() => loop.stop())
    await loop.runForever()

    expect(log).toEqual(["tick", "a", "b", "tick", "c", "stopped", "tick", "next run"])
  })

  test("called twice, or before the run, ends one run", async () => {
    const loop = new TestEventLoop()
    const log: string[] = []
    loop.stop()
    loop.stop()
    await loop.runForever()
    log.push(`1st ended after ${loop.iterations}`)
    loop.callLater(5, () => loop.stop())
    await loop.runForever()
    log.push(`2nd ended at ${loop.time()}`)

    expect(log).toEqual(["1st ended after 1", "2nd ended at 5"])
  })

  test("from native code wakes a loop that sleeps", async () => {
    const loop = new TestEventLoop()
    const waiting = loop.createFuture<void>()
    queueMicrotask(() => loop.stop())

    await expect(loop.runUntilComplete(waiting)).rejects.toThrow(
      "Event loop stopped before Future completed. Somebody called loop.stop()",
    )
  })

  test("leaves timers for the next run", async () => {
    const loop = new TestEventLoop()
    const log: number[] = []
    loop.callLater(2, () => log.push(loop.time()))
    loop.callLater(1, () => loop.stop())
    await loop.runForever()
    loop.callLater(2, () => loop.stop())
    await loop.runForever()

    expect(log).toEqual([2])
  })
})

describe("timers", () => {
  test("fire at their time, however far away", async () => {
    const year = 365 * 86_400
    const log: number[] = []
    function* main() {
      const loop = getRunningLoop()
      for (const delay of [2 ** 31 / 1000, year, 100 * year]) loop.callLater(delay, () => log.push(loop.time()))
      yield* sleep(101 * year)
    }
    await run(main())

    expect(log).toEqual([2 ** 31 / 1000, year, 100 * year])
  })

  test("of infinite delay never fire, and can be cancelled", async () => {
    function* main() {
      const timer = getRunningLoop().callLater(Number.POSITIVE_INFINITY, () => reports.push("fired"))
      try {
        yield* waitFor(sleep(Number.POSITIVE_INFINITY), 5)
      } catch (error) {
        timer.cancel()
        return [(error as Error).name, getRunningLoop().time()]
      }
    }

    expect([await run(main()), reports]).toEqual([["TimeoutError", 5], []])
  })

  test("that are set for a time gone by fire in the next iteration, the earliest first", async () => {
    const log: string[] = []
    function* main() {
      const loop = getRunningLoop()
      yield* sleep(10)
      for (const when of [9, 3, 5]) loop.callAt(when, () => log.push(`${when} at ${loop.time()}`))
      loop.callLater(Number.NEGATIVE_INFINITY, () => log.push("-Infinity"))
      yield* sleep(0)
      yield* sleep(0)
    }
    await run(main())

    expect(log).toEqual(["-Infinity", "3 at 10", "5 at 10", "9 at 10"])
  })

  test("fire in order where the clock is so large that adding its resolution changes nothing", async () => {
    const loop = new TestEventLoop({ start: 2 ** 53 })
    const log: number[] = []
    for (const delay of [4, 2]) loop.callLater(delay, () => log.push(delay))
    loop.callLater(6, () => loop.stop())
    await loop.runForever()

    expect(log).toEqual([2, 4])
  })

  test("fire on a clock that jumped, in the order of their deadlines", async () => {
    const loop = new TestEventLoop()
    const log: number[] = []
    for (const delay of [3, 1, 2]) loop.callLater(delay, () => log.push(delay))
    loop.callSoon(() => loop.block(3600))
    loop.callLater(4, () => loop.stop())
    await loop.runForever()

    expect([log, loop.time()]).toEqual([[1, 2, 3], 3600])
  })

  test("that one of them cancels do not fire", async () => {
    const loop = new TestEventLoop()
    const log: string[] = []
    loop.callLater(1, () => second.cancel())
    const second = loop.callLater(1, () => log.push("second"))
    loop.callLater(1, () => loop.stop())
    await loop.runForever()

    expect(log).toEqual([])
  })

  test("cancelled by the hundred thousand cost nothing later", async () => {
    function* main() {
      const loop = getRunningLoop()
      const timers = Array.from({ length: 100_000 }, (_, i) =>
        loop.callLater(1000 + (i % 7), () => reports.push("fired")),
      )
      for (const timer of timers) timer.cancel()
      yield* sleep(0)
      return loop._scheduledTimers
    }

    expect([await run(main()), reports]).toEqual([0, []])
  })
})

describe("running", () => {
  test("a loop again is possible once it has ended, however it ended", async () => {
    const loop = new TestEventLoop()
    const log: unknown[] = []
    loop.callSoon(() => {
      throw new KeyboardInterrupt("stop")
    })
    await loop.runForever().catch((error) => log.push(String(error)))
    log.push(loop.isRunning(), await loop.runUntilComplete(sleep(1, "again")), loop.isRunning())
    loop.close()

    expect(log).toEqual(["KeyboardInterrupt: stop", false, "again", false])
  })

  test("a second loop is possible when the first has ended", async () => {
    const [a, b] = [new TestEventLoop(), new TestEventLoop()]
    function* nested(): CoroutineGenerator<string> {
      return yield* until(b.runUntilComplete(sleep(1, "b")).catch(String))
    }

    expect(await a.runUntilComplete(nested())).toBe(
      "RuntimeError: Cannot run the event loop while another loop is running: end that one first, or use it",
    )
    expect(await b.runUntilComplete(sleep(1, "b"))).toBe("b")
  })

  test("until a promise is done gives its result", async () => {
    const loop = new TestEventLoop()

    expect(await loop.runUntilComplete(Promise.resolve("native"))).toBe("native")
    await expect(loop.runUntilComplete(Promise.reject(new ValueError("native")))).rejects.toThrow("native")
  })

  test("describes itself", async () => {
    const loop = new TestEventLoop()
    const seen: string[] = [String(loop)]
    loop.setDebug(true)
    function* main(): CoroutineGenerator<void> {
      seen.push(String(loop))
    }
    await loop.runUntilComplete(main())
    loop.close()

    expect(seen).toEqual([
      "<TestEventLoop running=false closed=false debug=false>",
      "<TestEventLoop running=true closed=false debug=true>",
    ])
  })
})

describe("close()", () => {
  test("drops what is ready and what is scheduled", async () => {
    const loop = new TestEventLoop()
    const log: string[] = []
    loop.callSoon(() => log.push("ready"))
    const timer = loop.callLater(1, () => log.push("timer"))
    loop.close()
    timer.cancel()

    expect([log, loop.isClosed(), loop._scheduledTimers]).toEqual([[], true, 0])
  })

  test("reports each task that is pending, and runs its finally blocks", async () => {
    const loop = new TestEventLoop()
    const log: string[] = []
    loop.setExceptionHandler((_, context) => log.push(`${context.message} ${context.task?.getName()}`))
    function* child(name: string) {
      try {
        yield* sleep(10)
      } finally {
        log.push(`${name} ends`)
      }
    }
    for (const name of ["a", "b"]) loop.createTask(child(name), { name })
    loop.callSoon(() => loop.stop())
    await loop.runForever()
    loop.createTask(child("never begun"), { name: "c" })
    loop.close()

    const message = "Task was destroyed but it is pending!"
    expect(log).toEqual([`${message} a`, "a ends", `${message} b`, "b ends", `${message} c`])
  })

  test("reports a finally block that fails, and goes on", async () => {
    const loop = new TestEventLoop()
    const log: unknown[] = []
    loop.setExceptionHandler((_, context) => log.push(context.message.replace(/<.*>/, "…"), String(context.exception)))
    function* bad() {
      try {
        yield* sleep(10)
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: a clean-up that fails.
        throw new ValueError("in finally")
      }
    }
    loop.createTask(bad())
    loop.createTask(sleep(10))
    loop.callSoon(() => loop.stop())
    await loop.runForever()
    loop.close()

    expect(log).toEqual([
      ...["Task was destroyed but it is pending!", "undefined"],
      ...["Exception ignored while closing …", "ValueError: in finally"],
      ...["Task was destroyed but it is pending!", "undefined"],
    ])
  })

  test("shuts the default executor down without waiting", async () => {
    const shutdowns: (ShutdownOptions | undefined)[] = []
    class Recording extends Executor {
      submit(): never {
        throw new Error("not here")
      }
      async shutdown(options?: ShutdownOptions) {
        shutdowns.push(options)
      }
    }
    const loop = new TestEventLoop()
    loop.setDefaultExecutor(new Recording())
    loop.close()
    loop.close()
    await null

    expect(shutdowns).toEqual([{ wait: false }])
  })

  test("leaves a loop that refuses to work, and still makes futures", async () => {
    const loop = new TestEventLoop()
    loop.close()
    const text = "Event loop is closed: start another one with run(main())"
    const it = sleep(1)

    expect(() => loop.callSoon(() => {})).toThrow(text)
    expect(() => loop.callAt(1, () => {})).toThrow(text)
    expect(() => loop.createTask(it)).toThrow(text)
    await expect(loop.runUntilComplete(it)).rejects.toThrow(text)
    expect(loop.createFuture().done()).toBe(false)
    it.close()
  })
})

describe("the default executor", () => {
  test("runs jobs, and takes none after its shutdown", async () => {
    function* main() {
      const loop = getRunningLoop()
      loop.setDefaultExecutor(new InlineExecutor())
      const result = yield* loop.runInExecutor(undefined, Math.max, 1, 5)
      yield* loop.shutdownDefaultExecutor()
      try {
        loop.runInExecutor(undefined, Math.max, 1)
      } catch (error) {
        return [result, String(error)]
      }
    }

    expect(await run(main())).toEqual([
      5,
      "RuntimeError: Executor shutdown has been called: the default executor takes no jobs any more, pass one",
    ])
  })

  test("that does not end in time is ended with a warning", async () => {
    class Stuck extends Executor {
      readonly calls: (ShutdownOptions | undefined)[] = []
      submit(): ConcurrentFuture<never> {
        throw new Error("not here")
      }
      shutdown(options?: ShutdownOptions): Promise<void> {
        this.calls.push(options)
        return options?.wait === false ? Promise.resolve() : new Promise(() => {})
      }
    }
    const executor = new Stuck()
    const host = new VirtualHost()
    const loop = new EventLoop({ host })
    function* main() {
      loop.setDefaultExecutor(executor)
      // The clock does not jump while a job is under way: a callback moves it.
      loop.callSoon(() => host.spend(60))
      yield* loop.shutdownDefaultExecutor(30)
    }
    await loop.runUntilComplete(main())
    loop.close()

    expect(executor.calls).toEqual([{ wait: true }, { wait: false, cancelFutures: true }])
    expect(reports).toEqual([
      "RuntimeWarning: The executor did not finish joining its threads within 30 seconds: its workers are ended",
    ])
  })
})

describe("the exception handler", () => {
  const failing = () => {
    throw new ValueError("v")
  }

  test("is told the loop and the context, and can be taken away", async () => {
    const seen: [boolean, ExceptionContext][] = []
    const loop = new TestEventLoop()
    const handler = (it: EventLoop, context: ExceptionContext) => seen.push([it === loop, context])
    loop.setExceptionHandler(handler)
    expect(loop.getExceptionHandler()).toBe(handler)
    const handle = loop.callSoon(failing)
    loop.callSoon(() => loop.stop())
    await loop.runForever()
    loop.setExceptionHandler(null)
    loop.callSoon(failing)
    loop.callSoon(() => loop.stop())
    await loop.runForever()

    expect(seen).toEqual([
      [true, { message: "Exception in callback failing()", exception: new ValueError("v"), handle }],
    ])
    expect(reports).toEqual(["Exception in callback failing()\nhandle: <Handle failing()>"])
  })

  test("may be called by anybody, with whatever there is to tell", () => {
    const loop = new TestEventLoop()
    loop.callExceptionHandler({ message: "", answer: 42, reason: "text", task: undefined as unknown as Task<unknown> })

    expect(reports).toEqual(["Unhandled exception in event loop\nanswer: 42\nreason: text\ntask: undefined"])
  })

  test("that throws SystemExit's kin ends the loop", async () => {
    const loop = new TestEventLoop()
    loop.setExceptionHandler(() => {
      throw new KeyboardInterrupt("from the handler")
    })
    loop.callSoon(failing)

    await expect(loop.runForever()).rejects.toThrow("from the handler")
  })
})

describe("a task factory", () => {
  test("makes every task, until it is taken away", async () => {
    const made: unknown[] = []
    class Counted<T> extends Task<T> {}
    function* main() {
      const loop = getRunningLoop()
      const factory = loop.setTaskFactory.bind(loop)
      factory((loop, it, options) => {
        const task = new Counted(it, { ...options, loop })
        made.push(task)
        return task
      })
      yield* gather(createTask(sleep(0)), sleep(0), loop.createTask(sleep(0)))
      factory(null)
      expect(loop.getTaskFactory()).toBeUndefined()
      yield* createTask(sleep(0))
    }
    await run(main())

    expect([made.length, made.every((task) => task instanceof Counted)]).toEqual([3, true])
  })
})

describe("debug mode", () => {
  test("asks once whether milliseconds were meant", async () => {
    function* main() {
      const loop = getRunningLoop()
      yield* sleep(1000)
      yield* sleep(60_000)
      loop.callLater(2000, () => {})
    }
    await run(main(), { debug: true })

    expect(reports).toEqual(["RuntimeWarning: sleep(1000): 1000 s = 16 min; milliseconds? use ms(1000)"])
  })

  test.each<[what: string, main: () => CoroutineGenerator<unknown>]>([
    [
      "less than 1,000",
      function* () {
        yield* sleep(999)
      },
    ],
    [
      "a fraction",
      function* () {
        yield* sleep(1000.5)
      },
    ],
  ])("does not ask for %s", async (_, main) => {
    await run(main(), { debug: true })

    expect(reports).toEqual([])
  })

  test("reports a callback, and a step of a task, that takes 0.1 seconds", async () => {
    function* main() {
      const loop = getRunningLoop() as TestEventLoop
      loop.callSoon(function quick() {
        loop.block(0.0999)
      })
      loop.callSoon(function slow() {
        loop.block(0.1001)
      })
      yield* sleep(0)
      loop.block(1)
    }
    await run(main(), { debug: true })

    expect(reports.map((report) => report.replace(/Task-\d+/, "Task-N"))).toEqual([
      "Executing <Handle slow()> took 0.100 seconds",
      "Executing <Task finished name='Task-N' coro=<generator() done> result=undefined> took 1.000 seconds",
    ])
  })

  test("can be switched on and off", () => {
    const loop = new TestEventLoop()
    const seen = [loop.getDebug()]
    loop.setDebug(true)
    seen.push(loop.getDebug())
    expect(() => loop.callSoon(wrong(5))).toThrow(new TypeError("a callable object was expected by callSoon(), got 5"))
    loop.setDebug(false)

    expect([...seen, loop.getDebug()]).toEqual([false, true, false])
  })
})

test("a host of one's own needs a handful of methods", async () => {
  const asked: string[] = []
  let tick = () => {}
  const host: Host = {
    resolution: 0.001,
    clockStride: 1,
    now: () => 0,
    coarseNow: () => 0,
    attach: (driven) => {
      tick = () => driven.tick()
    },
    requestTick: () => void asked.push("tick"),
    setTimer: (when) => void asked.push(`timer at ${when}`),
    setRunning: (running) => void asked.push(running ? "running" : "ended"),
    close: () => void asked.push("closed"),
  }
  const loop = new EventLoop({ host })
  const run = loop.runForever()
  loop.callLater(5, () => {})
  tick()
  loop.callLater(3, () => {})
  loop.callSoon(() => {})
  tick()
  loop.stop()
  tick()
  await run
  loop.close()

  expect(asked).toEqual([
    ...["running", "tick", "timer at 5", "timer at 3", "tick", "timer at 3", "tick"],
    ...["timer at Infinity", "ended", "closed"],
  ])
})
