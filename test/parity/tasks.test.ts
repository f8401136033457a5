// Twins of the probes C: tasks and cancellation. The Python programs and what CPython printed are in probes/.
import {
  allTasks,
  CancelledError,
  type CoroutineGenerator,
  type CoroutineLike,
  coroutine,
  createTask,
  currentTask,
  ensureFuture,
  type Future,
  gather,
  getRunningLoop,
  isCoroutine,
  isFuture,
  KeyError,
  StopIteration,
  SystemExit,
  sleep,
  Task,
  ValueError,
  wait,
} from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { describe, expect, test } from "vitest"
import { probe, recorded, repr, Tuple, wrong } from "../support/probe.js"

const run = TestEventLoop.run
const here = () => currentTask() as Task<unknown>

/** What makes a coroutine function of a generator function. */
type Maker = <A extends unknown[], T>(fn: (...args: A) => CoroutineGenerator<T>) => (...args: A) => CoroutineLike<T>

class ZeroDivisionError extends Error {
  override get name(): string {
    return "ZeroDivisionError"
  }
}

// What the loop does is the same for both kinds of coroutine, iteration by iteration.
describe.each<[string, Maker]>([
  ["generators", (fn) => fn],
  ["coroutine()", (fn) => coroutine(fn)],
])("with %s", (kind, co) => {
  /** How a coroutine stands in a task's description. */
  const named = (name: string) => (kind === "generators" ? "generator" : name)

  test("C01 createTask() starts nothing at once, and awaiting what is done takes no iteration", async () => {
    const { p, printed } = probe()
    const t = co(function* t(n: string) {
      p(n, "start")
      return n
    })
    const main = co(function* main() {
      p("main")
      const a = createTask(t("a"))
      const b = createTask(t("b"))
      p("created")
      p(yield* b, "awaited b")
      p(a.done(), yield* a, "a was already done: no tick")
    })
    await run(main())

    expect(printed).toEqual(recorded("C01"))
  })

  test("C02 awaiting a coroutine does not give up control, awaiting a task does", async () => {
    const { p, print, printed } = probe()
    const coroA = co(function* coroA() {
      p("I am coro_a(). Hi!")
    })
    const coroB = co(function* coroB() {
      p("I am coro_b(). I sure hope no one hogs the event loop...")
    })
    const main = co(function* main(wrap: boolean) {
      const taskB = createTask(coroB())
      for (let i = 0; i < 3; i++) yield* wrap ? createTask(coroA()) : coroA()
      yield* taskB
    })
    await run(main(false))
    print("--")
    await run(main(true))

    expect(printed).toEqual(recorded("C02"))
  })

  test("C03 sleep of zero or less is one iteration, in turn with the others", async () => {
    const { p, printed } = probe()
    const t = co(function* t(n: string) {
      for (let i = 0; i < 3; i++) {
        p(n, i)
        yield* sleep(i > 0 ? 0 : -5)
      }
    })
    const main = co(function* main() {
      yield* gather(t("a"), t("b"))
    })
    await run(main())

    expect(printed).toEqual(recorded("C03"))
  })

  test("C04 each task on the way back takes one iteration, a coroutine none", async () => {
    const { p, printed } = probe()
    const inner = co(function* inner() {
      yield* sleep(0)
      p("inner done")
    })
    const midCoro = co(function* midCoro() {
      yield* inner()
      p("mid_coro")
    })
    const midTask = co(function* midTask() {
      yield* createTask(inner())
      p("mid_task")
    })
    const main = co(function* main() {
      yield* midCoro()
      p("after coro chain")
      yield* createTask(midTask())
      p("after task chain")
    })
    await run(main())

    expect(printed).toEqual(recorded("C04"))
  })

  test("C05 cancelled before its first step, the body never runs, not even finally", async () => {
    const { p, printed } = probe()
    const t = co(function* t() {
      p("NEVER")
      try {
        yield* sleep(1)
      } finally {
        p("NEVER finally")
      }
    })
    const main = co(function* main() {
      const x = createTask(t())
      p(x.cancel("m"), x.cancelled(), x.done(), x.cancelling())
      try {
        yield* x
      } catch (error) {
        if (error instanceof CancelledError) p("awaited", repr(error), x.cancelled(), x.done())
      }
      p(x.cancel())
    })
    await run(main())

    expect(printed).toEqual(recorded("C05"))
  })

  test("C06 cancelled while it waits, the future is cancelled at once and the task an iteration later", async () => {
    const { p, printed } = probe()
    const t = co(function* t(f: Future<void>) {
      try {
        yield* f
      } catch (error) {
        p("caught", repr(error))
        throw error
      } finally {
        p("finally")
      }
    })
    const main = co(function* main() {
      const f = getRunningLoop().createFuture<void>()
      const x = createTask(t(f))
      yield* sleep(0)
      p("cancel ->", x.cancel("why"), "f.cancelled", f.cancelled(), "x.cancelled", x.cancelled(), "x.done", x.done())
      try {
        yield* x
      } catch (error) {
        p("main sees", repr(error), "x.cancelled", x.cancelled())
      }
    })
    await run(main())

    expect(printed).toEqual(recorded("C06"))
  })

  test("C07 the innermost task is cancelled first, and one that swallows it keeps it from the others", async () => {
    const { p, printed } = probe()
    const inner = co(function* inner(swallow: boolean) {
      try {
        yield* sleep(10)
      } catch (error) {
        p("inner got", repr(error))
        if (swallow) return "swallowed"
        throw error
      }
      return "slept"
    })
    const outer = co(function* outer(swallow: boolean) {
      try {
        const r = yield* createTask(inner(swallow), { name: "inner" })
        p("outer resumed with", r)
        return r
      } catch (error) {
        p("outer got", repr(error))
        throw error
      }
    })
    const main = co(function* main() {
      for (const swallow of [false, true]) {
        const x = createTask(outer(swallow))
        yield* sleep(0)
        yield* sleep(0)
        x.cancel("stop")
        const r = yield* gather([x], { returnExceptions: true })
        p(r, "cancelled", x.cancelled(), "cancelling", x.cancelling())
      }
    })
    await run(main())

    expect(printed).toEqual(recorded("C07", { spelling: { "CancelledError('')": "CancelledError()" } }))
  })

  test("C08 the first who awaits a cancelled task gets its error, the others a new one", async () => {
    const { p, printed } = probe()
    const inner = co(function* inner() {
      yield* sleep(10)
    })
    const main = co(function* main() {
      const t = createTask(inner())
      yield* sleep(0)
      t.cancel("m")
      const errors: unknown[] = []
      for (let i = 0; i < 3; i++) {
        try {
          yield* t
        } catch (error) {
          errors.push(error)
        }
      }
      p(errors.map(repr), "e0 is e1", errors[0] === errors[1])
    })
    await run(main())

    // JavaScript's errors have no traceback to count.
    expect(printed).toEqual(recorded("C08", { spelling: { " tb depth [3, 1, 1]": "" } }))
  })

  test("C09 a task that cancels itself meets it at the next real suspension", async () => {
    const { p, printed } = probe()
    const a = co(function* a() {
      here().cancel("self")
      p("still running")
      const f = getRunningLoop().createFuture<number>()
      f.setResult(1)
      yield* f
      p("await of done future passed")
      try {
        yield* sleep(0)
      } catch (error) {
        p("delivered at sleep(0)", repr(error))
      }
      return "ret"
    })
    const b = co(function* b() {
      here().cancel("b")
      return "lost value"
    })
    const c = co(function* c(): CoroutineGenerator<string> {
      here().cancel()
      throw new ValueError("wins")
    })
    const d = co(function* d() {
      here().cancel()
      const f = getRunningLoop().createFuture<string>()
      try {
        return yield* f
      } catch (error) {
        p("fut waited on was cancelled too:", f.cancelled())
        throw error
      }
    })
    const main = co(function* main() {
      for (const [name, f] of Object.entries({ a, b, c, d })) {
        const t = createTask(f())
        const r = yield* gather([t], { returnExceptions: true })
        p(name, r, "cancelled", t.cancelled(), "cancelling", t.cancelling())
      }
    })
    await run(main())

    expect(printed).toEqual(recorded("C09", { spelling: { "CancelledError('')": "CancelledError()" } }))
  })

  test("C10 uncancel() takes requests back, the last one even before it was delivered", async () => {
    const { p, printed } = probe()
    const t = co(function* t() {
      const me = here()
      me.cancel()
      me.cancel()
      p("cancelling", me.cancelling(), "uncancel ->", me.uncancel(), me.uncancel(), me.uncancel())
      yield* sleep(0)
      p("rescinded: sleep(0) survived")
      try {
        me.cancel()
        yield* sleep(0)
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error
        p("caught; cancelling", me.cancelling(), "state repr", String(me).split(" name")[0])
      }
      yield* sleep(0)
      p("after swallow without uncancel a plain await works; cancelling", me.cancelling())
      me.uncancel()
      return "ok"
    })
    const main = co(function* main() {
      const x = createTask(t())
      p(yield* x, x.cancelled(), x.cancelling())
    })
    await run(main())

    expect(printed).toEqual(recorded("C10"))
  })

  test("C11 a second request interrupts the clean-up", async () => {
    const { p, printed } = probe()
    const args = (error: unknown) => new Tuple((error as Error).message)
    const t = co(function* t() {
      try {
        yield* sleep(10)
      } catch (error) {
        p("1st", args(error))
        try {
          yield* sleep(10)
          p("NEVER")
        } catch (again) {
          p("2nd", args(again))
          throw again
        }
      }
    })
    const main = co(function* main() {
      const x = createTask(t())
      yield* sleep(0)
      x.cancel("one")
      yield* sleep(0)
      x.cancel("two")
      yield* wait([x])
      p(x.cancelled(), x.cancelling())
      const y = createTask(t())
      yield* sleep(0)
      p("same-tick double cancel:", y.cancel("one"), y.cancel("two"), y.cancelling())
      yield* sleep(0)
      yield* sleep(0)
      p(y)
      y.cancel("end")
      yield* wait([y])
    })
    await run(main())

    // Differs from CPython: JavaScript's errors have no __context__.
    expect(printed).toEqual(
      recorded("C11", {
        spelling: {
          " context is 1st True": "",
          "t() running at C11.py:15": `${named("t")}() running`,
          "Task.task_wakeup()": "Task.wakeup()",
        },
      }),
    )
  })

  test("C12 cancelling one of two tasks that await a plain future cancels the future, and so the other", async () => {
    const { p, printed } = probe()
    const w = co(function* w(f: Future<void>) {
      try {
        yield* f
      } catch (error) {
        p(here().getName(), repr(error))
        throw error
      }
    })
    const main = co(function* main() {
      const f = getRunningLoop().createFuture<void>()
      const a = createTask(w(f), { name: "a" })
      const b = createTask(w(f), { name: "b" })
      yield* sleep(0)
      a.cancel("only a")
      yield* wait([a, b])
      p(a.cancelled(), b.cancelled(), "b.cancelling", b.cancelling(), f.cancelled())
    })
    await run(main())

    expect(printed).toEqual(recorded("C12"))
  })

  test("C13 a coroutine that throws CancelledError by itself is cancelled", async () => {
    const { p, printed } = probe()
    const a = co(function* a(): CoroutineGenerator<void> {
      throw new CancelledError("by hand")
    })
    const b = co(function* b(): CoroutineGenerator<void> {
      throw new StopIteration(1)
    })
    const c = co(function* c(): CoroutineGenerator<void> {
      throw new KeyError("k")
    })
    const main = co(function* main() {
      for (const [name, f] of Object.entries({ a, b, c })) {
        const t = createTask(f())
        yield* wait([t])
        p(name, t.cancelled(), t.cancelling(), t.cancelled() ? null : repr(t.exception()))
      }
      const t = createTask(sleep(0))
      for (const method of ["setResult", "setException"] as const) {
        try {
          t[method]()
        } catch (error) {
          p(error)
        }
      }
      yield* t
      for (const bad of [5, () => 1]) {
        try {
          new Task(wrong(bad))
        } catch (error) {
          p(error)
        }
      }
    })
    await run(main())

    expect(printed).toEqual(
      recorded("C13", {
        spelling: {
          "<function ": "function (anonymous): call it, createTask(main())",
        },
        hints: {
          "coroutine raised StopIteration": ": end a coroutine with return",
          "set_result operation": ": its result is what its coroutine returns",
          "set_exception operation": ": its exception is what its coroutine throws",
          "got 5": ": call a generator function or a coroutine function",
        },
      }),
    )
  })

  test("C14 a task cannot await itself", async () => {
    const { p, printed } = probe()
    const t = co(function* t() {
      yield* here()
    })
    const main = co(function* main() {
      const x = createTask(t(), { name: "X" })
      try {
        yield* x
      } catch (error) {
        p((error as Error).message.split(" coro")[0])
      }
    })
    await run(main())

    expect(printed).toEqual(recorded("C14"))
  })

  test("C15 SystemExit stays in the task and leaves the loop as well", async () => {
    const { print, printed } = probe()
    const loop = new TestEventLoop()
    const bad = co(function* bad(): CoroutineGenerator<void> {
      throw new SystemExit(3)
    })
    let x: Task<void> | undefined
    const main = co(function* main() {
      x = createTask(bad())
      try {
        yield* x
      } catch (error) {
        print("main task sees", repr(error))
      }
    })
    await loop.runUntilComplete(main()).catch((error) => {
      print("escaped", repr(error), "x.exception()", repr(x?.exception()))
    })
    for (const t of allTasks(loop)) {
      print("left:", t.getName())
      await loop.runUntilComplete(t)
    }
    loop.close()
    const top = co(function* top(): CoroutineGenerator<void> {
      throw new SystemExit(4)
    })
    await run(top()).catch((error) => print("run ->", (error as SystemExit).code))

    expect(printed).toEqual(recorded("C15", { spelling: { "SystemExit(3)": "SystemExit('3')" } }))
  })

  test("C16 names and descriptions in each state", async () => {
    const { p, print, printed } = probe()
    const t = co(function* t() {
      yield* sleep(0)
    })
    const main = co(function* main() {
      p(currentTask())
      const a = createTask(t())
      p(a)
      a.setName(42)
      const b = createTask(t(), { name: 7 })
      p(a.getName(), b.getName())
      yield* sleep(0)
      p(a)
      a.cancel()
      p(a)
      yield* wait([a, b])
      p(a, b)
      p(
        "all_tasks",
        [...allTasks()].map((task) => task.getName()),
      )
      getRunningLoop().callSoon(() => p("in callback current_task", currentTask()))
      yield* sleep(0)
      const it = a.getCoro()
      p(a.getLoop() === getRunningLoop(), it !== undefined && "name" in it ? it.name : "generator")
    })
    try {
      currentTask()
    } catch (error) {
      print(repr(error))
    }
    await run(main())

    expect(printed).toEqual(
      recorded("C16", {
        spelling: {
          "cb=[_run_until_complete_cb() at base_events.py:181]": "cb=[stopLoop()]",
          "main() running at C16.py:14": `${named("main")}() running`,
          "t() running at C16.py:11": `${named("t")}() running`,
          "t() done, defined at C16.py:11": `${named("t")}() done`,
          "result=None": "result=undefined",
          "[6] True t": `[6] True ${named("t")}`,
        },
        hints: {
          "no running event loop":
            ": call currentTask() inside a coroutine or loop callback, or start a loop with run(main())",
        },
      }),
    )
  })

  test("C17 getStack() has the coroutines between the task and where it waits", async () => {
    const { p, printed } = probe()
    const deep = co(function* deep() {
      yield* sleep(0.01)
    })
    const mid = co(function* mid() {
      yield* deep()
    })
    const bad = co(function* bad(): CoroutineGenerator<void> {
      throw new ZeroDivisionError("division by zero")
    })
    const lines: string[] = []
    const main = co(function* main() {
      const t = createTask(mid())
      yield* sleep(0)
      p(t.getStack())
      yield* t
      p(t.getStack())
      const b = createTask(bad())
      yield* wait([b])
      p(b.getStack())
      b.printStack({ write: (line) => lines.push(line) })
    })
    await run(main())

    // Differs from CPython: JavaScript shows no frames, but the chain of coroutines is known in full; a plain generator
    // that delegates to another is one piece. The stack of a failure is its error's.
    expect(printed.slice(0, 3)).toEqual([
      kind === "generators" ? "[2] ['generator']" : "[2] ['mid', 'deep']",
      "[5] []",
      "[8] []",
    ])
    const outcome = "exception=ZeroDivisionError('division by zero')"
    const task = `<Task finished name='Task-3' coro=<${named("bad")}() done> ${outcome}>`
    expect(lines[0]?.replace(/Task-\d+/, "Task-3")).toBe(`Traceback for ${task} (most recent call first):`)
    expect(lines[1]).toMatch(/^ZeroDivisionError: division by zero\n\s+at .*bad/)
    expect(printed[3]).toBe(`LOG ERROR Task exception was never retrieved\nfuture: ${task}`)
  })

  test("C18 callbacks and waiting tasks run in the order in which they came", async () => {
    const { p, printed } = probe()
    const t = co(function* t() {
      return 1
    })
    const w = co(function* w(x: Task<unknown>) {
      yield* x
      p("awaiter")
    })
    const main = co(function* main() {
      const x = createTask(t())
      x.addDoneCallback(() => p("cb1"))
      const y = createTask(w(x))
      yield* sleep(0)
      p("x.done", x.done())
      yield* y
      const z = createTask(sleep(0.01))
      z.addDoneCallback(() => p("cb1"))
      const last = createTask(w(z))
      yield* sleep(0)
      z.addDoneCallback(() => p("cb2"))
      yield* last
      yield* sleep(0)
    })
    await run(main())

    expect(printed).toEqual(recorded("C18"))
  })

  test("C19 a pending task that nobody refers to is kept, and cancelled at the end of the run", async () => {
    const { p, print, printed } = probe()
    const lost = co(function* lost() {
      try {
        yield* getRunningLoop().createFuture<void>()
      } catch (error) {
        print("lost got", repr(error))
        throw error
      }
    })
    const main = co(function* main() {
      getRunningLoop().setExceptionHandler((_, context) => p("HANDLER", context.message, Object.keys(context).sort()))
      createTask(lost())
      yield* sleep(0)
      p("tasks", allTasks().size)
    })
    await run(main())

    // Differs from CPython: the loop holds its tasks, so that none is destroyed while it is pending.
    expect(printed).toEqual([recorded("C19")[0], "lost got CancelledError()"])
  })

  test("C20 a cancellation wins over a result or an error that has not reached the task", async () => {
    const { p, printed } = probe()
    const t = co(function* t(f: Future<string>) {
      try {
        p("got", yield* f)
      } catch (error) {
        p("raised", repr(error))
        throw error
      }
    })
    const main = co(function* main() {
      const loop = getRunningLoop()
      const setters: ((f: Future<string>) => void)[] = [
        (f) => f.setResult("R"),
        (f) => f.setException(new KeyError("K")),
      ]
      for (const set of setters) {
        const f = loop.createFuture<string>()
        const x = createTask(t(f))
        yield* sleep(0)
        set(f)
        p("cancel ->", x.cancel("c"))
        yield* wait([x])
        p(x.cancelled(), f.cancelled())
      }
    })
    await run(main())

    expect(printed).toEqual(recorded("C20"))
  })

  test("C21 tasks and callbacks start in the order in which they were made", async () => {
    const { p, printed } = probe()
    const t = co(function* t(n: unknown) {
      p("task", n)
    })
    const main = co(function* main() {
      const loop = getRunningLoop()
      loop.callSoon(p, "soon 1")
      createTask(t(1))
      loop.callSoon(p, "soon 2")
      yield* createTask(t(2))
      yield* gather(...[..."abc"].map((n) => t(n)))
    })
    await run(main())

    expect(printed).toEqual(recorded("C21"))
  })

  test("C22 an error of any other class stays in its task or callback", async () => {
    const { p, printed } = probe()
    class MyBase extends Error {
      override get name(): string {
        return "MyBase"
      }
    }
    const bad = co(function* bad(): CoroutineGenerator<void> {
      throw new MyBase("b")
    })
    const main = co(function* main() {
      const loop = getRunningLoop()
      loop.setExceptionHandler((_, context) => p("HANDLER", repr(context.exception)))
      const t = createTask(bad())
      yield* wait([t])
      p(repr(t.exception()))
      loop.callSoon(() => {
        throw new MyBase("cb")
      })
      yield* sleep(0)
    })
    await run(main())

    // The last line is about task groups.
    expect(printed).toEqual(recorded("C22").slice(0, 2))
  })

  test("C23 a task factory is given the loop, the coroutine and the options", async () => {
    const { p, printed } = probe()
    class T<V> extends Task<V> {}
    const c = co(function* c() {
      return here().getName()
    })
    const main = co(function* main() {
      const loop = getRunningLoop()
      loop.setTaskFactory((loop, it, options) => {
        p("factory", Object.keys(options ?? {}).sort())
        return new T(it, { ...options, loop })
      })
      const t = createTask(c(), { name: "N", context: undefined })
      p(t.constructor.name, yield* t)
      p(yield* loop.createTask(c()))
      p(ensureFuture(c()).constructor.name, yield* gather(c()))
      try {
        loop.setTaskFactory(wrong(5))
      } catch (error) {
        p(error)
      }
    })
    await run(main())

    // Differs from CPython: an option that does not exist is the compiler's business, and the run's shutdown has one
    // phase, the executor's, that is a task.
    expect(printed).toEqual(
      recorded("C23", {
        hints: { "task factory must be a callable or None": ", got 5" },
      }).toSpliced(-4, 3),
    )
  })

  test("C24 ensureFuture() leaves futures as they are, and wraps awaitables", async () => {
    const { p, printed } = probe()
    const awaitable = {
      *[Symbol.iterator]() {
        yield
        return "aw"
      },
    }
    const c = co(function* c() {
      return "co"
    })
    const main = co(function* main() {
      const f = getRunningLoop().createFuture<void>()
      p(ensureFuture(f) === f, yield* ensureFuture(awaitable), yield* ensureFuture(c()))
      const t = createTask(c())
      p(ensureFuture(t) === t)
      yield* t
      try {
        ensureFuture(wrong(5))
      } catch (error) {
        p(error)
      }
      const duck = { [Symbol.for("asyncio-web.future")]: true }
      const x = c()
      p(isFuture(f), isFuture(t), isFuture(duck), isFuture(1), isCoroutine(x), isCoroutine(c), isCoroutine([].values()))
      if ("close" in x) x.close()
      const k = createTask(sleep(0, "r"))
      p(yield* k, yield* sleep(-1, "neg"))
    })
    await run(main())

    expect(printed).toEqual(
      recorded("C24", {
        hints: {
          "An asyncio.Future, a coroutine or an awaitable is required":
            ": got 5: call a generator function or a coroutine function",
        },
      }),
    )
  })

  test("C25 a cancellation climbs a chain of coroutines at once, a chain of tasks one iteration a task", async () => {
    const { p, printed } = probe()
    const chain: (n: number, asTask: boolean) => CoroutineLike<void> = co(
      function* (n, asTask): CoroutineGenerator<void> {
        if (n === 0) yield* sleep(10)
        else yield* asTask ? createTask(chain(n - 1, true)) : chain(n - 1, false)
      },
    )
    const main = co(function* main() {
      const loop = getRunningLoop() as TestEventLoop
      for (const asTask of [false, true]) {
        const x = createTask(chain(4, asTask))
        yield* sleep(0.01)
        const n = loop.iterations
        x.cancel()
        yield* wait([x])
        p(asTask ? "tasks" : "coroutines", "depth 4: ticks until the waiter knows", loop.iterations - n)
      }
    })
    await run(main())

    expect(printed).toEqual(recorded("C25"))
  })
})
