// Twins of the probes K, and of P07. The Python programs and what CPython printed are in probes/.
import * as asyncio from "asyncio-web"
import { ContextVar, createTask, currentTask, getRunningLoop, sleep, Task, ValueError } from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { expect, test } from "vitest"
import { probe, recorded, repr } from "../support/probe.js"

const run = TestEventLoop.run
const me = () => currentTask() as Task<unknown>

test("K01 an eager task runs to its first suspension inside createTask, and as any other from there", async () => {
  const { p, printed } = probe()
  function* t(n: string, suspends: boolean) {
    p(n, "start", me().getName())
    if (suspends) {
      yield* sleep(0)
      p(n, "resumed")
    }
    return n
  }
  function* main() {
    const loop = getRunningLoop()
    loop.setTaskFactory(asyncio.eagerTaskFactory)
    p(loop.getTaskFactory() === asyncio.eagerTaskFactory)
    const a = createTask(t("a", false), { name: "A" })
    p("after create", a.done(), a.result(), a.getCoro(), asyncio.allTasks().has(a), me().getName())
    const b = createTask(t("b", true), { name: "B" })
    p(b.done(), asyncio.allTasks().has(b))
    p(yield* b)
    a.addDoneCallback(() => p("cb on eager-done task is still deferred"))
    yield* sleep(0)
    p("gather of eagerly finished:", asyncio.gather(t("x", false), t("y", false)).done())
    const l = createTask(t("l", false), { eagerStart: false })
    p("eager_start=False wins", l.done())
    yield* l
    loop.setTaskFactory(null)
    const e = createTask(t("e", false), { eagerStart: true })
    p("eager_start=True without factory", e.done())
  }
  await run(main())

  expect(printed).toEqual(recorded("K01"))
})

test("K02 an eager start keeps errors in the task and variables in its context, and needs a running loop", async () => {
  const { p, print, printed } = probe()
  const v = new ContextVar("v", { default: 0 })
  function* bad() {
    throw new ValueError("e")
  }
  function* setv() {
    v.set(1)
    return v.get()
  }
  function* cs() {
    me().cancel()
    yield* sleep(0)
  }
  function* main() {
    getRunningLoop().setTaskFactory(asyncio.eagerTaskFactory)
    const b = createTask(bad())
    p(b.done(), repr(b.exception()))
    const s = createTask(setv())
    p(s.result(), "leaked?", v.get())
    const c = createTask(cs())
    p(c.done())
    yield* asyncio.wait([c])
    p(c.cancelled())
    const u = createTask(sleep(0.01))
    p("never-started cancel is impossible: cancel ->", u.cancel())
    yield* asyncio.wait([u])
  }
  await run(main())
  const loop = new TestEventLoop()
  const t = new Task(setv(), { loop, eagerStart: true })
  print("loop not running: eager_start ignored", t.done())
  await loop.runUntilComplete(t)
  loop.close()

  expect(printed).toEqual(recorded("K02"))
})

test("P07 what has run of eager children when gather, wait, waitFor and shield begin", async () => {
  const { p, printed } = probe()
  function* now(n: string) {
    p(n, "ran")
    return n
  }
  function* later(n: string, f: asyncio.Future<string>) {
    p(n, "waits")
    const v = yield* f
    p(n, "resumed with", v)
    return n
  }
  function* main() {
    const loop = getRunningLoop()
    loop.setTaskFactory(asyncio.eagerTaskFactory)
    const f = loop.createFuture<string>()
    const g = asyncio.gather(now("a"), later("b", f), now("c"))
    p("gather made", g.done())
    function* setter() {
      f.setResult("value")
      p("set")
      yield* sleep(0)
      p("setter after a turn")
    }
    const s = createTask(setter())
    p("setter made")
    p(yield* g)
    yield* s
    const [d, q] = yield* asyncio.wait([createTask(now("d")), createTask(now("e"))])
    p(d.size, q.size)
    p(yield* createTask(now("f")), "awaited at once")
    p(yield* asyncio.waitFor(now("g"), 1), yield* asyncio.shield(now("h")))
    function* nested() {
      return yield* createTask(now("inner"))
    }
    const t = createTask(nested())
    p("nested done", t.done())
    p(yield* asyncio.gather(t, nested()))
  }
  await run(main())

  expect(printed).toEqual(recorded("P07"))
})
