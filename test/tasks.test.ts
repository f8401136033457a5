import {
  allTasks,
  CancelledError,
  type CoroutineGenerator,
  copyContext,
  coroutine,
  createTask,
  currentTask,
  ensureFuture,
  Future,
  gather,
  getRunningLoop,
  ms,
  sleep,
  Task,
  until,
  ValueError,
  wait,
} from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { describe, expect, test } from "vitest"
import { wrong } from "./support/probe.js"
import { collectReports, reports } from "./support/reports.js"

const run = TestEventLoop.run
const now = () => getRunningLoop().time()

collectReports({ expected: true })

describe("a task", () => {
  test("has the result of its coroutine, or its error", async () => {
    function* good(): CoroutineGenerator<number> {
      return 1
    }
    function* bad(): CoroutineGenerator<number> {
      throw new ValueError("v")
    }
    function* main() {
      const [a, b] = [createTask(good()), createTask(bad())]
      yield* wait([a, b])
      return [a.result(), a.exception(), String(b.exception())]
    }

    expect(await run(main())).toEqual([1, null, "ValueError: v"])
  })

  test("is a future that nobody else can end", async () => {
    function* main() {
      const task = createTask(sleep(1))
      expect(task).toBeInstanceOf(Future)
      expect(() => task.setResult()).toThrow(
        "Task does not support set_result operation: its result is what its coroutine returns",
      )
      expect(() => task.setException()).toThrow(
        "Task does not support set_exception operation: its exception is what its coroutine throws",
      )
      yield* task
    }
    await run(main())
  })

  test("is called Task and a number that goes up, or what it is told", async () => {
    function* main() {
      const [a, b] = [createTask(sleep(0)), createTask(sleep(0))]
      const names = [a, b].map((task) => Number(/^Task-(\d+)$/.exec(task.getName())?.[1]))
      expect((names[1] as number) - (names[0] as number)).toBe(1)
      b.setName(Symbol.for("s").description)
      const c = createTask(sleep(0), { name: null })
      yield* gather(a, b, c)
      return [b.getName(), c.getName()]
    }

    expect(await run(main())).toEqual(["s", "null"])
  })

  test("knows its coroutine, its loop and its context", async () => {
    const it = sleep(1)
    function* main() {
      const context = copyContext()
      const task = createTask(it, { context })
      yield* sleep(0)
      const facts = [task.getCoro() === it, task.getLoop() === getRunningLoop(), task.getContext() === context]
      yield* task
      return [...facts, task.getCoro() === it]
    }

    expect(await run(main())).toEqual([true, true, true, true])
  })

  test("is the current one while it takes a step, and only then", async () => {
    const seen: unknown[] = []
    function* inner() {
      seen.push(currentTask()?.getName())
      yield* sleep(0)
      seen.push(currentTask()?.getName())
    }
    function* main() {
      const loop = getRunningLoop()
      loop.callSoon(() => seen.push(currentTask()))
      const task = createTask(inner(), { name: "inner" })
      seen.push(currentTask()?.getName())
      yield* task
      yield* until(Promise.resolve().then(() => seen.push(currentTask())))
      seen.push(currentTask(loop)?.getName())
    }
    await TestEventLoop.prototype.runUntilComplete.call(new TestEventLoop(), named(main()))

    expect(seen).toEqual(["main", undefined, "inner", "inner", undefined, "main"])
  })

  test("tells where it waits, for a coroutine that awaits coroutines", async () => {
    const inner = coroutine(function* inner() {
      yield* sleep(1)
    })
    const outer = coroutine(function* outer() {
      yield* inner()
    })
    const lines: string[] = []
    const write = (line: string) => lines.push(line)
    function* main() {
      const task = createTask(outer(), { name: "t" })
      lines.push(task.getStack().join(" > "))
      yield* sleep(0)
      lines.push(task.getStack().join(" > "), task.getStack({ limit: 1 }).join(" > "))
      task.printStack({ write })
      yield* task
      task.printStack({ write })
    }
    await run(main())

    expect(lines).toEqual([
      "outer",
      "outer > inner",
      "outer",
      "Stack for <Task pending name='t' coro=<outer() running> wait_for=<Future pending cb=[Task.wakeup()]>> " +
        "(most recent call last):",
      "  outer",
      "  inner",
      "No stack for <Task finished name='t' coro=<outer() done> result=undefined>",
    ])
  })

  test("that fails with what is no Error is described all the same", async () => {
    const lines: string[] = []
    function* bad(): CoroutineGenerator<void> {
      throw "text"
    }
    function* main() {
      const task = createTask(bad(), { name: "t" })
      yield* wait([task])
      lines.push(String(task))
      task.printStack({ write: (line) => lines.push(line) })
      task.exception()
    }
    await run(main())

    expect(lines).toEqual([
      `<Task finished name='t' coro=<generator() done> exception="text">`,
      `Traceback for <Task finished name='t' coro=<generator() done> exception="text"> (most recent call first):`,
      '"text"',
    ])
  })

  test("can be made by hand for a loop that does not run yet", async () => {
    const loop = new TestEventLoop()
    const task = new Task(sleep(1, "slept"), { loop, name: "by hand" })

    expect([await loop.runUntilComplete(task), [...allTasks(loop)].length]).toEqual(["slept", 0])
    loop.close()
  })

  test("is listed until it is done, in the order in which they were made", async () => {
    function* main() {
      const names = () => [...allTasks()].map((task) => task.getName())
      const tasks = [3, 1, 2].map((delay) => createTask(sleep(delay), { name: `${delay} s` }))
      currentTask()?.setName("main")
      const seen = [names()]
      for (const _ of tasks) {
        yield* sleep(1)
        yield* sleep(0)
        seen.push(names())
      }
      return seen
    }

    expect(await run(main())).toEqual([
      ["main", "3 s", "1 s", "2 s"],
      ["main", "3 s", "2 s"],
      ["main", "3 s"],
      ["main"],
    ])
  })
})

/** Runs `steps` under the name of "main". */
function* named<T>(steps: CoroutineGenerator<T>): CoroutineGenerator<T> {
  currentTask()?.setName("main")
  return yield* steps
}

describe("an eager task", () => {
  test("takes its first step before createTask() returns, in its own name and context", async () => {
    const log: unknown[] = []
    function* child() {
      log.push(`child in ${currentTask()?.getName()}`)
      yield* sleep(1)
      log.push(`later in ${currentTask()?.getName()}`)
    }
    function* main() {
      currentTask()?.setName("main")
      const task = createTask(child(), { name: "eager", eagerStart: true })
      log.push(`back in ${currentTask()?.getName()}`, task.done())
      yield* task
    }
    await run(main())

    expect(log).toEqual(["child in eager", "back in main", false, "later in eager"])
  })

  test("that never waits is done at once, and has no coroutine any more", async () => {
    function* child(): CoroutineGenerator<string> {
      return "at once"
    }
    function* main() {
      const task = createTask(child(), { eagerStart: true })
      return [
        task.done(),
        task.result(),
        task.getCoro(),
        allTasks().size,
        (getRunningLoop() as TestEventLoop).iterations,
      ]
    }

    expect(await run(main())).toEqual([true, "at once", undefined, 1, 1])
  })

  test("that fails at once keeps its error for who asks", async () => {
    function* child(): CoroutineGenerator<void> {
      throw new ValueError("eager")
    }
    function* main() {
      const task = createTask(child(), { eagerStart: true })
      expect(task.done()).toBe(true)
      yield* task
    }

    await expect(run(main())).rejects.toThrow("eager")
  })
})

describe("cancelling a task", () => {
  test("is possible until it is done", async () => {
    function* main() {
      const task = createTask(sleep(1))
      const answers = [task.cancel(), task.cancel()]
      yield* wait([task])
      return [...answers, task.cancel(), task.cancelling()]
    }

    expect(await run(main())).toEqual([true, true, false, 2])
  })

  test("drops the timer that it slept on", async () => {
    function* main() {
      const task = createTask(sleep(1000))
      yield* sleep(1)
      task.cancel()
      yield* wait([task])
      return now()
    }

    expect(await run(main())).toBe(1)
  })

  test("waits until its clean-up has ended", async () => {
    const log: unknown[] = []
    function* child() {
      try {
        yield* sleep(1000)
      } finally {
        yield* sleep(2)
        log.push(`cleaned up at ${now()}`)
      }
    }
    function* main() {
      const task = createTask(child())
      yield* sleep(1)
      task.cancel()
      yield* wait([task])
      log.push(`over at ${now()}`)
    }
    await run(main())

    expect(log).toEqual(["cleaned up at 3", "over at 3"])
  })

  test("gives the message to the block that catches it", async () => {
    function* child() {
      try {
        yield* sleep(1000)
      } catch (error) {
        return [error instanceof CancelledError, (error as Error).message]
      }
    }
    function* main() {
      const task = createTask(child())
      yield* sleep(0)
      task.cancel("because")
      return yield* task
    }

    expect(await run(main())).toEqual([true, "because"])
  })

  test("makes an error that replaces it the outcome", async () => {
    function* child() {
      try {
        yield* sleep(1000)
      } catch (error) {
        throw new ValueError("clean-up failed", { cause: error })
      }
    }
    function* main() {
      const task = createTask(child())
      yield* sleep(0)
      task.cancel("stop")
      yield* wait([task])
      const error = task.exception() as Error
      return [task.cancelled(), String(error), String(error.cause)]
    }

    expect(await run(main())).toEqual([false, "ValueError: clean-up failed", "CancelledError: stop"])
  })

  test("that is swallowed is reported in debug mode, once", async () => {
    const child = coroutine(function* child() {
      try {
        yield* sleep(10)
      } catch {}
    })
    function* main() {
      const task = createTask(child(), { name: "deaf" })
      yield* sleep(0)
      task.cancel()
      yield* task
    }
    await run(main(), { debug: true })

    expect(reports).toEqual([
      "RuntimeWarning: <Task cancelling name='deaf' coro=<child() running> cb=[Task.wakeup()]> was cancelled " +
        "and returned all the same: a block caught CancelledError and did not throw it again. Catch what you mean by " +
        "class, or call uncancel() where ending the cancellation is meant",
    ])
  })

  test("that is swallowed and taken back is not reported", async () => {
    function* child() {
      try {
        yield* sleep(10)
      } catch {
        currentTask()?.uncancel()
      }
    }
    function* main() {
      const task = createTask(child())
      yield* sleep(0)
      task.cancel()
      yield* task
    }
    await run(main(), { debug: true })

    expect(reports).toEqual([])
  })
})

describe("sleep()", () => {
  test("takes as long as it says, and gives what it was given", async () => {
    function* main() {
      const results: unknown[] = [yield* sleep(1.5, "result"), now()]
      results.push(yield* sleep(ms(250)), now(), yield* sleep(0, null), now())
      return results
    }

    expect(await run(main())).toEqual(["result", 1.5, undefined, 1.75, null, 1.75])
  })

  test("is lazy: it begins when it is awaited", async () => {
    function* main() {
      const it = sleep(1)
      yield* sleep(5)
      yield* it
      return now()
    }

    expect(await run(main())).toBe(6)
  })

  test("can be a task, and be awaited natively", async () => {
    function* main() {
      return [yield* createTask(sleep(1, "task")), yield* until(sleep(1, "native").then((it) => it)), now()]
    }

    expect(await run(main())).toEqual(["task", "native", 2])
  })
})

describe("ensureFuture()", () => {
  test("makes tasks of coroutines, generators, awaitables and promises", async () => {
    function* generator(): CoroutineGenerator<string> {
      return "generator"
    }
    const awaitable = {
      *[Symbol.iterator]() {
        yield* sleep(1)
        return "awaitable"
      },
    }
    function* main() {
      const futures = [sleep(0, "coroutine"), generator(), awaitable, Promise.resolve("promise")].map((it) =>
        ensureFuture(it),
      )
      expect(futures.every((future) => future instanceof Task)).toBe(true)
      return yield* gather(futures)
    }

    expect(await run(main())).toEqual(["coroutine", "generator", "awaitable", "promise"])
  })

  test("refuses a future of another loop", async () => {
    const loop = new TestEventLoop()
    const future = loop.createFuture<void>()
    function* main(): CoroutineGenerator<void> {
      ensureFuture(future, { loop: getRunningLoop() })
    }

    await expect(run(main())).rejects.toThrow(
      new ValueError("The future belongs to a different loop than the one specified as the loop argument"),
    )
  })
})

describe("what a task yields by mistake is thrown back into it:", () => {
  const attempt = async (value: () => unknown) => {
    function* child() {
      try {
        yield wrong(value())
      } catch (error) {
        return (error as Error).message.replace(/Task-\d+/, "Task-N").replace(" cb=[Task.wakeup()]", "")
      }
      return "accepted"
    }
    function* main() {
      return yield* createTask(child())
    }
    return run(main())
  }
  const bad = (what: string) =>
    `Task got bad yield: ${what}. In a coroutine write yield* for awaitables, and yield* until(promise) for promises`

  test.each<[what: string, value: () => unknown, message: string]>([
    ["a number", () => 42, bad("42")],
    ["null", () => null, bad("null")],
    ["a promise", () => Promise.resolve(), bad("<Promise object>")],
    [
      "a future",
      () => getRunningLoop().createFuture(),
      "yield was used instead of yield from in task <Task pending name='Task-N' coro=<generator() running>> with " +
        "<Future pending>: write yield* to wait for it",
    ],
    [
      "a generator",
      () => sleepGenerator(),
      "yield was used instead of yield from for generator in task <Task pending name='Task-N' coro=<generator() " +
        "running>>: write yield* to run it",
    ],
  ])("%s", async (_, value, message) => {
    expect(await attempt(value)).toBe(message)
  })

  test("a coroutine, which indeed was never awaited", async () => {
    expect(await attempt(() => sleep(1))).toBe(
      "yield was used instead of yield from for <coroutine object sleep> in task <Task pending name='Task-N' " +
        "coro=<generator() running>>: write yield* to run it",
    )
    expect(reports).toEqual(["RuntimeWarning: coroutine 'sleep' was never awaited"])
  })

  test("a bare yield is none: it is one turn of the loop", async () => {
    expect(await attempt(() => undefined)).toBe("accepted")
  })
})

function* sleepGenerator() {
  yield* sleep(1)
}
