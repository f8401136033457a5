// Twins of the probes B: futures. The Python programs and what CPython printed are in probes/.
import {
  type Awaitable,
  CancelledError,
  type CoroutineGenerator,
  createTask,
  type Future,
  gather,
  getRunningLoop,
  newEventLoop,
  StopIteration,
  sleep,
  ValueError,
} from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { expect, test } from "vitest"
import { probe, recorded, repr, Tuple, wrong } from "../support/probe.js"

const run = TestEventLoop.run

test("B01 callbacks are always deferred, run in order, once for each time they were added", async () => {
  const { p, printed } = probe()
  function* main() {
    const f = getRunningLoop().createFuture<number>()
    p(f, f.done(), f.cancelled())
    const tell = (name: string, fn: () => unknown, show: (error: unknown) => unknown) => {
      try {
        fn()
      } catch (error) {
        p(name, show(error))
      }
    }
    tell("result", () => f.result(), repr)
    tell("exception", () => f.exception(), repr)
    const cb = (x: Future<number>) => p("cb", x.result())
    f.addDoneCallback(cb)
    f.addDoneCallback(cb)
    f.addDoneCallback(() => p("other"))
    p("removed", f.removeDoneCallback(cb))
    f.addDoneCallback(cb)
    f.addDoneCallback(cb)
    f.setResult(1)
    p("set_result returned; no callback ran yet")
    f.addDoneCallback(() => p("added when done -> call_soon"))
    const message = (error: unknown) => (error as Error).message
    tell("set_result", () => f.setResult(2), message)
    tell("set_exception", () => f.setException(new ValueError()), message)
    p("cancel done ->", f.cancel(), f.result(), f.exception())
    yield* sleep(0)
    p(f)
  }
  await run(main())

  expect(printed).toEqual(
    recorded("B01", {
      hints: { "invalid state": ": <Future finished result=1> already has a result; check done() first" },
    }),
  )
})

test("B02 what setException() takes, and that a failed future throws the same error each time", async () => {
  const { p, printed } = probe()
  function* main() {
    const loop = getRunningLoop()
    let f = loop.createFuture<void>()
    f.setException(ValueError)
    p(repr(f.exception()))
    f = loop.createFuture()
    f.setException(new StopIteration(3))
    p(repr(f.exception()), repr((f.exception() as Error).cause))
    f = loop.createFuture()
    try {
      f.setException(wrong("nope"))
    } catch (error) {
      p("TypeError", error)
    }
    const e0 = new ValueError("v")
    f.setException(e0)
    for (let i = 0; i < 2; i++) {
      try {
        yield* f
      } catch (error) {
        p(error === e0)
      }
    }
    const g = loop.createFuture<void>()
    p(g.cancel("msg"), g.cancel(), g.cancelled(), g.done(), g)
    const errors: unknown[] = []
    for (let i = 0; i < 2; i++) {
      try {
        yield* g
      } catch (error) {
        if (error instanceof CancelledError) errors.push(error)
        p(repr(error))
      }
    }
    p("same object:", errors[0] === errors[1])
    for (const method of ["result", "exception"] as const) {
      try {
        g[method]()
      } catch (error) {
        p(method, repr(error))
      }
    }
  }
  await run(main())

  expect(printed).toEqual(
    recorded("B02", {
      spelling: { "StopIteration(3)": "StopIteration('3')" },
      hints: { "invalid exception object": ': got "nope", expected an Error or an Error class' },
    }),
  )
})

test("B03 a failure that nobody looked at is reported, at the end of the run at the latest", async () => {
  const { p, printed } = probe()
  function* main() {
    const loop = getRunningLoop()
    loop.setExceptionHandler((_, context) => p("HANDLER", context.message, Object.keys(context).sort()))
    const failed = (message: string) => {
      const f = loop.createFuture<void>()
      f.setException(new ValueError(message))
      return f
    }
    failed("1")
    p("1 dropped")
    failed("2").exception()
    p("2 exception() clears")
    failed("3").cancel()
    p("3 cancel() on done clears too")
    failed("4").addDoneCallback(() => {})
    yield* sleep(0)
    yield* sleep(0)
    p("4 a callback that does not look does not clear")
    loop.createFuture<void>()
    p("5 pending future dropped: silent")
  }
  await run(main())

  // Differs from CPython: the collector cannot be called here, so that the two reports come at the end of the run.
  const report = "HANDLER Future exception was never retrieved ['exception', 'future', 'message']"
  expect(recorded("B03").filter((line) => line.endsWith(report))).toHaveLength(2)
  expect(printed).toEqual([
    ...recorded("B03").filter((line) => !line.endsWith(report)),
    `[-] ${report}`,
    `[-] ${report}`,
  ])
})

test("B04 awaiting what is done takes no iteration, and waiters wake in order, one iteration later", async () => {
  const { p, printed } = probe()
  function* w(n: string, f: Future<string>) {
    p(n, "waits")
    const r = yield* f
    p(n, "got", r)
  }
  function* main() {
    const loop = getRunningLoop()
    const f = loop.createFuture<string>()
    const tasks = [..."ab"].map((n) => createTask(w(n, f)))
    yield* sleep(0)
    loop.callSoon(p, "soon-before")
    f.setResult("R")
    loop.callSoon(p, "soon-after")
    p("set")
    p(yield* f, "no tick passed")
    yield* gather(...tasks)
    p("end")
  }
  await run(main())

  expect(printed).toEqual(recorded("B04"))
})

test("B05 what a task accepts from an awaitable", async () => {
  const { p, printed } = probe()
  /** Yields `v`, whatever it is. */
  const Y = (v: unknown) => ({
    name: "Y",
    v,
    *[Symbol.iterator]() {
      const r: unknown = yield wrong(v)
      return new Tuple("resumed with", r)
    },
  })
  const It = (make: () => unknown) => ({ name: "It", v: "", [Symbol.iterator]: () => wrong(make()) })
  function* aw(x: unknown): CoroutineGenerator<unknown> {
    return yield* x as Awaitable<unknown>
  }
  function* nothing() {}
  function* main() {
    const loop = getRunningLoop()
    const candidates = [
      Y(undefined),
      Y(7),
      Y(loop.createFuture()),
      It(() => [undefined][Symbol.iterator]()),
      It(() => [7][Symbol.iterator]()),
      It(() => [7]),
      5,
      null,
      Y(nothing()),
    ]
    for (const x of candidates) {
      const name = typeof x === "object" ? (x?.name ?? "NoneType") : "int"
      try {
        const result = yield* createTask(aw(x))
        p(name, typeof x === "object" ? x?.v : "", "->", result)
      } catch (error) {
        const { name: type, message } = error as Error
        p(name, "->", type, type === "TypeError" ? "" : message.split(/ coro=|\. In a/)[0]?.slice(0, 90))
      }
    }
    const other = newEventLoop()
    const f = other.createFuture<void>()
    try {
      yield* f
    } catch (error) {
      const { name, message } = error as Error
      p(name, message.includes("attached to a different loop"))
    }
    other.close()
  }
  await run(main())

  expect(printed).toEqual(
    recorded("B05", {
      spelling: {
        // Differs from CPython: an array's iterator has no throw(), so that yield* throws a TypeError of its own.
        "[16] It -> RuntimeError Task got bad yield: 7": "[16] It -> TypeError ",
        // The words of a TypeError are the engine's.
        " __await__() returned non-iterator of type 'list'": " ",
        " 'int' object can't be awaited": " ",
        " 'NoneType' object can't be awaited": " ",
      },
    }),
  )
})

test("B06 a done callback that fails does not stop the others", async () => {
  const { p, printed } = probe()
  function* main() {
    const loop = getRunningLoop()
    loop.setExceptionHandler((_, context) =>
      p("HANDLER", context.message, repr(context.exception), Object.keys(context).sort()),
    )
    const f = loop.createFuture<number>()
    f.addDoneCallback(function bad() {
      throw new ValueError("cb")
    })
    f.addDoneCallback(() => p("second runs"))
    f.setResult(0)
    yield* sleep(0)
    yield* sleep(0)
  }
  await run(main())

  expect(printed).toEqual(
    recorded("B06", { spelling: { "callback main ": "callback bad(<Future finished result=0>) " } }),
  )
})
