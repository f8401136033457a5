// Twins of the probes L, as far as they need no thread. The Python programs and what CPython printed are in probes/.
import * as asyncio from "asyncio-web"
import { asyncFor, getRunningLoop, KeyError, StopIteration, sleep } from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { expect, test } from "vitest"
import { ConcurrentCancelledError, ConcurrentFuture, InlineExecutor } from "../../lib/concurrent-futures.js"
import { probe, recorded, repr, wrong } from "../support/probe.js"

const run = TestEventLoop.run

/** Lines whose number depends on the real world. */
const unnumbered = (lines: readonly string[]) => lines.map((line) => line.replace(/^\[\d+\] /, "[~] "))

test("L02 an error of a job arrives as it is, and StopIteration as a RuntimeError", async () => {
  const { p, printed } = probe()
  function* main() {
    const executor = new InlineExecutor()
    const jobs = [
      () => {
        throw new KeyError("x")
      },
      () => {
        throw new StopIteration()
      },
    ]
    for (const job of jobs) {
      try {
        yield* getRunningLoop().runInExecutor(executor, job)
      } catch (error) {
        p(repr(error))
      }
    }
  }
  await run(main())

  expect(unnumbered(printed)).toEqual(
    unnumbered(recorded("L02").filter((line) => / (KeyError|RuntimeError)\(/.test(line))),
  )
})

test("L03 setDefaultExecutor wants an executor; once it is shut down only others take jobs", async () => {
  const { p, printed } = probe()
  function* main() {
    const loop = getRunningLoop()
    try {
      loop.setDefaultExecutor(wrong(5))
    } catch (error) {
      p(error)
    }
    loop.setDefaultExecutor(new InlineExecutor())
    yield* loop.shutdownDefaultExecutor()
    try {
      loop.runInExecutor(null, p)
    } catch (error) {
      p(error)
    }
    p("explicit executor still works", yield* loop.runInExecutor(new InlineExecutor(), () => 1))
  }
  await run(main())

  const [, ...lines] = recorded("L03", {
    hints: {
      "executor must be ThreadPoolExecutor instance": ", got 5: pass a WorkerPoolExecutor or another Executor",
      "Executor shutdown has been called": ": the default executor takes no jobs any more, pass one",
    },
  })
  expect(unnumbered(printed)).toEqual(unnumbered(lines))
})

test("L05 run() waits for the jobs of the default executor", async () => {
  const { p, print, printed } = probe()
  function* main() {
    const loop = getRunningLoop()
    loop.setDefaultExecutor(new InlineExecutor())
    loop.runInExecutor(null, async () => {
      for (let i = 0; i < 5; i++) await Promise.resolve()
      print("thread end")
    })
    p("main returns")
  }
  await run(main())
  print("run() returned after the thread:", true)

  expect(printed).toEqual(recorded("L05"))
})

test("L06 a concurrent future calls back at once, inside of setResult, and cannot be cancelled while it runs", () => {
  const { print, printed } = probe()
  const c = new ConcurrentFuture<number>()
  c.addDoneCallback(() => print("cf callback runs synchronously inside set_result"))
  print(c, c.running(), c.done())
  print(c.setRunningOrNotifyCancel(), c.running(), "cancel while running ->", c.cancel())
  c.setResult(1)
  print("after")
  c.addDoneCallback(() => print("already done: immediately"))

  expect(printed).toEqual(
    recorded("L06", { spelling: { "PENDING False": "<ConcurrentFuture state=pending> False" } }).slice(0, 5),
  )
})

test("L06 the result of a concurrent future that is not done is an error, since a page cannot wait", () => {
  // Differs from CPython: `result(0.01)` waits there, and throws a TimeoutError.
  const message =
    "Result is not set: <ConcurrentFuture state=pending> is not done, and a page cannot wait for it in result(); " +
    "await the future first"
  expect(() => new ConcurrentFuture().result()).toThrow(new asyncio.InvalidStateError(message))
})

test("L06 a job's cancellation is not that of a task", () => {
  const { print, printed } = probe()
  const c = new ConcurrentFuture()
  print(c.cancel(), c.cancelled(), c.setRunningOrNotifyCancel())
  try {
    c.result()
  } catch (error) {
    const isOne = error instanceof asyncio.CancelledError
    print(Object.getPrototypeOf(ConcurrentCancelledError).name, isOne)
  }

  expect(printed).toEqual(recorded("L06").slice(6, 8))
})

test("L06 wrapFuture passes the result on, and a cancellation both ways", async () => {
  const { p, printed } = probe()
  function* main() {
    let c = new ConcurrentFuture<string>()
    let f = asyncio.wrapFuture(c)
    queueMicrotask(() => c.setResult("from thread"))
    p(yield* f, asyncio.wrapFuture(f) === f)
    c = new ConcurrentFuture()
    f = asyncio.wrapFuture(c)
    f.cancel()
    yield* sleep(0)
    p("cancel propagates to source", c.cancelled())
    c = new ConcurrentFuture()
    f = asyncio.wrapFuture(c)
    c.cancel()
    yield* sleep(0)
    yield* sleep(0)
    p("and back", f.cancelled())
  }
  await run(main())

  expect(printed).toEqual(recorded("L06").slice(8, 11))
})

test("L06 map gives the results in the order of the items", async () => {
  const { print, printed } = probe()
  function* main() {
    const results: number[] = []
    const executor = new InlineExecutor()
    yield* asyncFor(
      executor.map((x: number, y: number) => x * y, [1, 2, 3], [4, 5, 6]),
      (r) => results.push(r),
    )
    print(results)
  }
  await run(main())

  expect(printed).toEqual(recorded("L06").slice(-1))
})
