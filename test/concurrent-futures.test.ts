import { describe, expect, test } from "vitest"
import {
  ConcurrentCancelledError,
  ConcurrentFuture,
  Executor,
  InlineExecutor,
  type ShutdownOptions,
} from "../lib/concurrent-futures.js"
import { CancelledError, InvalidStateError, RuntimeError } from "../lib/exceptions.js"
import { setLogger } from "../lib/log.js"

const states = (future: ConcurrentFuture<unknown>) => [
  future.running() && "running",
  future.done() && "done",
  future.cancelled() && "cancelled",
]

describe("a concurrent future", () => {
  test("is pending, runs, and is done", () => {
    const future = new ConcurrentFuture<number>()
    const seen: unknown[] = [states(future), future.setRunningOrNotifyCancel(), states(future)]
    future.setResult(1)
    seen.push(states(future), future.result())

    expect(seen).toEqual([[false, false, false], true, ["running", false, false], [false, "done", false], 1])
    expect(future.exception()).toBeNull()
  })

  test("calls back inside setResult, in order, and at once when it is done", () => {
    const future = new ConcurrentFuture<number>()
    const log: unknown[] = []
    future.addDoneCallback((it) => log.push(it === future))
    future.addDoneCallback(() => log.push("second"))

    log.push("before")
    future.setResult(1)
    log.push("after")
    future.addDoneCallback(() => log.push("at once"))
    log.push("end")

    expect(log).toEqual(["before", true, "second", "after", "at once", "end"])
  })

  test("logs what a callback throws and goes on", () => {
    const future = new ConcurrentFuture<number>()
    const log: unknown[] = []
    setLogger({ error: (...what) => log.push(what), warn: () => {} })
    future.addDoneCallback(function broken() {
      throw new Error("callback")
    })
    future.addDoneCallback(() => log.push("next"))

    future.setResult(1)
    setLogger()

    expect(log).toEqual([
      [
        "exception calling callback function broken for <ConcurrentFuture state=finished returned number>",
        new Error("callback"),
      ],
      "next",
    ])
  })

  test("is cancelled while it is pending, and then is not to start", () => {
    const future = new ConcurrentFuture<number>()
    const log: string[] = []
    future.addDoneCallback(() => log.push("called"))

    expect([future.cancel(), future.cancelled(), future.setRunningOrNotifyCancel(), future.cancelled()]).toEqual([
      true,
      true,
      false,
      true,
    ])
    expect(future.cancel()).toBe(true)
    expect(log).toEqual(["called"])
    expect(() => future.result()).toThrow(ConcurrentCancelledError)
    expect(() => future.exception()).toThrow(ConcurrentCancelledError)
  })

  test("is not cancelled while it runs, or when it is done", () => {
    const future = new ConcurrentFuture<number>()
    future.setRunningOrNotifyCancel()
    expect(future.cancel()).toBe(false)
    future.setResult(1)
    expect(future.cancel()).toBe(false)
  })

  test("is cancelled while it runs if its executor can stop it", () => {
    const future = new ConcurrentFuture<number>()
    future._owner = { onCancel: () => true }
    future.setRunningOrNotifyCancel()

    expect([future.cancel(), ...states(future)]).toEqual([true, false, "done", "cancelled"])
  })

  test("has a cancellation error that is not the loop's, and prints as in Python", () => {
    expect(String(new ConcurrentCancelledError())).toBe("CancelledError")
    expect(new ConcurrentCancelledError()).not.toBeInstanceOf(CancelledError)
  })

  test("does not wait in result() and exception()", () => {
    const future = new ConcurrentFuture<number>()
    const text = "is not done, and a page cannot wait for it in"

    expect(() => future.result()).toThrow(
      new InvalidStateError(
        `Result is not set: <ConcurrentFuture state=pending> ${text} result(); await the future first`,
      ),
    )
    expect(() => future.exception()).toThrow(InvalidStateError)
  })

  test("ends once", () => {
    const future = new ConcurrentFuture<number>()
    future.setResult(1)

    expect(() => future.setResult(2)).toThrow(
      new InvalidStateError(
        "FINISHED: <ConcurrentFuture state=finished returned number> is done already; check done() first",
      ),
    )
    expect(() => future.setException(new Error())).toThrow(InvalidStateError)
    expect(() => future.setRunningOrNotifyCancel()).toThrow(RuntimeError)
  })

  test("keeps whatever was thrown", async () => {
    const failed = (value: unknown) => {
      const future = new ConcurrentFuture<number>()
      future.setException(value)
      return future
    }
    const error = new TypeError("no")

    expect(failed(error).exception()).toBe(error)
    expect(() => failed(error).result()).toThrow(error)
    await expect(failed(undefined)).rejects.toBeUndefined()
  })

  test("is awaited by native code", async () => {
    const good = new ConcurrentFuture<number>()
    const cancelled = new ConcurrentFuture<number>()
    const log: unknown[] = []
    const both = Promise.all([
      good.finally(() => log.push("finally")).then((value) => log.push(value)),
      cancelled.catch((error) => log.push(error)),
    ])

    good.setResult(1)
    cancelled.cancel()
    await both

    expect(log).toEqual(expect.arrayContaining([1, "finally", expect.any(ConcurrentCancelledError)]))
  })

  test("has Python's repr", () => {
    const future = new ConcurrentFuture<number>()
    const seen = [String(future)]
    future.setRunningOrNotifyCancel()
    seen.push(String(future))
    future.setException(new TypeError("no"))
    seen.push(String(future))
    const cancelled = new ConcurrentFuture<number>()
    cancelled.cancel()

    expect([...seen, String(cancelled)]).toEqual([
      "<ConcurrentFuture state=pending>",
      "<ConcurrentFuture state=running>",
      "<ConcurrentFuture state=finished raised TypeError>",
      "<ConcurrentFuture state=cancelled>",
    ])
  })
})

describe("Executor.map", () => {
  /** Answers when it is told to. */
  class ManualExecutor extends Executor {
    readonly jobs: { args: unknown[]; future: ConcurrentFuture<never> }[] = []

    submit<A extends unknown[]>(_: (...args: A) => unknown, ...args: A): ConcurrentFuture<never> {
      const future = new ConcurrentFuture<never>()
      this.jobs.push({ args, future })
      return future
    }

    async shutdown(_?: ShutdownOptions): Promise<void> {}
  }

  const pair = (a: number, b: string): string => `${a}${b}`

  test("submits everything at once, up to the end of the shortest", () => {
    const executor = new ManualExecutor()

    executor.map(pair, [1, 2, 3], ["a", "b"])

    expect(executor.jobs.map((job) => job.args)).toEqual([
      [1, "a"],
      [2, "b"],
    ])
  })

  test("gives results in the order of the items, whichever comes first", async () => {
    const executor = new ManualExecutor()
    const results = executor.map(pair, [1, 2], ["a", "b"])
    const all = (async () => {
      const seen: unknown[] = []
      for await (const result of results) seen.push(result)
      return seen
    })()

    executor.jobs[1]?.future.setResult("second" as never)
    executor.jobs[0]?.future.setResult("first" as never)

    expect(await all).toEqual(["first", "second"])
  })

  test("cancels the rest when the loop is left, and when a job failed", async () => {
    const left = new ManualExecutor()
    const results = left.map(pair, [1, 2], ["a", "b"])
    left.jobs[0]?.future.setResult("first" as never)
    for await (const _ of results) break

    const failed = new ManualExecutor()
    const next = failed.map(pair, [1, 2], ["a", "b"]).next()
    failed.jobs[0]?.future.setException(new TypeError("no"))
    await expect(next).rejects.toThrow("no")

    expect([left, failed].map((executor) => executor.jobs[1]?.future.cancelled())).toEqual([true, true])
  })
})

describe("an InlineExecutor", () => {
  test("runs a job after submit has returned", async () => {
    const log: string[] = []
    const future = new InlineExecutor().submit(() => log.push("job"))
    log.push("submitted")

    await future

    expect(log).toEqual(["submitted", "job"])
  })

  test("runs functions, async functions and generators", async () => {
    const executor = new InlineExecutor()

    expect(
      await Promise.all([
        executor.submit((a: number, b: number) => a + b, 1, 2),
        executor.submit(async (n: number) => n, 4),
        executor.submit(function* (n: number) {
          yield
          return n
        }, 5),
      ]),
    ).toEqual([3, 4, 5])
  })

  test("fails with what the job throws, also undefined", async () => {
    const executor = new InlineExecutor()
    const fail = (value: unknown) => {
      throw value
    }

    await expect(executor.submit(fail, new TypeError("no"))).rejects.toThrow("no")
    await expect(executor.submit(fail, undefined)).rejects.toBeUndefined()
    await expect(executor.submit(async () => fail("later"))).rejects.toBe("later")
  })

  test("never starts a job that was cancelled, and cannot stop one that runs", async () => {
    const executor = new InlineExecutor()
    const log: string[] = []
    const first = executor.submit(() => log.push("first"))
    const second: ConcurrentFuture<boolean> = executor.submit(() => second.cancel())

    expect(first.cancel()).toBe(true)
    expect(await second).toBe(false)
    expect(log).toEqual([])
  })

  test("refuses what is no function, and jobs after shutdown", async () => {
    const executor = new InlineExecutor()

    expect(() => executor.submit(5 as never)).toThrow(new TypeError("submit() expects a function, got 5"))
    await executor.shutdown()
    expect(() => executor.submit(() => {})).toThrow(
      new RuntimeError("cannot schedule new futures after shutdown: this executor has ended, make a new one"),
    )
  })

  test("waits in shutdown for what was submitted, or cancels it", async () => {
    const waited = new InlineExecutor()
    const first = waited.submit(async () => 1)
    await waited.shutdown()

    const cancelled = new InlineExecutor()
    const second = cancelled.submit(() => 2)
    await cancelled.shutdown({ cancelFutures: true })

    const left = new InlineExecutor()
    const third = left.submit(() => 3)
    const before = [await left.shutdown({ wait: false }), third.done()]

    expect(first.result()).toBe(1)
    expect(second.cancelled()).toBe(true)
    expect(before[0]).toBeUndefined()
    expect(await third).toBe(3)
  })

  test("is shut down at the end of a block", async () => {
    const executor = new InlineExecutor()
    {
      await using it = executor
      it.submit(() => 1)
    }

    expect(() => executor.submit(() => 1)).toThrow(RuntimeError)
  })
})
