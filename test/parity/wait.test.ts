// Twins of the probes E, and of those P that are about wait. The Python programs and their outputs are in probes/.
import * as asyncio from "asyncio-web"
import { createTask, type Future, getRunningLoop, sleep, type Task, ValueError } from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { expect, test } from "vitest"
import { probe, recorded } from "../support/probe.js"

const run = TestEventLoop.run

test("E01 wait: three modes, the timeout, cancelling it, and wrong arguments", async () => {
  const { p, printed } = probe()
  function* ok(d: number, v: number) {
    yield* sleep(d)
    return v
  }
  function* bad(d: number): asyncio.CoroutineGenerator<number> {
    yield* sleep(d)
    throw new ValueError()
  }
  const N = (tasks: Iterable<Task<number>>) => Array.from(tasks, (task) => task.getName()).sort()
  const mk = () =>
    [
      createTask(ok(0.02, 1), { name: "ok1" }),
      createTask(bad(0.15), { name: "bad" }),
      createTask(ok(0.3, 2), { name: "ok2" }),
    ] as const
  function* main() {
    for (const returnWhen of [asyncio.FIRST_COMPLETED, asyncio.FIRST_EXCEPTION, asyncio.ALL_COMPLETED]) {
      const ts = mk()
      const [d, q] = yield* asyncio.wait(ts, { returnWhen })
      p(returnWhen, "done", N(d), "pending", N(q))
      yield* asyncio.wait(ts)
      for (const t of ts) t.exception()
    }
    let ts = mk()
    let [d, q] = yield* asyncio.wait(ts, { timeout: 0.08 })
    p(
      "timeout: done",
      N(d),
      "pending",
      N(q),
      "not cancelled:",
      Array.from(q, (t) => t.cancelling()),
    )
    ;[d, q] = yield* asyncio.wait(ts, { timeout: 0 })
    p("timeout=0: done", N(d), "pending", N(q))
    const w = createTask(asyncio.wait(ts))
    yield* sleep(0)
    w.cancel()
    yield* asyncio.gather([w], { returnExceptions: true })
    const counts = ts.map((t) => t.cancelling())
    p("wait cancelled", w.cancelled(), "children", counts)
    yield* asyncio.wait(ts)
    ts[1].exception()
    ts = mk()
    ts[0].cancel()
    ;[d, q] = yield* asyncio.wait(ts, { returnWhen: asyncio.FIRST_EXCEPTION })
    p("a cancelled child does not trip FIRST_EXCEPTION: done", N(d))
    ts[1].exception()
    const c = asyncio.coroutine(ok)(0, 0)
    const wait = asyncio.wait as (...args: unknown[]) => asyncio.Coroutine<unknown>
    for (const args of [[[]], [c], [[c]], [ts[0]], [[ts[0]], { returnWhen: "X" }], [5]]) {
      try {
        yield* wait(...args)
        p("ok")
      } catch (error) {
        p((error as Error).name, error)
      }
    }
    c.close()
    const t = createTask(ok(0, 9))
    ;[d, q] = yield* asyncio.wait([t, t, t])
    p("duplicates collapse", d.size)
    ;[d, q] = yield* asyncio.wait([t])
    p("already done returns without suspending the loop more than", d.size)
    ts[1].exception()
  }
  await run(main())

  expect(printed).toEqual(
    recorded("E01", {
      spelling: { "'int' object": "'number' object" },
      hints: {
        "expect a list of futures, not coroutine": ": write wait([task])",
        "expect a list of futures, not Task": ": write wait([task])",
        "Invalid return_when value: X": ". It is FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED",
        "object is not iterable": ": wait() takes a list of tasks or futures",
      },
    }),
  )
})

test("E02 wait gives both that end in one iteration, takes two for what is done, and looks at few errors", async () => {
  const { p, printed } = probe()
  function* bad() {
    throw new ValueError()
  }
  function* main() {
    const a = createTask(sleep(0))
    const b = createTask(sleep(0))
    const [d, q] = yield* asyncio.wait([a, b], { returnWhen: asyncio.FIRST_COMPLETED })
    p(d.size, q.size)
    p("before")
    yield* asyncio.wait([a])
    p("wait on an already done task: +1 callback, +1 wakeup")
    getRunningLoop().setExceptionHandler((_, context) => p("HANDLER", context.message))
    yield* asyncio.wait([createTask(bad())])
    p("wait() does not retrieve exceptions")
    const o = createTask(sleep(0.01))
    yield* asyncio.wait([createTask(bad()), o], { returnWhen: asyncio.FIRST_EXCEPTION })
    p("FIRST_EXCEPTION peeks: marks retrieved")
    yield* o
  }
  await run(main())

  // Differs from CPython: the collector cannot be called here, so that the report comes at the end of the run.
  const report = "HANDLER Task exception was never retrieved"
  expect(printed).toEqual([...recorded("E02").filter((line) => !line.endsWith(report)), `[-] ${report}`])
})

test("P02 tasks are consumed with FIRST_COMPLETED while new ones are added", async () => {
  const { p, printed } = probe()
  function* job(n: string, d: number) {
    yield* sleep(d)
    return n
  }
  function* main() {
    const loop = getRunningLoop()
    let todo = new Set([createTask(job("a", 1)), createTask(job("b", 0.5))])
    const more = ["d", "c"]
    while (todo.size > 0) {
      const [done, pending] = yield* asyncio.wait(todo, { returnWhen: asyncio.FIRST_COMPLETED })
      todo = pending
      const now = loop.time()
      p(
        Array.from(done, (t) => t.result()),
        todo.size,
        Number.isInteger(now) ? now.toFixed(1) : now,
      )
      const next = more.pop()
      if (next !== undefined) todo.add(createTask(job(next, 0.75)))
    }
  }
  await run(main())

  expect(printed).toEqual(recorded("P02"))
})

test("P12 wait on plain futures: the modes, what was done before, deadlines in one resolution", async () => {
  const { p, printed } = probe()
  type Futures = Record<string, Future<number>>
  function* show(returnWhen: asyncio.ReturnWhen, fs: Futures, then: () => void) {
    const x = createTask(asyncio.wait(Object.values(fs), { returnWhen }))
    yield* sleep(0)
    then()
    const [d, q] = yield* x
    const names = (set: Set<Future<number>>) => Object.keys(fs).filter((n) => set.has(fs[n] as Future<number>))
    p(returnWhen, names(d), names(q))
    for (const f of d) if (!f.cancelled()) f.exception()
  }
  function* main() {
    const loop = getRunningLoop()
    const F = () => loop.createFuture<number>()
    const abc = () => ({ a: F(), b: F(), c: F() })
    let fs = abc()
    yield* show("FIRST_EXCEPTION", fs, () => {
      fs.a.setResult(1)
      fs.b.cancel()
      loop.callSoon(() => fs.c.setException(new ValueError()))
    })
    fs = abc()
    yield* show("FIRST_EXCEPTION", fs, () => {
      fs.a.setException(new ValueError())
      fs.b.setResult(1)
    })
    const ab = () => ({ a: F(), b: F() })
    let two = ab()
    two.a.setException(new ValueError())
    yield* show("FIRST_EXCEPTION", two, () => {})
    two = ab()
    two.a.cancel()
    yield* show("FIRST_COMPLETED", two, () => {})
    two = ab()
    two.b.setResult(2)
    yield* show("ALL_COMPLETED", two, () => loop.callLater(1, () => two.a.setResult(1)))
    p(loop.time().toFixed(1))
    two = ab()
    loop.callLater(1, () => two.a.setResult(1))
    loop.callLater(1 + 5e-10, () => two.b.setResult(2))
    const [d, q] = yield* asyncio.wait([two.b, two.a], { returnWhen: "FIRST_COMPLETED" })
    p("deadlines less than the resolution apart", d.size, q.size)
  }
  await run(main())

  expect(printed).toEqual(recorded("P12"))
})

test("P14 a pipeline of tasks that hand futures on runs in a strict order", async () => {
  const { p, printed } = probe()
  function* main() {
    const loop = getRunningLoop()
    const gates = [0, 1, 2].map(() => loop.createFuture<number>())
    function* stage(i: number) {
      p("stage", i, "waits")
      const v = yield* gates[i] as Future<number>
      p("stage", i, "has", v)
      gates[i + 1]?.setResult(v + 1)
      yield* sleep(0)
      p("stage", i, "ends")
      return v
    }
    const ts = [2, 0, 1].map((i) => createTask(stage(i)))
    const first = asyncio.wait(ts, { returnWhen: "FIRST_COMPLETED" })
    loop.callLater(1, () => gates[0]?.setResult(10))
    const [d, q] = yield* first
    p("first", Array.from(d, (t) => t.result()).sort(), q.size)
    p(yield* asyncio.gather(...ts))
  }
  await run(main())

  expect(printed).toEqual(recorded("P14"))
})
