// Twins of the probes I, and of those P that are about shield. The Python programs and their outputs are in probes/.
import * as asyncio from "asyncio-web"
import { createTask, currentTask, getRunningLoop, sleep, ValueError } from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { expect, test } from "vitest"
import { args, probe, recorded, repr } from "../support/probe.js"

const run = TestEventLoop.run

test("I01 shield: the outer is cancelled, and the inner lives; the inner is; what is done is given back", async () => {
  const { p, printed } = probe()
  function* work() {
    yield* sleep(0.02)
    p("inner finished")
    return "v"
  }
  function* sh(t: asyncio.Task<string>) {
    try {
      return yield* asyncio.shield(t)
    } catch (error) {
      p("sh got", repr(error), "inner.cancelling", t.cancelling())
      throw error
    }
  }
  function* main() {
    let t = createTask(work())
    let x = createTask(sh(t))
    yield* sleep(0)
    x.cancel("no")
    yield* asyncio.wait([x])
    p("x", x.cancelled(), "t.done", t.done())
    p(yield* t)
    t = createTask(work())
    x = createTask(sh(t))
    yield* sleep(0)
    yield* sleep(0)
    t.cancel("inner")
    yield* asyncio.wait([x])
    p("inner cancelled -> x", x.cancelled(), "x.cancelling", x.cancelling())
    const f = getRunningLoop().createFuture<number>()
    f.setResult(1)
    p("done: same object", asyncio.shield(f) === f)
    const s = asyncio.shield(work())
    p(s.constructor.name)
    p(yield* s)
    t = createTask(work())
    const s1 = asyncio.shield(t)
    const s2 = asyncio.shield(t)
    s1.cancel()
    p("s1", s1.cancelled(), "s2", s2.cancelled())
    p(yield* s2)
  }
  await run(main())

  expect(printed).toEqual(recorded("I01"))
})

test("I02 an inner task that fails after the outer was cancelled is reported as any other", async () => {
  const { p, printed } = probe()
  function* bad() {
    yield* sleep(0.01)
    throw new ValueError("late")
  }
  function* main() {
    getRunningLoop().setExceptionHandler((_, context) => p("HANDLER", context.message, Object.keys(context).sort()))
    const t = createTask(bad())
    const s = asyncio.shield(t)
    s.cancel()
    yield* sleep(0.02)
    p("inner done", t.done())
    p("collected")
  }
  await run(main())

  // Differs from CPython: the collector cannot be called here, so that the report comes at the end of the run.
  const [done, report, collected] = recorded("I02")
  expect(printed).toEqual([done, collected, report?.replace("[6]", "[-]")])
})

test("P08 shields in a row and side by side pass a cancellation of the inner on, and none of their own", async () => {
  const { p, printed } = probe()
  function* work() {
    try {
      yield* sleep(1)
      p("work ends")
      return "v"
    } catch (error) {
      p("work cancelled", args(error))
      throw error
    }
  }
  function* waiter(n: string, s: asyncio.Future<string>) {
    try {
      p(n, "got", yield* s)
    } catch (error) {
      p(n, (error as Error).name, args(error), currentTask()?.cancelling())
      throw error
    }
  }
  function* main() {
    const t = createTask(work())
    const s1 = asyncio.shield(t)
    const s2 = asyncio.shield(s1)
    const a = createTask(waiter("a", s1))
    const b = createTask(waiter("b", s2))
    const c = createTask(waiter("c", asyncio.shield(t)))
    yield* sleep(0.5)
    b.cancel("only b")
    yield* asyncio.wait([b])
    p(s1.cancelled(), s2.cancelled(), t.cancelling())
    a.cancel("and a")
    for (let i = 0; i < 3; i++) yield* sleep(0)
    p(a.cancelled(), s1.cancelled(), t.done())
    yield* c
    p("c done")
    const u = createTask(work())
    const both = ["a", "b"].map((n) => createTask(waiter(n, asyncio.shield(u))))
    yield* sleep(0.5)
    u.cancel("inner")
    yield* asyncio.wait(both)
    p(...both.map((task) => task.cancelled()), u.cancelled())
  }
  await run(main())

  expect(printed).toEqual(recorded("P08"))
})
