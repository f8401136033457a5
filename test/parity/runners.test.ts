// Twins of the probes X: run, Runner, and interruption. The Python programs and what CPython printed are in probes/.
import {
  ContextVar,
  type CoroutineGenerator,
  copyContext,
  coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  KeyError,
  Runner,
  sleep,
  type Task,
  until,
  ValueError,
} from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { expect, test } from "vitest"
import { InlineExecutor } from "../../lib/concurrent-futures.js"
import { probe, recorded, repr, wrong } from "../support/probe.js"

const run = TestEventLoop.run
const loopFactory = () => new TestEventLoop()

test("X01 the end of run() cancels what is left, waits for it, and reports what failed", async () => {
  const { p, print, printed } = probe()
  const log: string[] = []
  function* bg(n: string) {
    try {
      yield* sleep(10)
    } catch (error) {
      log.push(n)
      if (n === "err") throw new KeyError("in cleanup")
      if (n === "sw") return "swallowed"
      if (n === "slow") {
        yield* sleep(0.02)
        p("slow cleanup end")
      }
      throw error
    }
    return "slept"
  }
  function* main() {
    getRunningLoop().setExceptionHandler((_, context) =>
      p("HANDLER", context.message, repr(context.exception), Object.keys(context).sort()),
    )
    for (const n of ["plain", "err", "sw", "slow"]) createTask(bg(n))
    yield* sleep(0)
    p("main end")
    return "result"
  }
  print(await run(main()))
  print("cancelled (set order, not creation order):", log)

  // Differs from CPython: tasks are cancelled in the order in which they were made. The executor has a test of its own.
  const expected = recorded("X01", { spelling: { "['err', 'plain', 'slow', 'sw']": "['plain', 'err', 'sw', 'slow']" } })
  expect(printed).toEqual(expected.filter((line) => !/^\[2\] 1|agen|executor/.test(line)))
})

test("X01 the end of run() waits for the jobs of the default executor", async () => {
  const { p, print, printed } = probe()
  function* main(): CoroutineGenerator<string> {
    const loop = getRunningLoop()
    loop.setDefaultExecutor(new InlineExecutor())
    loop.runInExecutor(undefined, async () => {
      // A few turns of the microtask queue: main has ended by then.
      for (let i = 0; i < 10; i++) await null
      print("executor job end")
    })
    p("main end")
    return "result"
  }
  print(await run(main()))

  expect(printed).toEqual(["[1] main end", ...recorded("X01").slice(-3, -1)])
})

test("X02 run() takes any awaitable, and cleans up after one that fails", async () => {
  const { p, print, printed } = probe()
  print(
    await run({
      *[Symbol.iterator]() {
        yield
        return "awaitable"
      },
    }),
  )
  for (const bad of [5, () => 1]) await run(wrong(bad)).catch(print)
  function* bg() {
    try {
      yield* sleep(10)
    } finally {
      p("bg cleaned")
    }
  }
  function* main() {
    createTask(bg())
    yield* sleep(0)
    throw new ValueError("main failed")
  }
  await run(main()).catch((error) => print(repr(error)))
  function* m2() {
    currentTask()?.cancel()
    yield* sleep(0)
  }
  await run(m2()).catch((error) => print("run raises", repr(error)))

  const refusal = "An asyncio.Future, a coroutine or an awaitable is required"
  const expected = recorded("X02", {
    hints: { [refusal]: ": got 5: call a generator function or a coroutine function" },
  })
  // Differs from CPython: for a function, the message of its earlier versions, which says what is missing.
  expect(printed).toEqual(expected.with(2, "a coroutine was expected, got function (anonymous): call it, run(main())"))
})

test("X03 the runs of a Runner share their loop and their context", async () => {
  const { p, print, printed } = probe()
  const v = new ContextVar("v", { default: 0 })
  const inc = coroutine(function* inc() {
    v.set(v.get() + 1)
    return v.get()
  })
  function* bg() {
    try {
      yield* sleep(10)
    } finally {
      print("bg cancelled at close")
    }
  }
  let t: Task<void> | undefined
  function* spawn() {
    t = createTask(bg())
    yield* sleep(0)
  }
  const r = new Runner({ loopFactory })
  const loop = r.getLoop()
  print(await r.run(inc()), await r.run(inc()), "outside", v.get(), r.getLoop() === loop)
  await r.run(spawn())
  print("task survives between runs", t?.done())
  print(await r.run(inc(), { context: copyContext() }))
  await r.close()
  const c = inc()
  await r.run(c).catch(print)
  c.close()
  await r.close()
  print("close idempotent")
  function* nest() {
    const x = new Runner()
    const k = inc()
    try {
      yield* until(x.run(k))
    } catch (error) {
      p(error)
    }
    k.close()
  }
  await run(nest())

  expect(printed).toEqual(
    recorded("X03", {
      // Differs from CPython: run() returns a promise, whose rejection takes an iteration to arrive.
      spelling: { "[1] Runner": "[2] Runner" },
      hints: {
        "Runner is closed": ": make a new one",
        "from a running event loop": ": inside a coroutine write yield* main()",
      },
    }),
  )
})

test("X04 interrupt() cancels the program, whose run then throws KeyboardInterrupt", async () => {
  const { p, print, printed } = probe()
  const start = (main: () => CoroutineGenerator<unknown>) => {
    const runner = new Runner({ loopFactory })
    // As from a click: the loop waits, and other code calls.
    queueMicrotask(() => runner.interrupt())
    return runner.run(main()).finally(() => runner.close())
  }
  const forEver = () => getRunningLoop().createFuture<void>()
  function* main() {
    try {
      yield* forEver()
    } catch (error) {
      p("main task cancelled", repr(error))
      throw error
    } finally {
      p("cleanup ran")
    }
  }
  await start(main).catch((error) => print((error as Error).name))
  function* swallow() {
    try {
      yield* forEver()
    } catch {
      return "swallowed"
    }
  }
  print(await start(swallow))
  function* uncancel() {
    try {
      yield* forEver()
    } catch (error) {
      currentTask()?.uncancel()
      throw error
    }
  }
  await start(uncancel).catch((error) => print("uncancel + raise ->", (error as Error).name))

  // Differs from CPython: what blocks the page cannot be interrupted at all.
  expect(printed).toEqual(recorded("X04").slice(0, -1))
})

test("X05 what a dying task starts is not cancelled again: it is abandoned when the loop closes", async () => {
  const { print, printed } = probe()
  let k: Task<void> | undefined
  function* late() {
    try {
      print("late starts")
      yield* sleep(0.05)
      print("NEVER")
    } catch (error) {
      print("late got", (error as Error).name)
      throw error
    } finally {
      print("late ends")
    }
  }
  function* bg() {
    try {
      yield* sleep(10)
    } finally {
      k = createTask(late())
    }
  }
  function* main() {
    getRunningLoop().setExceptionHandler((_, context) => print("HANDLER", context.message))
    createTask(bg())
    yield* sleep(0)
  }
  await run(main())
  print("run returned; late.done", k?.done())

  const [starts, returned, got, report] = recorded("X05")
  expect(got).toBe("late got GeneratorExit")
  // Differs from CPython: closing the loop reports the task and closes its coroutine, of which a generator shows its
  // `finally` only.
  expect(printed).toEqual([starts, report, "late ends", returned])
})
