import {
  type CoroutineGenerator,
  coroutine,
  createTask,
  EventLoop,
  type Future,
  gather,
  getRunningLoop,
  run as runOnPage,
  sleep,
  until,
  waitFor,
} from "asyncio-web"
import { TestEventLoop, VirtualHost } from "asyncio-web/testing"
import { describe, expect, test } from "vitest"
import { InlineExecutor } from "../lib/concurrent-futures.js"

const run = TestEventLoop.run

describe("TestEventLoop", () => {
  test("runs a program that waits for nothing native to its end, inside the call", () => {
    const log: unknown[] = []
    function* main() {
      yield* sleep(3600)
      log.push(getRunningLoop().time())
    }
    void run(main())

    expect(log).toEqual([3600])
  })

  test("begins where it is told to", async () => {
    const loop = new TestEventLoop({ start: 1e9 })
    const before = loop.time()
    await loop.runUntilComplete(sleep(1.5))

    expect([before, loop.time()]).toEqual([1e9, 1e9 + 1.5])
    loop.close()
  })

  test("counts its iterations, over all of its runs", async () => {
    const loop = new TestEventLoop()
    const counts = [loop.iterations]
    for (let i = 0; i < 2; i++) {
      await loop.runUntilComplete(sleep(1))
      counts.push(loop.iterations)
    }

    // The step that sleeps, the timer, the step that returns, the callback that stops.
    expect(counts).toEqual([0, 4, 8])
    loop.close()
  })

  test("lets time pass in block(), as a function does that takes long", async () => {
    const log: string[] = []
    function* main() {
      const loop = getRunningLoop() as TestEventLoop
      loop.callLater(1, () => log.push(`timer at ${loop.time()}`))
      loop.block(5)
      yield* sleep(0)
      yield* sleep(0)
      log.push(`main at ${loop.time()}`)
    }
    await run(main())

    expect(log).toEqual(["timer at 5", "main at 5"])
  })

  test("takes options of run()", async () => {
    function* main(): CoroutineGenerator<boolean> {
      return getRunningLoop().getDebug()
    }

    expect([await run(main(), { debug: true }), await run(main())]).toEqual([true, false])
  })

  test("can be the loop of a plain run()", async () => {
    function* main() {
      yield* sleep(10)
      return getRunningLoop().time()
    }

    expect(await runOnPage(main(), { loopFactory: () => new TestEventLoop() })).toBe(10)
  })
})

describe("promises under virtual time", () => {
  test("have a real turn before the clock moves on", async () => {
    function* main() {
      const log: unknown[] = [yield* until((async () => "native")()), getRunningLoop().time()]
      log.push(yield* waitFor(until((async () => "in time")()), 1), getRunningLoop().time())
      return log
    }

    expect(await run(main())).toEqual(["native", 0, "in time", 0])
  })

  test("may take several turns of the microtask queue, and messages", async () => {
    const message = () =>
      new Promise<string>((resolve) => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => {
          port1.close()
          resolve("message")
        }
        port2.postMessage(null)
      })
    const chain = async () => {
      for (let i = 0; i < 100; i++) await null
      return "chain"
    }
    function* main() {
      return [yield* waitFor(until(chain()), 1), yield* waitFor(until(message()), 1), getRunningLoop().time()]
    }

    expect(await run(main())).toEqual(["chain", "message", 0])
  })

  test("that never settle do not hold up timers", async () => {
    function* main() {
      try {
        yield* waitFor(until(new Promise(() => {})), 5)
      } catch (error) {
        return [(error as Error).name, getRunningLoop().time()]
      }
    }

    expect(await run(main())).toEqual(["TimeoutError", 5])
  })

  test("keep the order of the program's own steps", async () => {
    const log: string[] = []
    function* worker(name: string, delay: number) {
      yield* until(Promise.resolve())
      yield* sleep(delay)
      log.push(`${name} at ${getRunningLoop().time()}`)
    }
    function* main() {
      yield* gather(worker("slow", 2), worker("quick", 1))
    }
    await run(main())

    expect(log).toEqual(["quick at 1", "slow at 2"])
  })
})

describe("jobs of an executor under virtual time", () => {
  test("take no time, and the clock waits for them", async () => {
    function* main() {
      const loop = getRunningLoop()
      const job = loop.runInExecutor(new InlineExecutor(), async () => {
        for (let i = 0; i < 100; i++) await null
        return "job"
      })
      return [yield* waitFor(job, 1), loop.time()]
    }

    expect(await run(main())).toEqual(["job", 0])
  })
})

describe("a deadlock", () => {
  test("rejects the run, and says which tasks wait for what", async () => {
    const waits = coroutine(function* waits(future: Future<void>) {
      yield* future
    })
    const outer = coroutine(function* outer(future: Future<void>) {
      yield* waits(future)
    })
    function* main() {
      const future = getRunningLoop().createFuture<void>()
      yield* gather(createTask(outer(future), { name: "a" }), createTask(waits(future), { name: "b" }))
    }
    const error = (await run(main()).catch((it) => it)) as Error

    expect(error.message.replace(/Task-\d+/, "Task-N").split("\n")).toEqual([
      "deadlock: nothing is ready, no deadline is left, and 3 task(s) wait for ever:",
      "  <Task pending name='Task-N'> in generator waits for <GatheringFuture pending cb=[Task.wakeup()]>",
      "  <Task pending name='a'> in outer > waits waits for <Future pending cb=[Task.wakeup(), Task.wakeup()]>",
      "  <Task pending name='b'> in waits waits for <Future pending cb=[Task.wakeup(), Task.wakeup()]>",
    ])
  })

  test("cleans up after itself: tasks end, and the next run works", async () => {
    const log: string[] = []
    function* main() {
      try {
        yield* getRunningLoop().createFuture<void>()
      } catch (error) {
        log.push((error as Error).name)
        throw error
      }
    }
    await expect(run(main())).rejects.toThrow("deadlock")

    expect([log, await run(sleep(1, "next"))]).toEqual([["CancelledError"], "next"])
  })

  test("is none while native code may still end the future", async () => {
    function* main() {
      const future = getRunningLoop().createFuture<string>()
      // Nobody tells the loop of this promise.
      void Promise.resolve().then(() => future.setResult("native"))
      return yield* future
    }

    expect(await run(main())).toBe("native")
  })

  test("is none while a deadline is left, however far away", async () => {
    function* main() {
      const future = getRunningLoop().createFuture<string>()
      getRunningLoop().callLater(1e9, () => future.setResult("at last"))
      return yield* future
    }

    expect(await run(main())).toBe("at last")
  })

  test("of a loop without tasks is one as well", async () => {
    const loop = new TestEventLoop()

    await expect(loop.runForever()).rejects.toThrow("deadlock: nothing is ready, no deadline is left, and 0 task(s)")
    loop.close()
  })
})

test("VirtualHost keeps a log for tests, with the ticks if that is wanted", async () => {
  const host = new VirtualHost(5)
  const loop = new EventLoop({ host })
  host.logTicks = true
  loop.callLater(2, () => host.log.push(`callback at ${host.now()}`))
  loop.callLater(3, () => loop.stop())
  await loop.runForever()
  loop.close()

  expect(host.log).toEqual(["tick", "tick", "callback at 7", "tick"])
})
