import * as asyncio from "asyncio-web"
import {
  CancelledError,
  type CoroutineGenerator,
  createTask,
  currentTask,
  type Future,
  getRunningLoop,
  sleep,
  TimeoutError,
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

function* job<T>(result: T, delay: number) {
  yield* sleep(delay)
  return result
}

function* failing(error: Error, delay = 0): CoroutineGenerator<string> {
  yield* sleep(delay)
  throw error
}

const never = new Promise<never>(() => {})

describe("gather", () => {
  test("takes promises among other awaitables", async () => {
    function* main() {
      return yield* asyncio.gather(Promise.resolve("promise"), job("coroutine", 1), createTask(job("task", 2)))
    }

    expect(await run(main())).toEqual(["promise", "coroutine", "task"])
  })

  test("takes any object whose iterator suspends", async () => {
    const awaitable = {
      *[Symbol.iterator](): CoroutineGenerator<string> {
        yield
        return "own"
      },
    }
    function* main() {
      return yield* asyncio.gather(awaitable, sleep(0, "sleep"))
    }

    expect(await run(main())).toEqual(["own", "sleep"])
  })

  test("gives a promise that stands there twice its result twice", async () => {
    const promise = Promise.resolve({})
    function* main() {
      return yield* asyncio.gather(promise, promise)
    }

    const [first, second] = await run(main())
    expect(first).toBe(second)
  })

  test("takes a list, also an empty one", async () => {
    function* main() {
      return [yield* asyncio.gather([]), yield* asyncio.gather([job(1, 0)]), yield* asyncio.gather([job(2, 0)], {})]
    }

    expect(await run(main())).toEqual([[], [1], [2]])
  })

  test("fails with what a promise rejects with, whatever that is", async () => {
    function* main() {
      return yield* errorOf(asyncio.gather(Promise.reject("no error at all"), sleep(5)))
    }

    expect(await run(main())).toBe("no error at all")
  })

  test("lets what is no error stand among the results with returnExceptions", async () => {
    function* main() {
      return yield* asyncio.gather([Promise.reject("text"), sleep(1, "slept")], { returnExceptions: true })
    }

    expect(await run(main())).toEqual(["text", "slept"])
  })

  test("that is cancelled aborts the signals of what it waits for", async () => {
    let signal: AbortSignal | undefined
    function* main() {
      const waiting = until((s) => {
        signal = s
        return never
      })
      const g = asyncio.gather(waiting, sleep(5))
      yield* sleep(1)
      g.cancel("enough")
      return yield* errorOf(g)
    }

    expect(nameAndMessage(await run(main()))).toBe("CancelledError: enough")
    expect(nameAndMessage(signal?.reason)).toBe("CancelledError: enough")
  })

  test("that waits for promises only is left at once when it is cancelled", async () => {
    function* main() {
      const task = createTask(errorOf(asyncio.gather(never, never)))
      yield* sleep(3)
      task.cancel()
      yield* task
      return time()
    }

    expect(await run(main())).toBe(3)
  })

  test("that nobody waits for any more goes on", async () => {
    function* main() {
      function* noting(n: number) {
        yield* sleep(n)
        log.push(n)
      }
      asyncio.gather(noting(1), noting(2))
      yield* sleep(3)
    }
    await run(main())

    expect(log).toEqual([1, 2])
  })

  test("calls its done-callbacks with itself", async () => {
    function* main() {
      const g = asyncio.gather(sleep(1, "x"))
      g.addDoneCallback((future) => log.push(future === g, future.result()))
      yield* g
    }
    await run(main())

    expect(log).toEqual([true, ["x"]])
  })

  test("can be awaited by native code", async () => {
    async function native() {
      return [await asyncio.gather(job("a", 1), job("b", 2)), time()]
    }
    function* main() {
      return yield* until(native())
    }

    expect(await run(main())).toEqual([["a", "b"], 2])
  })

  test("fails native code with the first error", async () => {
    async function native() {
      await asyncio.gather(failing(new ValueError("late"), 2), failing(new ValueError("soon"), 1))
    }
    function* main() {
      return nameAndMessage(yield* errorOf(until(native())))
    }

    expect(await run(main())).toBe("ValueError: soon")
  })

  test("of gathers passes a cancellation to all that they wait for", async () => {
    function* child(n: number) {
      try {
        yield* sleep(9)
      } catch (error) {
        log.push(`${n} ${nameAndMessage(error)}`)
        throw error
      }
    }
    function* main() {
      const g = asyncio.gather(asyncio.gather(child(1), child(2)), child(3))
      yield* sleep(0)
      log.push(g.cancel("all"))
      yield* errorOf(g)
    }
    await run(main())

    expect(log).toEqual([true, "1 CancelledError: all", "2 CancelledError: all", "3 CancelledError: all"])
  })

  test("of tasks that were cancelled before they started does not run them", async () => {
    function* main() {
      const g = asyncio.gather([job(log.push("made"), 0)], { returnExceptions: true })
      g.cancel("early")
      return nameAndMessage(yield* errorOf(g))
    }

    expect(await run(main())).toBe("CancelledError: early")
  })

  test("refuses to be cancelled when it is done", async () => {
    function* main() {
      const g = asyncio.gather(sleep(0))
      yield* g
      return [g.cancel(), g.cancelled(), g.done()]
    }

    expect(await run(main())).toEqual([false, false, true])
  })

  test("throws what is no awaitable back, and says what to write", async () => {
    const gather = asyncio.gather as (...awaitables: unknown[]) => unknown
    function* main() {
      for (const wrong of [5, undefined, "text", job, [1, 2], new Map()]) {
        try {
          gather(sleep(0), wrong)
        } catch (error) {
          log.push(
            (error as Error).message.replace(/^An asyncio.Future, a coroutine or an awaitable is required: got /, ""),
          )
        }
      }
      yield* sleep(0)
    }
    await run(main())

    const hint = ": call a generator function or a coroutine function"
    expect(log).toEqual([
      `5${hint}`,
      `undefined${hint}`,
      `"text"${hint}`,
      "function job: call it, job()",
      `[1, 2]${hint}`,
      `<Map object>${hint}`,
    ])
  })

  test("refuses a future of another loop", async () => {
    const other = new TestEventLoop()
    function* main() {
      asyncio.gather(getRunningLoop().createFuture(), other.createFuture())
      yield
    }

    await expect(run(main())).rejects.toThrow(
      new ValueError("The future belongs to a different loop than the one specified as the loop argument"),
    )
    other.close()
  })

  test("leaves nothing to report of children whose errors it has passed over", async () => {
    function* main() {
      yield* errorOf(asyncio.gather(failing(new ValueError("1")), failing(new ValueError("2"), 1)))
      yield* asyncio.gather([failing(new ValueError("3")), failing(new ValueError("4"), 1)], { returnExceptions: true })
      yield* sleep(5)
    }

    expect(await run(main())).toBeUndefined()
  })
})

describe("wait", () => {
  test("gives sets in the order of what it was given, not of how it ended", async () => {
    function* main() {
      const tasks = [3, 1, 2].map((n) => createTask(job(n, n)))
      const [done] = yield* asyncio.wait(tasks)
      return Array.from(done, (task) => task.result())
    }

    expect(await run(main())).toEqual([3, 1, 2])
  })

  test("takes any iterable, and keeps the class of what is in it", async () => {
    function* main() {
      const tasks = new Map([1, 2].map((n) => [n, createTask(job(n, n), { name: "AB"[n - 1] })]))
      const [done] = yield* asyncio.wait(tasks.values())
      const [again] = yield* asyncio.wait(done)
      return Array.from(again, (task) => task.getName())
    }

    expect(await run(main())).toEqual(["A", "B"])
  })

  test("leaves no callback behind on what has not ended", async () => {
    function* main() {
      const loop = getRunningLoop()
      const future = loop.createFuture<void>()
      const done = loop.createFuture<void>()
      done.setResult()
      yield* asyncio.wait([future], { timeout: 1 })
      yield* asyncio.wait([future, done], { returnWhen: asyncio.FIRST_COMPLETED })
      const task = createTask(asyncio.wait([future]))
      yield* sleep(0)
      task.cancel()
      yield* errorOf(task)
      return String(future)
    }

    expect(await run(main())).toBe("<Future pending>")
  })

  test("drops its timer when it has ended before", async () => {
    const loop = new TestEventLoop()
    function* main() {
      yield* asyncio.wait([createTask(sleep(1))], { timeout: 100 })
    }
    await asyncio.run(main(), { loopFactory: () => loop })

    expect(loop.time()).toBe(1)
  })

  test("ends at its timeout, in seconds", async () => {
    function* main() {
      const [done, pending] = yield* asyncio.wait([createTask(sleep(1)), createTask(sleep(9))], { timeout: 2.5 })
      return [done.size, pending.size, time()]
    }

    expect(await run(main())).toEqual([1, 1, 2.5])
  })

  test("waits for ever without a timeout, or with an undefined one", async () => {
    function* main() {
      yield* asyncio.wait([createTask(sleep(1e6))])
      yield* asyncio.wait([createTask(sleep(1e6))], { timeout: undefined, returnWhen: undefined })
      return time()
    }

    expect(await run(main())).toBe(2e6)
  })

  test("throws nothing that its tasks throw", async () => {
    function* main() {
      const task = createTask(failing(new ValueError("kept")))
      const [done] = yield* asyncio.wait([task])
      return Array.from(done, (it) => nameAndMessage(it.exception()))
    }

    expect(await run(main())).toEqual(["ValueError: kept"])
  })

  test("says FIRST_EXCEPTION is over when all have ended well", async () => {
    function* main() {
      const tasks = [createTask(job("a", 1)), createTask(job("b", 2))]
      const [done, pending] = yield* asyncio.wait(tasks, { returnWhen: asyncio.FIRST_EXCEPTION })
      return [done.size, pending.size, time()]
    }

    expect(await run(main())).toEqual([2, 0, 2])
  })

  test("can be awaited by native code", async () => {
    async function native() {
      const [done] = await asyncio.wait([createTask(job("x", 1))])
      return Array.from(done, (task) => task.result())
    }
    function* main() {
      return yield* until(native())
    }

    expect(await run(main())).toEqual(["x"])
  })

  test.each<[what: string, args: () => unknown[], text: string]>([
    ["nothing", () => [[]], "ValueError: Set of Tasks/Futures is empty."],
    ["no argument", () => [], "TypeError: 'undefined' object is not iterable: wait() takes a list of tasks or futures"],
    ["a task", () => [createTask(sleep(0))], "TypeError: expect a list of futures, not Task: write wait([task])"],
    // Differs from CPython: a generator that yields tasks looks like a coroutine here.
    ["a coroutine", () => [job(1, 0)], "TypeError: expect a list of futures, not coroutine: write wait([task])"],
    ["a list of coroutines", () => [[job(1, 0)]], "TypeError: Passing coroutines is forbidden, use tasks explicitly."],
    [
      "a promise",
      () => [[Promise.resolve(1)]],
      "TypeError: An asyncio.Future is required, got <Promise object>: wait() takes tasks and futures",
    ],
    ["a number", () => [[1]], "TypeError: An asyncio.Future is required, got 1: wait() takes tasks and futures"],
    [
      "an unknown mode",
      () => [[createTask(sleep(0))], { returnWhen: "first" }],
      "ValueError: Invalid return_when value: first. It is FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED",
    ],
    [
      "a timeout that is no number",
      () => [[createTask(sleep(0))], { timeout: "1" }],
      'TypeError: wait() takes a delay in seconds as a number, got "1"',
    ],
    [
      "a timeout that is NaN",
      () => [[createTask(sleep(0))], { timeout: Number.NaN }],
      "ValueError: Invalid delay: NaN (not a number). Delays are in seconds",
    ],
  ])("refuses %s", async (_, args, text) => {
    const wait = asyncio.wait as (...args: unknown[]) => asyncio.Coroutine<unknown>
    function* main() {
      return nameAndMessage(yield* errorOf(wait(...args())))
    }

    expect(await run(main())).toBe(text)
  })
})

describe("waitFor", () => {
  test("takes a promise, and ends without it", async () => {
    function* main() {
      log.push(yield* asyncio.waitFor(Promise.resolve("in time"), 1))
      log.push(nameAndMessage(yield* errorOf(asyncio.waitFor(never, 1.5))), time())
    }
    await run(main())

    expect(log).toEqual(["in time", "TimeoutError: timed out after 1.5 s waiting for <coroutine object until>", 1.5])
  })

  test("aborts the signal at the deadline", async () => {
    let signal: AbortSignal | undefined
    const source = (s: AbortSignal) => {
      signal = s
      return never
    }
    function* main() {
      yield* errorOf(asyncio.waitFor(until(source), 1))
    }
    await run(main())

    expect([signal?.aborted, signal?.reason instanceof CancelledError]).toEqual([true, true])
  })

  test("says how long it waited, for what, and has the cancellation as its cause", async () => {
    function* main() {
      const task = createTask(sleep(60), { name: "crawl-3" })
      return yield* errorOf(asyncio.waitFor(task, 1.5))
    }

    const error = await run(main())
    expect(nameAndMessage(error)).toBe(
      "TimeoutError: timed out after 1.5 s waiting for <Task pending name='crawl-3' coro=<sleep() running>>",
    )
    expect((error as Error).cause).toBeInstanceOf(CancelledError)
  })

  test("is a TimeoutError that is an OSError and no DOMException", () => {
    expect(new TimeoutError()).toBeInstanceOf(asyncio.OSError)
  })

  test("gives the result at the very deadline's last moment before", async () => {
    function* main() {
      return [yield* asyncio.waitFor(job("made it", 1), 1.001), time()]
    }

    expect(await run(main())).toEqual(["made it", 1])
  })

  test("waits for ever with undefined and with null", async () => {
    function* main() {
      yield* asyncio.waitFor(sleep(1e6), undefined)
      yield* asyncio.waitFor(sleep(1e6), null)
      return time()
    }

    expect(await run(main())).toBe(2e6)
  })

  test("drops its timer when the awaitable has ended", async () => {
    const loop = new TestEventLoop()
    function* main() {
      yield* asyncio.waitFor(sleep(1), 100)
      yield* errorOf(asyncio.waitFor(failing(new ValueError("soon"), 1), 100))
    }
    await asyncio.run(main(), { loopFactory: () => loop })

    expect(loop.time()).toBe(2)
  })

  test("passes the awaitable's own error on, and its own CancelledError", async () => {
    function* main() {
      log.push(nameAndMessage(yield* errorOf(asyncio.waitFor(failing(new ValueError("own")), 1))))
      const task = createTask(sleep(9))
      getRunningLoop().callLater(1, () => task.cancel("by hand"))
      log.push(nameAndMessage(yield* errorOf(asyncio.waitFor(task, 5))), currentTask()?.cancelling())
    }
    await run(main())

    expect(log).toEqual(["ValueError: own", "CancelledError: by hand", 0])
  })

  test("counts a cancellation from outside as that, even together with the deadline", async () => {
    function* waiter() {
      yield* asyncio.waitFor(sleep(9), 1)
    }
    function* main() {
      const task = createTask(waiter())
      getRunningLoop().callAt(1, () => task.cancel("outside"))
      yield* asyncio.wait([task])
      return [task.cancelled(), task.cancelling()]
    }

    expect(await run(main())).toEqual([true, 1])
  })

  test("does not close over a task that it did not start: zero cancels it and waits for its end", async () => {
    function* slow() {
      try {
        yield* sleep(9)
      } finally {
        yield* sleep(3)
      }
    }
    function* main() {
      const task = createTask(slow())
      yield* sleep(0)
      const error = yield* errorOf(asyncio.waitFor(task, 0))
      return [nameAndMessage(error), task.cancelled(), time()]
    }

    expect(await run(main())).toEqual(["TimeoutError: timed out at once: the delay was 0 or less", true, 3])
  })

  test("cancelled while it waits for that end leaves the task alone", async () => {
    function* slow() {
      try {
        yield* sleep(9)
      } finally {
        yield* sleep(3)
        log.push("cleaned up")
      }
    }
    function* main() {
      const task = createTask(slow())
      const waiter = createTask(asyncio.waitFor(task, 0))
      yield* sleep(1)
      waiter.cancel()
      yield* asyncio.wait([waiter])
      log.push(waiter.cancelled(), task.done())
      yield* errorOf(task)
    }
    await run(main())

    expect(log).toEqual([true, false, "cleaned up"])
  })

  test("loses no item of a queue that is filled in the iteration of the deadline", async () => {
    for (const [putAt, order] of [
      [1, "put first"],
      [1 + 2 ** -40, "deadline first"],
    ] as const) {
      const items: string[] = []
      let waiter: Future<void> | undefined
      // A queue with one getter, as asyncio's is made.
      function* get() {
        while (items.length === 0) {
          waiter = getRunningLoop().createFuture<void>()
          yield* waiter
        }
        return items.shift()
      }
      const put = (item: string) => {
        items.push(item)
        if (waiter?.done() === false) waiter.setResult()
      }
      function* main() {
        getRunningLoop().callAt(putAt, () => put("item"))
        let got: string | undefined
        try {
          got = yield* asyncio.waitFor(get(), 1)
        } catch (error) {
          got = (error as Error).name
        }
        yield* sleep(1)
        log.push([order, got, items.length])
      }
      await run(main())
    }

    expect(log).toEqual([
      ["put first", "TimeoutError", 1],
      ["deadline first", "TimeoutError", 1],
    ])
  })

  test("within waitFor: the nearer deadline wins, whichever it is", async () => {
    function* main() {
      for (const [inner, outer] of [
        [1, 2],
        [2, 1],
      ] as const) {
        const begin = time()
        log.push(
          nameAndMessage(yield* errorOf(asyncio.waitFor(asyncio.waitFor(sleep(9), inner), outer))),
          time() - begin,
        )
      }
    }
    await run(main())

    expect(log).toEqual([
      "TimeoutError: timed out after 1 s waiting for <coroutine object sleep>",
      1,
      "TimeoutError: timed out after 1 s waiting for <coroutine object waitFor>",
      1,
    ])
  })

  test("can be awaited by native code", async () => {
    async function native() {
      await asyncio.waitFor(sleep(9), 1)
    }
    function* main() {
      return (yield* errorOf(until(native()))) instanceof TimeoutError
    }

    expect(await run(main())).toBe(true)
  })

  test.each<[what: string, args: unknown[], text: string]>([
    ["a function", [job, 1], "TypeError: 'function' object can't be awaited: got function job: call it, job()"],
    [
      "a delay that is no number",
      [sleep(0), "1"],
      'TypeError: waitFor() takes a delay in seconds as a number, got "1"',
    ],
    [
      "a delay that is NaN",
      [sleep(0), Number.NaN],
      "ValueError: Invalid delay: NaN (not a number). Delays are in seconds",
    ],
  ])("refuses %s", async (_, args, text) => {
    const waitFor = asyncio.waitFor as (...args: unknown[]) => asyncio.Coroutine<unknown>
    function* main() {
      return nameAndMessage(yield* errorOf(waitFor(...args)))
    }

    expect(await run(main())).toBe(text)
    // The sleep() that it did not take: it is made before the loop.
    reports.length = 0
  })

  test("outside of a loop fails when it is run", () => {
    const coroutine = asyncio.waitFor(Promise.resolve(), 1)

    expect(() => coroutine.send(undefined)).toThrow(
      "no running event loop: call waitFor() inside a coroutine or loop callback, or start a loop with run(main())",
    )
  })
})

describe("shield", () => {
  test("takes a promise", async () => {
    function* main() {
      return yield* asyncio.shield(Promise.resolve("promise"))
    }

    expect(await run(main())).toBe("promise")
  })

  test("keeps what it was given going, although nobody holds it", async () => {
    function* work() {
      yield* sleep(2)
      log.push("done at", time())
    }
    function* main() {
      const waiter = createTask(errorOf(asyncio.shield(work())))
      yield* sleep(1)
      waiter.cancel()
      yield* sleep(5)
    }
    await run(main())

    expect(log).toEqual(["done at", 2])
  })

  test("passes result, error and cancellation of the inner on", async () => {
    function* main() {
      log.push(yield* asyncio.shield(job("result", 1)))
      log.push(nameAndMessage(yield* errorOf(asyncio.shield(failing(new ValueError("error"), 1)))))
      const inner = createTask(sleep(9))
      getRunningLoop().callLater(1, () => inner.cancel())
      log.push((yield* errorOf(asyncio.shield(inner))) instanceof CancelledError, currentTask()?.cancelling())
    }
    await run(main())

    expect(log).toEqual(["result", "ValueError: error", true, 0])
  })

  test("leaves no callback on the inner once it is cancelled", async () => {
    function* main() {
      const inner = getRunningLoop().createFuture<void>()
      asyncio.shield(inner).cancel()
      yield* sleep(0)
      return String(inner)
    }

    expect(await run(main())).toBe("<Future pending>")
  })

  test("reports an error of the inner that nobody is left to see", async () => {
    function* main() {
      const shielded = asyncio.shield(failing(new ValueError("late"), 2))
      yield* sleep(1)
      shielded.cancel()
      yield* sleep(5)
    }
    await run(main())

    expect(reports.map((report) => report.split("\n")[0])).toEqual(["Task exception was never retrieved"])
    reports.length = 0
  })

  test("refuses what is no awaitable", async () => {
    function* main() {
      // @ts-expect-error: no awaitable
      yield* asyncio.shield(5)
    }

    await expect(run(main())).rejects.toThrow("An asyncio.Future, a coroutine or an awaitable is required: got 5")
  })
})

describe("asCompleted", () => {
  test("takes promises, and gives results in the order in which they come", async () => {
    function* main() {
      for (const next of asyncio.asCompleted([job("slow", 2), job("fast", 1), Promise.resolve("at once")])) {
        log.push(yield* next)
      }
    }
    await run(main())

    expect(log).toEqual(["at once", "fast", "slow"])
  })

  test("gives what ends in the same iteration in the order of its end", async () => {
    function* main() {
      for (const next of asyncio.asCompleted(["b", "a", "c"].map((n) => job(n, 1)))) log.push(yield* next)
    }
    await run(main())

    expect(log).toEqual(["b", "a", "c"])
  })

  test("is an async iterable for native code", async () => {
    async function native() {
      const tasks = [createTask(job("slow", 2)), createTask(job("fast", 1))]
      for await (const task of asyncio.asCompleted(tasks)) log.push(task === tasks[1], task.result(), time())
    }
    function* main() {
      yield* until(native())
    }
    await run(main())

    expect(log).toEqual([true, "fast", 1, false, "slow", 2])
  })

  test("gives coroutines to native code as well", async () => {
    async function native() {
      for (const next of asyncio.asCompleted([job("slow", 2), job("fast", 1)])) log.push(await next)
    }
    function* main() {
      yield* until(native())
    }
    await run(main())

    expect(log).toEqual(["fast", "slow"])
  })

  test("throws the error of each in its turn, and goes on", async () => {
    function* main() {
      for (const next of asyncio.asCompleted([failing(new ValueError("first"), 1), job("second", 2)])) {
        try {
          log.push(yield* next)
        } catch (error) {
          log.push(nameAndMessage(error))
        }
      }
    }
    await run(main())

    expect(log).toEqual(["ValueError: first", "second"])
  })

  test("left in the middle lets the others run on", async () => {
    function* noting(n: number) {
      yield* sleep(n)
      log.push(n)
      return n
    }
    function* main() {
      for (const next of asyncio.asCompleted([noting(1), noting(2), noting(3)])) {
        yield* next
        break
      }
      log.push("left")
      yield* sleep(9)
    }
    await run(main())

    expect(log).toEqual([1, "left", 2, 3])
  })

  test("left in the middle by a native loop lets the others run on", async () => {
    async function native() {
      for await (const task of asyncio.asCompleted([job(1, 1), job(2, 2)])) {
        log.push(task.result())
        break
      }
      await sleep(9)
      log.push(asyncio.allTasks().size)
    }
    function* main() {
      yield* until(native())
    }
    await run(main())

    // main's task only, and the sleep's own.
    expect(log).toEqual([1, 1])
  })

  test("gives the result to the next consumer if the one that was woken is cancelled", async () => {
    function* consumer(n: number, next: asyncio.Awaitable<string>) {
      log.push([n, yield* next])
    }
    function* main() {
      const loop = getRunningLoop()
      const future = loop.createFuture<string>()
      const other = loop.createFuture<string>()
      const [first, second] = asyncio.asCompleted([future, other])
      const a = createTask(consumer(1, first as asyncio.Coroutine<string>))
      const b = createTask(consumer(2, second as asyncio.Coroutine<string>))
      yield* sleep(0)
      future.setResult("result")
      yield* sleep(0)
      a.cancel()
      yield* asyncio.wait([a, b])
      log.push(a.cancelled())
    }
    await run(main())

    expect(log).toEqual([[2, "result"], true])
  })

  test("at the timeout gives up what is left: one error for each, and no task is cancelled", async () => {
    function* main() {
      const tasks = [1, 5, 6].map((n) => createTask(job(n, n)))
      for (const next of asyncio.asCompleted(tasks, { timeout: 3 })) {
        try {
          log.push(yield* next)
        } catch (error) {
          log.push(error instanceof TimeoutError && time())
        }
      }
      log.push(tasks.map((task) => task.cancelling()))
      yield* asyncio.wait(tasks)
    }
    await run(main())

    expect(log).toEqual([1, 3, 3, [0, 0, 0]])
  })

  test("counts the timeout from the call, not from the first wait", async () => {
    function* main() {
      const [next] = asyncio.asCompleted([sleep(9)], { timeout: 3 })
      yield* sleep(2)
      yield* errorOf(next as asyncio.Coroutine<void>)
      return time()
    }

    expect(await run(main())).toBe(3)
  })

  test("drops its timer when all have ended", async () => {
    const loop = new TestEventLoop()
    function* main() {
      for (const next of asyncio.asCompleted([sleep(1)], { timeout: 100 })) yield* next
    }
    await asyncio.run(main(), { loopFactory: () => loop })

    expect(loop.time()).toBe(1)
  })

  test("of nothing is over at once, in both forms, whatever the timeout", async () => {
    function* main() {
      for (const next of asyncio.asCompleted([] as asyncio.Future<string>[], { timeout: 1 })) log.push(yield* next)
      log.push(yield* asyncio.asyncFor(asyncio.asCompleted([] as asyncio.Future<string>[]), () => log.push("item")))
    }
    await run(main())

    expect(log).toEqual([true])
  })

  test("reports an error that nobody asked for", async () => {
    function* main() {
      asyncio.asCompleted([failing(new ValueError("unseen"), 1)])
      yield* sleep(2)
    }
    await run(main())

    expect(reports.map((report) => report.split("\n")[0])).toEqual(["Task exception was never retrieved"])
    reports.length = 0
  })

  test.each<[what: string, args: unknown[], text: string]>([
    ["a number", [5], "TypeError: 'number' object is not iterable: asCompleted() takes a list of awaitables"],
    [
      "a promise",
      [Promise.resolve()],
      "TypeError: 'Promise' object is not iterable: asCompleted() takes a list of awaitables",
    ],
    [
      "what is no awaitable",
      [[5]],
      "TypeError: An asyncio.Future, a coroutine or an awaitable is required: got 5: " +
        "call a generator function or a coroutine function",
    ],
    [
      "a timeout that is no number",
      [[], { timeout: "1" }],
      'TypeError: asCompleted() takes a delay in seconds as a number, got "1"',
    ],
    [
      "a timeout that is NaN",
      [[], { timeout: Number.NaN }],
      "ValueError: Invalid delay: NaN (not a number). Delays are in seconds",
    ],
  ])("refuses %s", async (_, args, text) => {
    const asCompleted = asyncio.asCompleted as (...args: unknown[]) => unknown
    function* main() {
      try {
        asCompleted(...args)
      } catch (error) {
        return nameAndMessage(error)
      }
      yield
      return undefined
    }

    expect(await run(main())).toBe(text)
  })

  test("refuses a single future", async () => {
    function* main() {
      // @ts-expect-error: a future is no list
      asyncio.asCompleted(getRunningLoop().createFuture<string>())
      yield
    }

    await expect(run(main())).rejects.toThrow(
      "expects an iterable of awaitables, not Future: write asCompleted([task])",
    )
  })

  test("outside of a loop says how to have one", () => {
    expect(() => asyncio.asCompleted([])).toThrow("There is no current event loop in this realm")
  })
})
