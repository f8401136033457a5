// Twins of the probes O: what is reported, when, and how. The Python programs and what CPython printed are in probes/.
import {
  type CoroutineGenerator,
  coroutine,
  createTask,
  type ExceptionContext,
  getRunningLoop,
  sleep,
  type Task,
  ValueError,
} from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { describe, expect, test } from "vitest"
import { probe, recorded } from "../support/probe.js"

const run = TestEventLoop.run
const keys = (context: ExceptionContext) => Object.keys(context).sort()

// Differs from CPython: the collector cannot be called here. Reports that it would cause come at the end of the run;
// test/collected.node.test.ts shows that it causes them earlier.
describe("O01 a task's exception that was never retrieved", () => {
  const bad = coroutine(function* bad(n: number): CoroutineGenerator<void> {
    throw new ValueError(String(n))
  })

  test("is reported once, at the end of the run at the latest", async () => {
    const { p, print, printed } = probe()
    const reports: string[] = []
    function* main() {
      getRunningLoop().setExceptionHandler((_, context) => print(`[('${context.message}',`, keys(context), ")]"))
      createTask(bad(1), { name: "N" })
      yield* sleep(0)
      yield* sleep(0)
      p("not logged while referenced", reports)
    }
    await run(main())

    expect(printed).toEqual([
      recorded("O01")[0],
      "[('Task exception was never retrieved', ['exception', 'future', 'message'] )]",
    ])
  })

  test("is not, if somebody asked for it, cancelled the task, or has a callback that asks", async () => {
    const { p, printed } = probe()
    const reports: unknown[] = []
    function* main() {
      const loop = getRunningLoop()
      loop.setExceptionHandler((_, context) => reports.push(context.message))
      yield* sleep(0)
      yield* sleep(0)
      for (const look of [
        (t: Task<void>) => t.exception(),
        (t: Task<void>) => t.cancel(),
        (t: Task<void>) => t.addDoneCallback((x) => x.exception()),
      ]) {
        const t = createTask(bad(2))
        yield* sleep(0)
        yield* sleep(0)
        look(t)
        yield* sleep(0)
      }
      p("exception(), cancel() on a done task, callback reading it: silent", reports)
    }
    await run(main())

    expect(printed).toEqual([recorded("O01")[2]])
    expect(reports).toEqual([])
  })

  test("is logged with the task, if there is no handler", async () => {
    const { printed } = probe()
    function* main() {
      createTask(bad(3), { name: "N" })
      yield* sleep(0)
      yield* sleep(0)
    }
    await run(main())

    // The error itself goes to the console as an object of its own, and shows its stack there.
    const expected = recorded("O01", {
      spelling: {
        "ERROR asyncio Task": "ERROR Task",
        "bad() done, defined at O01.py:11": "bad() done",
        "ValueError(3)": "ValueError('3')",
      },
    }).slice(3, 5)
    expect(printed.join("\n").split("\n")).toEqual(expected)
  })
})

describe("O02 a coroutine that was never awaited", () => {
  const c = coroutine(function* c() {})

  test("is reported by its name, at the end of the run at the latest", async () => {
    const { p, printed } = probe()
    function* main(): CoroutineGenerator<void> {
      c()
      p("after")
    }
    await run(main())

    const [warning, after] = recorded("O02", {
      spelling: { "RuntimeWarning coroutine": "LOG WARNING RuntimeWarning: coroutine" },
    })
    expect(printed).toEqual([after, warning])
  })

  test("is reported with the place where it was made in debug mode", async () => {
    const { printed } = probe()
    function* main(): CoroutineGenerator<void> {
      c()
    }
    await run(main(), { debug: true })

    const [warning, header, ...stack] = printed.join("\n").split("\n")
    // Differs from CPython: JavaScript's stacks begin with the most recent call.
    expect([warning, header]).toEqual(
      recorded("O02", {
        spelling: { "RuntimeWarning coroutine": "LOG WARNING RuntimeWarning: coroutine", "call last": "call first" },
      }).slice(3, 5),
    )
    expect(stack[0]).toMatch(/at .*main.*diagnostics\.test\.ts/)
  })

  test("is not, if it was closed", async () => {
    const { printed } = probe()
    function* main(): CoroutineGenerator<void> {
      c().close()
    }
    await run(main())

    expect(printed).toEqual([])
  })
})

describe("O03 a task that is pending when the loop is closed", () => {
  test("is reported, and its coroutine closed", async () => {
    const { print, printed } = probe()
    const loop = new TestEventLoop()
    loop.setExceptionHandler((_, context) => print("HANDLER", context.message, keys(context)))
    loop.createTask(sleep(10))
    loop.callSoon(() => loop.stop())
    await loop.runForever()
    loop.close()

    expect(printed).toEqual([recorded("O03")[0]])
  })

  test("is not, if it was made by runUntilComplete()", async () => {
    const { print, printed } = probe()
    const loop = new TestEventLoop()
    loop.setExceptionHandler((_, context) => print("HANDLER", context.message))
    loop.callSoon(() => loop.stop())
    await loop.runUntilComplete(sleep(10)).catch((error) => print(error))
    loop.close()
    print("implicit task of run_until_complete: no warning")

    const hints = { "Event loop stopped before Future completed.": " Somebody called loop.stop()" }
    expect(printed).toEqual(recorded("O03", { hints }).slice(1))
  })
})

test("O04 debug mode adds to each report where the object was made", async () => {
  const { p, printed } = probe()
  const bad = coroutine(function* bad(): CoroutineGenerator<void> {
    throw new ValueError()
  })
  const sources: unknown[] = []
  function* main() {
    const loop = getRunningLoop()
    loop.setExceptionHandler((_, context) => {
      p("HANDLER", context.message, keys(context))
      sources.push(context.source_traceback)
    })
    createTask(bad())
    yield* sleep(0)
    yield* sleep(0)
    loop.callSoon(() => {
      throw new ValueError()
    })
    yield* sleep(0)
    loop.createFuture<void>().setException(new ValueError())
  }
  await run(main(), { debug: true })

  const [task, callback, future] = recorded("O04", {
    spelling: { "main.<locals>.<lambda>()": "(anonymous)()", "[3]": "[-]" },
  })
  // Differs from CPython: what the collector would report comes at the end of the run.
  expect(printed).toEqual([callback, task, future?.replace("[4]", "[-]")])
  expect(sources).toEqual(Array(3).fill(expect.stringMatching(/^\s+at .*main.*diagnostics\.test\.ts/)))
})
