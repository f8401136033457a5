// Twins of the probes F, and of those P that are about waitFor. The Python programs and their outputs are in probes/.
import * as asyncio from "asyncio-web"
import { createTask, currentTask, getRunningLoop, KeyError, sleep, TimeoutError } from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { expect, test } from "vitest"
import { args, probe, recorded, repr } from "../support/probe.js"

const run = TestEventLoop.run
const block = (seconds: number) => (getRunningLoop() as TestEventLoop).block(seconds)

test("F01 waitFor runs a coroutine in the caller's own task; zero does not start it; None waits for ever", async () => {
  const { p, printed } = probe()
  const me = () => currentTask() as asyncio.Task<unknown>
  function* who() {
    return me().getName()
  }
  function* main() {
    p("coroutine runs in the caller task:", yield* asyncio.waitFor(who(), 1), me().getName())
    const started: number[] = []
    function* s() {
      started.push(1)
    }
    for (const to of [0, -1]) {
      try {
        yield* asyncio.waitFor(s(), to)
      } catch (error) {
        p(to, "started", started, repr(error), "cause", repr((error as Error).cause))
      }
    }
    const f = getRunningLoop().createFuture<string>()
    f.setResult("v")
    p(yield* asyncio.waitFor(f, 0), yield* asyncio.waitFor(f, null))
    const slow = createTask(sleep(10), { name: "slow" })
    try {
      yield* asyncio.waitFor(slow, 0.01)
    } catch (error) {
      const isOne = error instanceof TimeoutError
      p("task cancelled", slow.cancelled(), "e.args", args(error), "asyncio.TimeoutError is TimeoutError", isOne)
    }
    const t = createTask(sleep(0.03, "shielded"))
    try {
      yield* asyncio.waitFor(asyncio.shield(t), 0.01)
    } catch {
      p("shielded alive", t.cancelled(), yield* t)
    }
    try {
      // @ts-expect-error: no awaitable
      yield* asyncio.waitFor(5, 1)
    } catch (error) {
      p(error)
    }
  }
  await run(main())

  expect(printed).toEqual(
    recorded("F01", {
      spelling: {
        // Differs from CPython: a TimeoutError says how long it waited, and for what.
        "TimeoutError()": "TimeoutError('timed out at once: the delay was 0 or less')",
        "e.args ()": `e.args ("timed out after 0.01 s waiting for <Task pending name='slow' coro=<sleep() running>>",)`,
        "'int' object can't be awaited": "'number' object can't be awaited",
      },
      hints: { "object can't be awaited": ": got 5: call a generator function or a coroutine function" },
    }),
  )
})

test("F02 waitFor passes on what the awaitable made of its cancellation, and waits for its clean-up", async () => {
  const { p, printed } = probe()
  function* sw() {
    try {
      yield* sleep(10)
      return "slept"
    } catch {
      return "swallowed"
    }
  }
  function* ra() {
    try {
      yield* sleep(10)
    } catch {
      throw new KeyError("cleanup failed")
    }
  }
  function* sl() {
    try {
      yield* sleep(10)
    } finally {
      yield* sleep(0.03)
    }
  }
  function* main() {
    const loop = getRunningLoop()
    p("swallow ->", yield* asyncio.waitFor(sw(), 0.01), currentTask()?.cancelling())
    p("swallow task ->", yield* asyncio.waitFor(createTask(sw()), 0.01))
    try {
      yield* asyncio.waitFor(ra(), 0.01)
    } catch (error) {
      const { name, cause } = (error as Error).cause as Error
      p(repr(error), "context", `${name}()`, "its cause", repr(cause))
    }
    const t0 = loop.time()
    try {
      yield* asyncio.waitFor(sl(), 0.01)
    } catch {
      p("waited for cleanup", loop.time() - t0 >= 0.04)
    }
    const inner = createTask(sleep(10))
    const x = createTask(asyncio.waitFor(inner, 5))
    yield* sleep(0)
    x.cancel("ext")
    yield* asyncio.wait([x])
    p("outer cancel: x", x.cancelled(), "inner", inner.cancelled())
  }
  await run(main())

  // Differs from CPython: JavaScript knows no __context__. The TimeoutError is the error's `cause`; the CancelledError
  // that the body replaced is not known.
  expect(printed).toEqual(recorded("F02", { spelling: { "its cause CancelledError()": "its cause None" } }))
})

test("F03 waitFor with zero waits for a task that refuses to die, and gives its value", async () => {
  const { p, printed } = probe()
  function* sw() {
    try {
      yield* sleep(10)
      return "slept"
    } catch {
      yield* sleep(0.01)
      return "late"
    }
  }
  function* fin() {
    return "v"
  }
  function* main() {
    let t: asyncio.Task<string> = createTask(sw())
    yield* sleep(0)
    p(yield* asyncio.waitFor(t, 0))
    t = createTask(fin())
    p("pending but due this tick with timeout 0:")
    try {
      p(yield* asyncio.waitFor(t, 0))
    } catch {
      p("TimeoutError", t.cancelled())
    }
  }
  await run(main())

  expect(printed).toEqual(recorded("F03"))
})

test("P03 a result that falls into the tick of the deadline is late", async () => {
  const { p, printed } = probe()
  function* attempt(name: string, when: number) {
    const loop = getRunningLoop()
    const f = loop.createFuture<string>()
    loop.callAt(loop.time() + when, () => f.setResult(name))
    try {
      p(yield* asyncio.waitFor(f, 0.1), f.cancelled())
    } catch (error) {
      p(name, (error as Error).name, f.done(), f.cancelled())
    }
  }
  function* late(name: string) {
    const loop = getRunningLoop()
    const f = loop.createFuture<string>()
    const x = createTask(asyncio.waitFor(f, 0.1))
    yield* sleep(0.05)
    block(0.1)
    loop.callSoon(() => {
      if (!f.done()) f.setResult(name)
    })
    yield* asyncio.wait([x])
    p(name, x.cancelled(), f.cancelled(), (x.exception() as Error).name)
  }
  function* main() {
    yield* attempt("well before", 0.05)
    yield* attempt("just before", 0.1 - 1e-6)
    yield* attempt("one resolution before", 0.1 - 5e-10)
    yield* late("result set in the tick of the deadline, before it")
  }
  await run(main())

  expect(printed).toEqual(recorded("P03"))
})

test("P05 a shielded task outlives the attempts to wait for it, and is had in the end", async () => {
  const { p, printed } = probe()
  function* work() {
    yield* sleep(1)
    p("work ends")
    return "result"
  }
  function* main() {
    const loop = getRunningLoop()
    const t = createTask(work())
    for (let i = 0; i < 9; i++) {
      try {
        p(yield* asyncio.waitFor(asyncio.shield(t), 0.3))
        break
      } catch {
        p("attempt", i, "at", loop.time().toFixed(1), "cancelling", t.cancelling())
      }
    }
    p("done at", loop.time().toFixed(1))
  }
  await run(main())

  expect(printed).toEqual(recorded("P05"))
})

test("P15 how many iterations each way of waiting takes", async () => {
  const { p, printed } = probe()
  function* nothing() {}
  function* main() {
    const loop = getRunningLoop() as TestEventLoop
    function* ticks(n: string, awaitable: asyncio.Awaitable<unknown>) {
      const before = loop.iterations
      let name = n
      try {
        yield* awaitable
      } catch (error) {
        name += ` ${(error as Error).name}`
      }
      p(name, loop.iterations - before)
    }
    function* t0() {
      yield* asyncio.asyncWith(asyncio.timeout(0), () => sleep(0))
    }
    const done = loop.createFuture<number>()
    done.setResult(1)
    yield* ticks("sleep(0)", sleep(0))
    yield* ticks("sleep(-1)", sleep(-1))
    yield* ticks("a coroutine", nothing())
    yield* ticks("a task", createTask(nothing()))
    yield* ticks("a done future", done)
    yield* ticks("gather()", asyncio.gather())
    yield* ticks("gather(done)", asyncio.gather(done))
    yield* ticks("gather(coroutine)", asyncio.gather(nothing()))
    yield* ticks("gather(gather(coroutine))", asyncio.gather(asyncio.gather(nothing())))
    yield* ticks("wait([done])", asyncio.wait([done]))
    yield* ticks("wait([task], 0)", asyncio.wait([createTask(sleep(1))], { timeout: 0 }))
    yield* ticks("wait([task], -1)", asyncio.wait([createTask(sleep(1))], { timeout: -1 }))
    yield* ticks("wait_for(done, 0)", asyncio.waitFor(done, 0))
    yield* ticks("wait_for(coroutine, 0)", asyncio.waitFor(nothing(), 0))
    yield* ticks("wait_for(coroutine, None)", asyncio.waitFor(nothing(), null))
    yield* ticks("wait_for(task, 1)", asyncio.waitFor(createTask(nothing()), 1))
    yield* ticks("timeout(0)", t0())
    yield* ticks("shield(coroutine)", asyncio.shield(nothing()))
    yield* ticks("shield(shield(coroutine))", asyncio.shield(asyncio.shield(nothing())))
  }
  await run(main())

  expect(printed).toEqual(recorded("P15"))
})
