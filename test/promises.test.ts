import {
  CancelledError,
  type CoroutineGenerator,
  createTask,
  currentTask,
  getRunningLoop,
  sleep,
  type Task,
  until,
  ValueError,
  wait,
  waitFor,
} from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { describe, expect, test } from "vitest"
import { errorOf } from "./support/errors.js"
import { wrong } from "./support/probe.js"
import { collectReports, reports } from "./support/reports.js"

const run = TestEventLoop.run

collectReports({ expected: true })

/** A promise, and what settles it. */
function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

describe("until()", () => {
  test("gives what the promise gives", async () => {
    function* main() {
      return [yield* until(Promise.resolve(42)), yield* until(Promise.resolve(undefined))]
    }

    expect(await run(main())).toEqual([42, undefined])
  })

  test("throws what the promise rejects with, whatever it is", async () => {
    const error = new ValueError("native")
    function* main() {
      const seen: unknown[] = []
      for (const reason of [error, "text", undefined]) {
        try {
          yield* until(Promise.reject(reason))
        } catch (caught) {
          seen.push(caught)
        }
      }
      return seen
    }

    expect(await run(main())).toEqual([error, "text", undefined])
    expect(reports).toEqual([])
  })

  test("calls a function when it is awaited, with a signal", async () => {
    const log: unknown[] = []
    function* main() {
      const it = until((signal) => {
        log.push("called", signal instanceof AbortSignal, signal.aborted)
        return Promise.resolve("result")
      })
      log.push("made")
      log.push(yield* it)
    }
    await run(main())

    expect(log).toEqual(["made", "called", true, false, "result"])
  })

  test("takes a function that returns a value, or a thenable", async () => {
    function* main() {
      return [
        yield* until(() => 1),
        yield* until(() => ({
          then: <R>(resolve: (value: number) => R) => Promise.resolve(resolve(2)),
        })),
      ]
    }

    expect(await run(main())).toEqual([1, 2])
  })

  test("throws what the function throws at once", async () => {
    function* main() {
      try {
        yield* until(() => {
          throw new ValueError("at once")
        })
      } catch (error) {
        return String(error)
      }
    }

    expect([await run(main()), reports]).toEqual(["ValueError: at once", []])
  })

  test("throws what a thenable's then() throws, and waits for it no more", async () => {
    const broken = {
      then(): never {
        throw new ValueError("no promise")
      },
    }
    function* main() {
      const loop = getRunningLoop()
      const error = yield* errorOf(until(broken))
      // With a promise counted that never comes, the clock would stand still for ever.
      yield* sleep(1)
      return [String(error), loop._pendingPromises]
    }

    expect(await run(main())).toEqual(["ValueError: no promise", 0])
  })

  test("lets the loop go on meanwhile", async () => {
    const log: string[] = []
    function* other() {
      log.push("other")
      yield* sleep(0)
    }
    function* main() {
      createTask(other())
      yield* until(Promise.resolve())
      log.push("main")
    }
    await run(main())

    expect(log).toEqual(["other", "main"])
  })

  test("keeps task and context of who waits", async () => {
    function* main() {
      const before = currentTask()
      yield* until(Promise.resolve())
      return currentTask() === before
    }

    expect(await run(main())).toBe(true)
  })

  test.each<[source: unknown, what: string]>([
    [42, "42"],
    [undefined, "undefined"],
    [null, "null"],
    [{}, "{}"],
  ])("refuses %s", (source, what) => {
    expect(() => until(wrong(source))).toThrow(
      new TypeError(`until() expects a promise, or a function that returns one, got ${what}`),
    )
  })

  test("is awaited once, as any coroutine", async () => {
    function* main() {
      const it = until(Promise.resolve(1))
      yield* it
      yield* it
    }

    await expect(run(main())).rejects.toThrow(/^cannot reuse already awaited coroutine: <coroutine object until>/)
  })
})

describe("cancelling a task that waits in until()", () => {
  /** Cancels a task that waits for `source`; gives the task. */
  function* cancelled(source: (signal: AbortSignal) => Promise<unknown>): CoroutineGenerator<Task<unknown>> {
    const task = createTask(until(source))
    yield* sleep(0)
    task.cancel("enough")
    yield* wait([task])
    return task
  }

  test("aborts the signal, with the cancellation as its reason", async () => {
    let reason: unknown
    function* main() {
      const task = yield* cancelled((signal) => {
        signal.addEventListener("abort", () => {
          reason = signal.reason
        })
        return new Promise(() => {})
      })
      return task.cancelled()
    }

    expect([await run(main()), reason instanceof CancelledError, String(reason)]).toEqual([
      true,
      true,
      "CancelledError: enough",
    ])
  })

  test("does not wait for the promise", async () => {
    const { promise } = deferred<void>()
    function* main() {
      const task = yield* cancelled(() => promise)
      return [task.cancelled(), getRunningLoop().time()]
    }

    expect(await run(main())).toEqual([true, 0])
  })

  test("ignores what becomes of the promise, without an unhandled rejection", async () => {
    const { promise, reject } = deferred<void>()
    function* main() {
      yield* cancelled(() => promise)
      reject(new ValueError("late"))
      yield* until(Promise.resolve())
    }
    await run(main())
    // Vitest fails a run with an unhandled rejection.
    expect(reports).toEqual([])
  })

  test("ignores a promise that the abort itself rejects, as fetch() does", async () => {
    function* main() {
      const task = yield* cancelled(
        (signal) =>
          new Promise((_, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason))
          }),
      )
      yield* until(Promise.resolve())
      return task.cancelled()
    }

    expect([await run(main()), reports]).toEqual([true, []])
  })

  test("that comes too late aborts nothing", async () => {
    const aborts: unknown[] = []
    function* main() {
      const task = createTask(
        until((signal) => {
          signal.addEventListener("abort", () => aborts.push(signal.reason))
          return Promise.resolve(1)
        }),
      )
      yield* task
      return task.cancel()
    }

    expect([await run(main()), aborts]).toEqual([false, []])
  })

  test("works through a timeout", async () => {
    const aborts: string[] = []
    function* main() {
      try {
        yield* waitFor(
          until((signal) => {
            signal.addEventListener("abort", () => aborts.push(String(signal.reason)))
            return new Promise<void>(() => {})
          }),
          5,
        )
      } catch (error) {
        return (error as Error).name
      }
    }

    expect([await run(main()), aborts]).toEqual(["TimeoutError", ["CancelledError"]])
  })

  test("before it has begun never calls the function", async () => {
    let called = false
    function* main() {
      const task = createTask(
        until(async () => {
          called = true
        }),
      )
      task.cancel()
      yield* wait([task])
      return task.cancelled()
    }

    expect([await run(main()), called]).toEqual([true, false])
  })
})

test("closing a coroutine that waits in until() aborts the signal", () => {
  let signal: AbortSignal | undefined
  const loop = new TestEventLoop()
  function* main() {
    yield* until((it) => {
      signal = it
      return new Promise<void>(() => {})
    })
  }
  const task = loop.createTask(main())
  loop.setExceptionHandler(() => {})
  loop.callSoon(() => loop.stop())
  void loop.runForever()
  expect([task.done(), signal?.aborted]).toEqual([false, false])
  loop.close()

  expect(signal?.aborted).toBe(true)
})
