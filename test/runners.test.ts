import {
  allTasks,
  CancelledError,
  ContextVar,
  type CoroutineGenerator,
  copyContext,
  coroutine,
  createTask,
  type EventLoop,
  getEventLoop,
  getRunningLoop,
  KeyboardInterrupt,
  Runner,
  run as runOnPage,
  sleep,
  until,
  ValueError,
} from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { describe, expect, test } from "vitest"
import { type ConcurrentFuture, Executor } from "../lib/concurrent-futures.js"
import { collectReports, reports } from "./support/reports.js"

const run = TestEventLoop.run
const loopFactory = () => new TestEventLoop()

collectReports({ expected: true })

describe("run()", () => {
  test("gives the result of the program, whatever it is", async () => {
    for (const value of [1, undefined, null, [1, 2]]) {
      function* main(): CoroutineGenerator<unknown> {
        return value
      }
      expect(await run(main())).toBe(value)
    }
  })

  test("takes a promise as a program", async () => {
    expect(await run(Promise.resolve("native"))).toBe("native")
  })

  test("runs on the page's own loop, if it is not told otherwise", async () => {
    let loop: EventLoop | undefined
    function* main(): CoroutineGenerator<boolean> {
      loop = getRunningLoop()
      yield
      return loop === getEventLoop()
    }

    expect([await runOnPage(main()), loop instanceof TestEventLoop, loop?.isClosed()]).toEqual([true, false, true])
    expect(() => getEventLoop()).toThrow("There is no current event loop")
  })

  test("settles when everything has ended, not before", async () => {
    const log: string[] = []
    function* background() {
      try {
        yield* sleep(1000)
      } finally {
        yield* sleep(5)
        log.push("background ends")
      }
    }
    let loop: EventLoop | undefined
    function* main() {
      loop = getRunningLoop()
      createTask(background())
      yield* sleep(1)
      log.push("main ends")
      return "result"
    }
    log.push(await run(main()))

    expect([log, loop?.isClosed(), loop?.time()]).toEqual([["main ends", "background ends", "result"], true, 6])
  })

  test("cancels what is left though the program failed, and rejects with its error", async () => {
    const log: string[] = []
    function* background() {
      try {
        yield* sleep(1000)
      } catch (error) {
        log.push((error as Error).name)
        throw error
      }
    }
    function* main() {
      createTask(background())
      yield* sleep(1)
      throw new ValueError("main")
    }

    await expect(run(main())).rejects.toThrow(new ValueError("main"))
    expect([log, reports]).toEqual([["CancelledError"], []])
  })

  test("reports an error that a task throws while it is being cancelled", async () => {
    const failing = coroutine(function* failing() {
      try {
        yield* sleep(1000)
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: a clean-up that fails.
        throw new ValueError("clean-up")
      }
    })
    function* main() {
      createTask(failing(), { name: "t" })
      yield* sleep(1)
    }
    await run(main())

    expect(reports).toEqual([
      "unhandled exception during asyncio.run() shutdown\n" +
        "task: <Task finished name='t' coro=<failing() done> exception=ValueError('clean-up')>",
    ])
  })

  test("rejects while a loop runs, and says what to write", async () => {
    function* main() {
      return yield* until(runOnPage(sleep(1)).catch(String))
    }

    expect(await run(main())).toBe(
      "RuntimeError: asyncio.run() cannot be called from a running event loop: inside a coroutine write yield* " +
        "main(), elsewhere createTask(main())",
    )
    expect(reports).toEqual([])
  })

  test("rejects while another run() is between the phases of its shutdown", async () => {
    const first = run(sleep(1, "first"))
    // The virtual run is over inside the call; its shutdown is not.
    const second = run(sleep(1, "second"))

    expect(await first).toBe("first")
    await expect(second).rejects.toThrow("asyncio.run() cannot be called from a running event loop")
    expect(await run(sleep(1, "third"))).toBe("third")
  })

  test("leaves the realm free after a program that is none", async () => {
    await expect(run(42 as never)).rejects.toThrow(TypeError)

    expect(await run(sleep(1, "next"))).toBe("next")
  })

  test("rejects if the program stops the loop", async () => {
    function* main() {
      getRunningLoop().stop()
      yield* sleep(1000)
    }

    await expect(run(main())).rejects.toThrow("Event loop stopped before Future completed. Somebody called loop.stop()")
    expect(reports).toEqual([])
  })

  test("waits for the default executor, five minutes at the most", async () => {
    const waits: unknown[] = []
    class Slow extends Executor {
      submit(): ConcurrentFuture<never> {
        throw new Error("not here")
      }
      async shutdown(options: unknown) {
        waits.push(options)
      }
    }
    function* main() {
      getRunningLoop().setDefaultExecutor(new Slow())
      yield* sleep(1)
    }
    await run(main())

    expect(waits[0]).toEqual({ wait: true })
  })
})

describe("the signal of run()", () => {
  test("aborted cancels the program, with the reason in the error", async () => {
    const controller = new AbortController()
    function* main() {
      getRunningLoop().callLater(5, () => controller.abort("the user left"))
      yield* sleep(1000)
    }
    const ended = runOnPage(main(), { signal: controller.signal, loopFactory })

    await expect(ended).rejects.toThrow(new CancelledError("the user left"))
  })

  test("aborted before keeps the program from running", async () => {
    let ran = false
    function* main(): CoroutineGenerator<void> {
      ran = true
    }
    const ended = runOnPage(main(), { signal: AbortSignal.abort("no"), loopFactory })

    await expect(ended).rejects.toThrow(new CancelledError("no"))
    expect(ran).toBe(false)
  })

  test("lets the program clean up, and may be refused", async () => {
    const controller = new AbortController()
    function* main() {
      getRunningLoop().callLater(5, () => controller.abort())
      try {
        yield* sleep(1000)
      } catch {
        return `stayed until ${getRunningLoop().time()}`
      }
    }

    expect(await runOnPage(main(), { signal: controller.signal, loopFactory })).toBe("stayed until 5")
  })

  test("aborted after the end does nothing", async () => {
    const controller = new AbortController()
    expect(await runOnPage(sleep(1, "done"), { signal: controller.signal, loopFactory })).toBe("done")
    controller.abort()

    expect(await run(sleep(1, "next"))).toBe("next")
  })
})

describe("a Runner", () => {
  test("runs programs one after the other, on one loop and in one context", async () => {
    const v = new ContextVar("v", { default: 0 })
    const runner = new Runner({ loopFactory })
    const loops: EventLoop[] = []
    function* main(): CoroutineGenerator<number> {
      loops.push(getRunningLoop())
      v.set(v.get() + 1)
      return v.get()
    }
    const results = [
      await runner.run(main()),
      await runner.run(main()),
      await runner.run(main(), { context: copyContext() }),
    ]
    await runner.close()

    expect([results, new Set(loops).size, loops[0] === loops[1], v.get()]).toEqual([[1, 2, 1], 1, true, 0])
  })

  test("goes on after a program that failed", async () => {
    const runner = new Runner({ loopFactory })
    await expect(runner.run(until(Promise.reject(new ValueError("v"))))).rejects.toThrow("v")

    expect(await runner.run(sleep(1, "next"))).toBe("next")
    await runner.close()
  })

  test("keeps tasks for its next run, and cancels them when it is closed", async () => {
    const log: string[] = []
    function* background() {
      try {
        for (;;) {
          yield* sleep(1)
          log.push("tick")
        }
      } finally {
        log.push("cancelled")
      }
    }
    function* begin(): CoroutineGenerator<void> {
      createTask(background())
    }
    const runner = new Runner({ loopFactory })
    await runner.run(begin())
    log.push("between")
    await runner.run(sleep(2.5))
    await runner.close()

    expect(log).toEqual(["between", "tick", "tick", "cancelled"])
  })

  test("does not run two programs at a time", async () => {
    const runner = new Runner({ loopFactory })
    function* main() {
      return yield* until(runner.run(sleep(1)).catch(String))
    }

    expect(await runner.run(main())).toBe(
      "RuntimeError: Runner.run() cannot be called from a running event loop: inside a coroutine write yield* main()",
    )
    await runner.close()
    expect(reports).toEqual([])
  })

  test("that is closed is of no use, however often it is closed", async () => {
    const runner = new Runner({ loopFactory })
    await runner.close()
    await runner.close()
    const it = sleep(1)

    await expect(runner.run(it)).rejects.toThrow("Runner is closed: make a new one")
    expect(() => runner.getLoop()).toThrow("Runner is closed: make a new one")
    it.close()
  })

  test("makes its loop when it is needed, in debug mode if that was asked for", () => {
    let made = 0
    const runner = new Runner({
      debug: true,
      loopFactory: () => {
        made++
        return new TestEventLoop()
      },
    })

    expect(made).toBe(0)
    const loop = runner.getLoop()

    expect([loop.getDebug(), runner.getLoop() === loop, made]).toEqual([true, true, 1])
  })
})

describe("interrupt()", () => {
  test("does nothing while no program runs", () => {
    expect(new Runner({ loopFactory }).interrupt()).toBe(false)
  })

  test("rejects the run with KeyboardInterrupt, and the cancellation as its cause", async () => {
    const runner = new Runner({ loopFactory })
    function* main() {
      getRunningLoop().callLater(3, () => runner.interrupt())
      yield* sleep(1000)
    }
    const error = await runner.run(main()).catch((it) => it)
    await runner.close()

    expect([error instanceof KeyboardInterrupt, error.cause instanceof CancelledError]).toEqual([true, true])
  })

  test("can be repeated, if the program does not end", async () => {
    const runner = new Runner({ loopFactory })
    const log: string[] = []
    function* main() {
      const loop = getRunningLoop()
      for (const delay of [1, 2]) loop.callLater(delay, () => log.push(`${runner.interrupt()} at ${loop.time()}`))
      for (let i = 0; i < 2; i++) {
        try {
          yield* sleep(1000)
        } catch (error) {
          log.push(`${(error as Error).name} at ${loop.time()}`)
        }
      }
      return "ended by itself"
    }
    log.push(await runner.run(main()))
    await runner.close()

    expect(log).toEqual(["true at 1", "CancelledError at 1", "true at 2", "CancelledError at 2", "ended by itself"])
  })

  test("does not turn a program's own cancellation in a later run into an interrupt", async () => {
    const runner = new Runner({ loopFactory })
    function* first() {
      runner.interrupt()
      yield* sleep(1)
    }
    function* second(): CoroutineGenerator<void> {
      for (const task of allTasks()) task.cancel("own")
      yield* sleep(1)
    }
    await expect(runner.run(first())).rejects.toThrow(KeyboardInterrupt)

    await expect(runner.run(second())).rejects.toThrow(new CancelledError("own"))
    await runner.close()
  })
})

test("a runner is closed at the end of an `await using` block", async () => {
  const seen: string[] = []
  function* leftBehind() {
    try {
      yield* sleep(10)
    } finally {
      seen.push("ended")
    }
  }
  function* main() {
    createTask(leftBehind())
    yield* sleep(0)
  }
  let loop: EventLoop
  {
    await using runner = new Runner({ loopFactory: () => new TestEventLoop() })
    await runner.run(main())
    loop = runner.getLoop()
    seen.push("the block ends")
  }

  expect([seen, loop.isClosed()]).toEqual([["the block ends", "ended"], true])
})
