import {
  CancelledError,
  type CoroutineGenerator,
  createTask,
  Future,
  getRunningLoop,
  InvalidStateError,
  isFuture,
  RuntimeError,
  StopIteration,
  sleep,
  TimeoutError,
  until,
  ValueError,
  wrapFuture,
} from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { describe, expect, test } from "vitest"
import { ConcurrentFuture } from "../lib/concurrent-futures.js"
import { collectReports, reports } from "./support/reports.js"

const run = TestEventLoop.run

collectReports({ expected: true })

/** A loop that is not running, and futures of it. */
function futures() {
  const loop = new TestEventLoop()
  return { loop, make: <T>() => new Future<T>({ loop }) }
}

describe("a future", () => {
  test("describes its state, its outcome, and who waits for it", () => {
    const { make } = futures()
    const first = () => {}
    const second = () => {}
    const [pending, one, two, four, done, failed, cancelled] = Array.from({ length: 7 }, () => make<unknown>())
    one?.addDoneCallback(first)
    for (const callback of [first, second]) two?.addDoneCallback(callback)
    for (const callback of [first, second, second, () => {}]) four?.addDoneCallback(callback)
    done?.setResult({ a: [1] })
    failed?.setException(new ValueError("v"))
    cancelled?.cancel()

    expect([pending, one, two, four, done, failed, cancelled].map(String)).toEqual([
      "<Future pending>",
      "<Future pending cb=[first()]>",
      "<Future pending cb=[first(), second()]>",
      "<Future pending cb=[first(), <2 more>, (anonymous)()]>",
      "<Future finished result={ a: … }>",
      "<Future finished exception=ValueError('v')>",
      "<Future cancelled>",
    ])
  })

  test("may have undefined, null, or a promise as its result", async () => {
    const { make } = futures()
    const promise = new Promise<never>(() => {})
    const results = [undefined, null, promise].map((value) => {
      const future = make<unknown>()
      future.setResult(value)
      return future.result()
    })

    expect(results).toEqual([undefined, null, promise])
  })

  test("says why its result cannot be set once more", () => {
    const { make } = futures()
    const failed = make<number>()
    failed.setException(new ValueError("v"))
    const cancelled = make<number>()
    cancelled.cancel()

    expect(() => failed.setResult(1)).toThrow(
      new InvalidStateError(
        "invalid state: <Future finished exception=ValueError('v')> already has an exception; check done() first",
      ),
    )
    expect(() => cancelled.setException(new ValueError())).toThrow(
      new InvalidStateError("invalid state: <Future cancelled> already has been cancelled; check done() first"),
    )
  })

  test("removes callbacks by the function, however many there are", () => {
    const { make } = futures()
    const future = make<void>()
    const a = () => {}
    const b = () => {}
    const counts = [future.removeDoneCallback(a)]
    future.addDoneCallback(a)
    counts.push(future.removeDoneCallback(b), future.removeDoneCallback(a), future.removeDoneCallback(a))
    for (const callback of [a, b, a, a]) future.addDoneCallback(callback)
    counts.push(future.removeDoneCallback(a), future.removeDoneCallback(a), future.removeDoneCallback(b))

    expect([counts, String(future)]).toEqual([[0, 0, 1, 0, 3, 0, 1], "<Future pending>"])
  })

  test("does not run a callback that was removed, and does run one whose removal comes too late", async () => {
    const log: string[] = []
    function* main() {
      const future = getRunningLoop().createFuture<void>()
      const early = () => log.push("early")
      const late = () => log.push("late")
      future.addDoneCallback(early)
      future.addDoneCallback(late)
      future.removeDoneCallback(early)
      future.setResult()
      log.push(`removed ${future.removeDoneCallback(late)}`)
      yield* sleep(0)
    }
    await run(main())

    expect(log).toEqual(["removed 0", "late"])
  })

  test("belongs to the loop that it was made for", async () => {
    const { loop, make } = futures()
    expect(make().getLoop()).toBe(loop)
    function* main(): CoroutineGenerator<boolean> {
      return new Future().getLoop() === getRunningLoop()
    }
    expect(await run(main())).toBe(true)
  })

  test("is known as one, though of another copy of the library", () => {
    const { make } = futures()
    const values = [
      make(),
      { [Symbol.for("asyncio-web.future")]: true },
      {},
      null,
      undefined,
      Promise.resolve(),
      () => {},
    ]

    expect(values.map(isFuture)).toEqual([true, true, false, false, false, false, false])
  })
})

describe("awaited in a coroutine, a future", () => {
  test("wakes all who wait, in their order, each with the same result", async () => {
    const log: string[] = []
    const result = { shared: true }
    function* waiter(name: string, future: Future<object>) {
      const got = yield* future
      log.push(`${name} ${got === result}`)
    }
    function* main() {
      const future = getRunningLoop().createFuture<object>()
      const tasks = [..."abc"].map((name) => createTask(waiter(name, future)))
      yield* sleep(0)
      future.setResult(result)
      for (const task of tasks) yield* task
    }
    await run(main())

    expect(log).toEqual(["a true", "b true", "c true"])
  })

  test("cannot be resumed by anybody but a task", () => {
    const { make } = futures()
    const iterator = make<void>()[Symbol.iterator]()
    iterator.next()

    expect(() => iterator.next()).toThrow("await wasn't used with future: only a Task may resume what waits for one")
  })

  test("can be awaited by a task after somebody who waited by hand has left", async () => {
    function* main() {
      const future = getRunningLoop().createFuture<string>()
      const [returning, throwing] = [future[Symbol.iterator](), future[Symbol.iterator]()]
      returning.next()
      returning.return?.()
      throwing.next()
      expect(() => throwing.throw?.(new ValueError("left"))).toThrow("left")
      getRunningLoop().callSoon(() => future.setResult("result"))
      return yield* future
    }

    expect(await run(main())).toBe("result")
  })

  test("throws whatever a subclass of Error it failed with", async () => {
    function* main() {
      const future = getRunningLoop().createFuture<void>()
      future.setException(new TimeoutError("t"))
      yield* future
    }

    await expect(run(main())).rejects.toThrow(TimeoutError)
  })
})

describe("awaited by native code, a future", () => {
  test("gives its result, and its errors", async () => {
    const log: unknown[] = []
    function* main() {
      const loop = getRunningLoop()
      const [good, bad, cancelled] = [
        loop.createFuture<number>(),
        loop.createFuture<number>(),
        loop.createFuture<number>(),
      ]
      const native = async () => {
        log.push(await good)
        await bad.catch((error) => log.push(String(error)))
        await cancelled.catch((error) => log.push(error instanceof CancelledError, String(error)))
        await good.finally(() => log.push("finally"))
      }
      const promise = native()
      loop.callLater(1, () => good.setResult(1))
      loop.callLater(2, () => bad.setException(new ValueError("v")))
      loop.callLater(3, () => cancelled.cancel("why"))
      yield* until(promise)
    }
    await run(main())

    expect(log).toEqual([1, "ValueError: v", true, "CancelledError: why", "finally"])
  })

  test("takes part in Promise.all and Promise.race", async () => {
    function* main() {
      const loop = getRunningLoop()
      const [a, b] = [loop.createFuture<string>(), loop.createFuture<string>()]
      loop.callLater(2, () => a.setResult("a"))
      loop.callLater(1, () => b.setResult("b"))
      return yield* until(Promise.all([Promise.all([a, b]), Promise.race([a, b])]))
    }

    expect(await run(main())).toEqual([["a", "b"], "b"])
  })

  test("that is done needs no loop to run", async () => {
    const { make } = futures()
    const good = make<number>()
    good.setResult(7)
    const bad = make<number>()
    bad.setException(new ValueError("v"))

    expect(await good).toBe(7)
    await expect(bad).rejects.toThrow("v")
  })

  test("counts as looked at", async () => {
    function* main() {
      const future = getRunningLoop().createFuture<void>()
      const caught = future.catch(() => "caught")
      future.setException(new ValueError("v"))
      return yield* until(caught)
    }

    expect([await run(main()), reports]).toEqual(["caught", []])
  })

  test("passes what is no Error on as well", async () => {
    function* main() {
      return yield* until(async () => {
        await Promise.reject("just a string")
      })
    }

    await expect(run(main())).rejects.toBe("just a string")
  })
})

describe("wrapFuture()", () => {
  test("gives the result of a job, or its error", async () => {
    function* main() {
      const good = new ConcurrentFuture<number>()
      const bad = new ConcurrentFuture<number>()
      const [a, b] = [wrapFuture(good), wrapFuture(bad)]
      good.setResult(1)
      bad.setException(new ValueError("v"))
      const results: unknown[] = [yield* a]
      try {
        yield* b
      } catch (error) {
        results.push(String(error))
      }
      return results
    }

    expect(await run(main())).toEqual([1, "ValueError: v"])
  })

  test("passes a cancellation on, in either direction", async () => {
    function* main() {
      const jobs = [new ConcurrentFuture<number>(), new ConcurrentFuture<number>()] as const
      const [a, b] = [wrapFuture(jobs[0]), wrapFuture(jobs[1])]
      a.cancel()
      jobs[1].cancel()
      yield* sleep(0)
      yield* sleep(0)
      return [jobs[0].cancelled(), b.cancelled()]
    }

    expect(await run(main())).toEqual([true, true])
  })

  test("leaves a future of asyncio's as it is", () => {
    const { make } = futures()
    const future = make<number>()

    expect(wrapFuture(future)).toBe(future)
  })

  test("takes a job that is done", async () => {
    function* main() {
      const job = new ConcurrentFuture<number>()
      job.setResult(3)
      return yield* wrapFuture(job)
    }

    expect(await run(main())).toBe(3)
  })

  test("turns a StopIteration of the job into a RuntimeError", async () => {
    function* main() {
      const job = new ConcurrentFuture<number>()
      const future = wrapFuture(job)
      job.setException(new StopIteration(1))
      return yield* future
    }

    await expect(run(main())).rejects.toThrow(RuntimeError)
  })
})
