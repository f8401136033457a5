import * as asyncio from "asyncio-web"
import {
  asyncWith,
  CancelledError,
  createTask,
  currentTask,
  getRunningLoop,
  sleep,
  TimeoutError,
  timeout,
  until,
  ValueError,
} from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { beforeEach, describe, expect, test } from "vitest"
import { errorOf, nameAndMessage } from "./support/errors.js"
import { collectReports, reports } from "./support/reports.js"

const run = TestEventLoop.run
const time = () => getRunningLoop().time()

// A test that expects reports empties them.
collectReports({ expected: false })

let log: unknown[]
beforeEach(() => {
  log = []
})

describe("a timeout", () => {
  test("gives what its block gives", async () => {
    function* main() {
      return [
        yield* asyncWith(timeout(1), () => "plain"),
        yield* asyncWith(timeout(1), function* () {
          yield* sleep(0.5)
          return "coroutine"
        }),
        yield* asyncWith(timeout(1), async () => "promise"),
      ]
    }

    expect(await run(main())).toEqual(["plain", "coroutine", "promise"])
  })

  test("is what its block is called with", async () => {
    const t = asyncio.timeoutAt(5)
    function* main() {
      return yield* asyncWith(t, (value) => value === t)
    }

    expect(await run(main())).toBe(true)
  })

  test("strikes at its deadline, in seconds, and says how long the block had", async () => {
    function* main() {
      yield* sleep(3)
      const error = yield* errorOf(asyncWith(timeout(1.25), () => sleep(60)))
      return [nameAndMessage(error), time()]
    }

    expect(await run(main())).toEqual(["TimeoutError: timed out after 1.25 s", 4.25])
  })

  test("around until() aborts the signal", async () => {
    let signal: AbortSignal | undefined
    const source = (s: AbortSignal) => {
      signal = s
      return new Promise<void>(() => {})
    }
    function* main() {
      const error = yield* errorOf(asyncWith(timeout(2), () => until(source)))
      return [error instanceof TimeoutError, time()]
    }

    expect(await run(main())).toEqual([true, 2])
    expect(signal?.reason).toBeInstanceOf(CancelledError)
  })

  test("leaves the task as it found it", async () => {
    function* main() {
      for (let i = 0; i < 3; i++) yield* errorOf(asyncWith(timeout(1), () => sleep(9)))
      yield* sleep(1)
      return [currentTask()?.cancelling(), time()]
    }

    expect(await run(main())).toEqual([0, 4])
  })

  test("drops its timer when the block has ended, however", async () => {
    const loop = new TestEventLoop()
    function* main() {
      yield* asyncWith(timeout(100), () => sleep(1))
      yield* errorOf(
        asyncWith(timeout(100), () => {
          throw new ValueError("body")
        }),
      )
    }
    await asyncio.run(main(), { loopFactory: () => loop })

    expect(loop.time()).toBe(1)
  })

  test("passes the body's own error on as it is", async () => {
    const own = new TimeoutError("the body's own", { cause: "its cause" })
    function* main() {
      const error = yield* errorOf(
        asyncWith(timeout(1), () => {
          throw own
        }),
      )
      return [error === own, own.cause]
    }

    expect(await run(main())).toEqual([true, "its cause"])
  })

  test("becomes the cause of an error that the body made of the cancellation, unless that has one", async () => {
    function* main() {
      for (const own of [new ValueError("bare"), new ValueError("caused", { cause: "its cause" })]) {
        const error = yield* errorOf(
          asyncWith(timeout(1), function* () {
            try {
              yield* sleep(9)
            } catch {
              throw own
            }
          }),
        )
        log.push(error === own, String(own.cause))
      }
    }
    await run(main())

    expect(log).toEqual([true, "TimeoutError: timed out after 1 s", true, "its cause"])
  })

  test("passes on what is thrown after the deadline even if it is no error", async () => {
    function* main() {
      return yield* errorOf(
        asyncWith(timeout(1), function* () {
          try {
            yield* sleep(9)
          } catch {
            throw "text"
          }
        }),
      )
    }

    expect(await run(main())).toBe("text")
  })

  test("extends to the body's clean-up", async () => {
    function* main() {
      const error = yield* errorOf(
        asyncWith(timeout(1), function* () {
          try {
            yield* sleep(9)
          } finally {
            yield* sleep(5)
          }
        }),
      )
      return [error instanceof TimeoutError, time()]
    }

    expect(await run(main())).toEqual([true, 6])
  })

  test("can be written out by hand", async () => {
    function* main() {
      const t = timeout(1)
      yield* t.aenter()
      try {
        yield* sleep(9)
      } catch (error) {
        yield* t.aexit(error)
        throw error
      }
      yield* t.aexit()
    }

    await expect(run(main())).rejects.toThrow(new TimeoutError("timed out after 1 s"))
  })

  test("works where the clock has run for long", async () => {
    const loop = new TestEventLoop({ start: 1e9 })
    function* main() {
      return nameAndMessage(yield* errorOf(asyncWith(timeout(0.5), () => sleep(9))))
    }

    expect(await asyncio.run(main(), { loopFactory: () => loop })).toBe("TimeoutError: timed out after 0.5 s")
    expect(loop.time()).toBe(1e9 + 0.5)
  })

  test("shows its state", async () => {
    function* main() {
      const t = timeout(1)
      log.push(String(t))
      yield* errorOf(
        asyncWith(t, function* () {
          log.push(String(t))
          try {
            yield* sleep(9)
          } finally {
            log.push(String(t))
          }
        }),
      )
      log.push(String(t))
      const finished = timeout(1)
      yield* asyncWith(finished, () => {})
      log.push(String(finished))
    }
    await run(main())

    expect(log).toEqual([
      "<Timeout [created]>",
      "<Timeout [active] when=1>",
      "<Timeout [expiring]>",
      "<Timeout [expired]>",
      "<Timeout [finished]>",
    ])
  })

  test("of a thousand seconds asks in debug mode whether milliseconds were meant", async () => {
    function* main() {
      yield* asyncWith(timeout(5000), () => {})
    }
    await TestEventLoop.run(main(), { debug: true })

    expect(reports).toEqual(["RuntimeWarning: timeout(5000): 5000 s = 83 min; milliseconds? use ms(5000)"])
    reports.length = 0
  })
})

describe("reschedule", () => {
  test("moves the deadline nearer and further away", async () => {
    function* main() {
      for (const by of [0.5, 2]) {
        const begin = time()
        const t = timeout(1)
        yield* errorOf(
          asyncWith(t, () => {
            t.reschedule(begin + by)
            return sleep(9)
          }),
        )
        log.push(time() - begin)
      }
    }
    await run(main())

    expect(log).toEqual([0.5, 2])
  })

  test("takes the deadline away, and gives it back", async () => {
    function* main() {
      const t = timeout(1)
      log.push(t.when())
      yield* errorOf(
        asyncWith(t, function* () {
          t.reschedule(null)
          log.push(t.when())
          yield* sleep(5)
          t.reschedule(7)
          log.push(t.when())
          yield* sleep(9)
        }),
      )
      log.push(t.expired(), time())
    }
    await run(main())

    expect(log).toEqual([1, null, 7, true, 7])
  })

  test("to undefined is to null", async () => {
    function* main() {
      const t = timeout(1)
      yield* asyncWith(t, function* () {
        t.reschedule(undefined)
        yield* sleep(5)
      })
      return [t.when(), t.expired()]
    }

    expect(await run(main())).toEqual([null, false])
  })

  test("of a timeout without a deadline sets one", async () => {
    function* main() {
      const t = timeout(null)
      yield* errorOf(
        asyncWith(t, function* () {
          t.reschedule(time() + 2)
          yield* sleep(9)
        }),
      )
      return [t.expired(), time()]
    }

    expect(await run(main())).toEqual([true, 2])
  })

  test("into the past is taken back by another one in the same step", async () => {
    function* main() {
      const t = timeout(1)
      yield* asyncWith(t, function* () {
        t.reschedule(-1)
        t.reschedule(5)
        yield* sleep(2)
      })
      return t.expired()
    }

    expect(await run(main())).toBe(false)
  })

  test("is too late once the deadline has struck", async () => {
    function* main() {
      const t = timeout(1)
      yield* errorOf(
        asyncWith(t, function* () {
          try {
            yield* sleep(9)
          } finally {
            try {
              t.reschedule(100)
            } catch (error) {
              log.push(nameAndMessage(error))
            }
          }
        }),
      )
      try {
        t.reschedule(100)
      } catch (error) {
        log.push(nameAndMessage(error))
      }
    }
    await run(main())

    expect(log).toEqual([
      "RuntimeError: Cannot change state of expiring Timeout: make a new one",
      "RuntimeError: Cannot change state of expired Timeout: make a new one",
    ])
  })
})

describe("nested timeouts", () => {
  test("the nearest deadline ends its own block only", async () => {
    function* main() {
      for (const delays of [
        [1, 2, 3],
        [3, 1, 2],
        [2, 3, 1],
      ] as const) {
        const begin = time()
        const [a, b, c] = delays.map((delay) => timeout(delay)) as [asyncio.Timeout, asyncio.Timeout, asyncio.Timeout]
        yield* errorOf(asyncWith(a, () => asyncWith(b, () => asyncWith(c, () => sleep(9)))))
        log.push([a.expired(), b.expired(), c.expired(), time() - begin])
      }
    }
    await run(main())

    expect(log).toEqual([
      [true, false, false, 1],
      [false, true, false, 1],
      [false, false, true, 1],
    ])
  })

  test("a body that goes on after the inner one meets the outer one", async () => {
    function* attempts() {
      for (;;) {
        try {
          yield* asyncWith(timeout(1.25), () => sleep(9))
        } catch (error) {
          if (!(error instanceof TimeoutError)) throw error
          log.push(time())
        }
      }
    }
    function* main() {
      const error = yield* errorOf(asyncWith(timeout(3), attempts))
      log.push(nameAndMessage(error), time(), currentTask()?.cancelling())
    }
    await run(main())

    expect(log).toEqual([1.25, 2.5, "TimeoutError: timed out after 3 s", 3, 0])
  })

  test("two at the same deadline: the outer one tells, both have expired", async () => {
    function* main() {
      const outer = timeout(1)
      const inner = timeout(1)
      const error = yield* errorOf(asyncWith(outer, () => asyncWith(inner, () => sleep(9))))
      return [error instanceof TimeoutError, outer.expired(), inner.expired(), currentTask()?.cancelling()]
    }

    expect(await run(main())).toEqual([true, true, true, 0])
  })

  test("in a task that is cancelled from outside are left one by one", async () => {
    function* nested() {
      const t = timeout(5)
      try {
        yield* asyncWith(t, () => asyncWith(timeout(6), () => sleep(9)))
      } finally {
        log.push(t.expired())
      }
    }
    function* main() {
      const task = createTask(nested())
      yield* sleep(1)
      task.cancel("outside")
      log.push(nameAndMessage(yield* errorOf(task)), task.cancelled(), task.cancelling())
    }
    await run(main())

    expect(log).toEqual([false, "CancelledError: outside", true, 1])
  })
})

describe("the cancellation wins over the deadline", () => {
  // Differs from CPython: there the first of these is reported as a TimeoutError (its issue 134471).
  test.each<[what: string, delay: number]>([
    ["that has passed", 0],
    ["that comes in the same iteration", 1e-10],
  ])("if it was pending when the block with a deadline %s began", async (_, delay) => {
    function* body() {
      currentTask()?.cancel("pending")
      yield* asyncWith(timeout(delay), () => sleep(1))
    }
    function* main() {
      const task = createTask(body())
      yield* asyncio.wait([task])
      return [task.cancelled(), task.cancelling()]
    }

    expect(await run(main())).toEqual([true, 1])
  })

  test("but one that was handled before the block does not count", async () => {
    function* body() {
      try {
        currentTask()?.cancel("handled")
        yield* sleep(1)
      } catch {
        // Swallowed, and the count left as it is.
      }
      yield* asyncWith(timeout(1), () => sleep(9))
    }
    function* main() {
      return (yield* errorOf(createTask(body()))) instanceof TimeoutError
    }

    expect(await run(main())).toBe(true)
  })

  test("and so does one that comes during the clean-up after the deadline", async () => {
    function* body() {
      yield* asyncWith(timeout(1), function* () {
        try {
          yield* sleep(9)
        } finally {
          yield* sleep(9)
        }
      })
    }
    function* main() {
      const task = createTask(body())
      yield* sleep(2)
      task.cancel("outside")
      log.push(nameAndMessage(yield* errorOf(task)), task.cancelling(), time())
    }
    await run(main())

    expect(log).toEqual(["CancelledError: outside", 1, 2])
  })
})

describe("a timeout refuses", () => {
  const timeoutOf = asyncio.timeout as (delay: unknown) => asyncio.Timeout
  const timeoutAtOf = asyncio.timeoutAt as (when: unknown) => asyncio.Timeout

  test.each<[what: string, make: () => unknown, text: string]>([
    ["NaN", () => timeout(Number.NaN), "ValueError: Invalid delay: NaN (not a number). Delays are in seconds"],
    ["what is no number", () => timeoutOf("1"), 'TypeError: timeout() takes a delay in seconds as a number, got "1"'],
    [
      "a deadline of NaN",
      () => asyncio.timeoutAt(Number.NaN),
      "TypeError: timeoutAt() takes seconds of loop.time(), got NaN",
    ],
    [
      "a deadline that is no number",
      () => timeoutAtOf("1"),
      'TypeError: timeoutAt() takes seconds of loop.time(), got "1"',
    ],
  ])("%s", async (_, make, text) => {
    function* main() {
      try {
        make()
      } catch (error) {
        return nameAndMessage(error)
      }
      yield
      return undefined
    }

    expect(await run(main())).toBe(text)
  })

  test("to be used twice, and outside of a task", async () => {
    function* main() {
      const t = timeout(1)
      yield* asyncWith(t, () => {})
      log.push(nameAndMessage(yield* errorOf(asyncWith(t, () => {}))))
      const future = getRunningLoop().createFuture<unknown>()
      getRunningLoop().callSoon(() => {
        try {
          timeout(1).aenter().next()
        } catch (error) {
          future.setResult(error)
        }
      })
      log.push(nameAndMessage(yield* future))
    }
    await run(main())

    expect(log).toEqual([
      "RuntimeError: Timeout has already been entered: make a new one",
      "RuntimeError: Timeout should be used inside a task: start one with createTask()",
    ])
  })

  test("to be rescheduled before it is entered", () => {
    expect(() => asyncio.timeoutAt(1).reschedule(2)).toThrow("Timeout has not been entered: use it with asyncWith()")
  })

  test("to be made without a loop, unless it has no deadline", () => {
    expect(timeout(null).when()).toBeNull()
    expect(() => timeout(1)).toThrow(
      "no running event loop: call timeout() inside a coroutine or loop callback, or start a loop with run(main())",
    )
  })
})

test("a cancellation that the awaited task swallowed does not hide a later deadline", async () => {
  function* stubborn() {
    try {
      yield* sleep(10)
    } catch (error) {
      return `swallowed ${(error as Error).name}`
    }
    return "not cancelled"
  }
  function* program() {
    log.push(yield* createTask(stubborn()))
    try {
      yield* asyncWith(timeout(1), function* () {
        yield* sleep(5)
      })
    } catch (error) {
      log.push((error as Error).name)
    }
  }
  function* main() {
    const task = createTask(program())
    yield* sleep(0.5)
    task.cancel()
    yield* task
  }
  await run(main())

  expect(log).toEqual(["swallowed CancelledError", "TimeoutError"])
})
