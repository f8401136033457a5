// What the collector reports: earlier than the end of the run, and never twice.
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import {
  allTasks,
  type CoroutineGenerator,
  coroutine,
  createTask,
  EventLoop,
  getRunningLoop,
  sleep,
  type Task,
  until,
  ValueError,
} from "asyncio-web"
import { TestEventLoop, VirtualHost } from "asyncio-web/testing"
import { afterEach, beforeEach, expect, test } from "vitest"
import { setLogger } from "../lib/log.js"

setFlagsFromString("--expose-gc")
const gc = runInNewContext("gc") as () => void

const run = TestEventLoop.run

/** What was reported, and marks of the test's own. */
const log: string[] = []
beforeEach(() => {
  log.length = 0
  setLogger({ error: (message) => log.push(message), warn: (message) => log.push(message) })
})
afterEach(() => setLogger())

/** Collects everything that can be, and lets the registries say so. */
async function collect(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const bad = coroutine(function* bad(): CoroutineGenerator<void> {
  throw new ValueError("unseen")
})
const lost = coroutine(function* lost(): CoroutineGenerator<void> {})

test("a failed task that is collected is reported at once, and only then", async () => {
  function* main() {
    createTask(bad(), { name: "t" })
    yield* sleep(1)
    yield* until(collect())
    log.push("collected")
  }
  await run(main())
  await collect()

  expect(log).toEqual([
    "Task exception was never retrieved\n" +
      "future: <Task finished name='t' coro=<bad() done> exception=ValueError('unseen')>",
    "collected",
  ])
})

test("a failed future that is collected is reported at once, with a handler of the loop's", async () => {
  function* main() {
    const loop = getRunningLoop()
    loop.setExceptionHandler((_, context) =>
      log.push(`${context.message} | ${context.future} | ${context.exception} | ${Object.keys(context).sort()}`),
    )
    loop.createFuture<void>().setException(new ValueError("unseen"))
    yield* sleep(1)
    yield* until(collect())
    log.push("collected")
  }
  await run(main())

  expect(log).toEqual([
    "Future exception was never retrieved | <Future finished exception=ValueError('unseen')> | ValueError: unseen | " +
      "exception,future,message",
    "collected",
  ])
})

test("a failed task that is still referred to is reported at the end of the run, and that is all", async () => {
  let task: Task<void> | undefined
  function* main() {
    task = createTask(bad())
    yield* sleep(1)
    yield* until(collect())
    log.push("collected")
  }
  await run(main())
  expect([task?.done(), log.length, log[0]]).toEqual([true, 2, "collected"])
  task = undefined
  await collect()

  expect(log).toHaveLength(2)
})

test("a failed task that somebody looked at is not reported", async () => {
  function* main() {
    createTask(bad()).addDoneCallback((task) => task.exception())
    createTask(bad()).addDoneCallback((task) => task.cancel())
    void createTask(bad()).catch(() => {})
    yield* sleep(1)
    yield* until(collect())
  }
  await run(main())
  await collect()

  expect(log).toEqual([])
})

test("a coroutine that is collected before it was awaited is reported at once, and only then", async () => {
  function* main() {
    lost()
    yield* sleep(1)
    yield* until(collect())
    log.push("collected")
  }
  await run(main())
  await collect()

  expect(log).toEqual(["RuntimeWarning: coroutine 'lost' was never awaited", "collected"])
})

test("a coroutine that is still referred to is reported at the end of the run, and that is all", async () => {
  let it: unknown
  function* main() {
    it = lost()
    yield* sleep(1)
    yield* until(collect())
    log.push("collected")
  }
  await run(main())
  expect(it).toBeDefined()
  it = undefined
  await collect()

  expect(log).toEqual(["collected", "RuntimeWarning: coroutine 'lost' was never awaited"])
})

test("a coroutine that was awaited in the end is not reported", async () => {
  function* main() {
    const it = lost()
    yield* until(collect())
    yield* it
    lost().close()
    createTask(lost())
    yield* sleep(1)
    yield* until(collect())
  }
  await run(main())

  expect(log).toEqual([])
})

test("a coroutine that was made while no loop ran is reported when it is collected", async () => {
  const make = () => {
    lost()
    lost().close()
  }
  make()
  await null
  await collect()

  expect(log).toEqual(["RuntimeWarning: coroutine 'lost' was never awaited"])
})

test("a task that waits is not collected, though nobody refers to it", async () => {
  function* waits() {
    try {
      yield* getRunningLoop().createFuture<void>()
    } finally {
      log.push("ends")
    }
  }
  function* main() {
    createTask(waits())
    yield* sleep(1)
    yield* until(collect())
    log.push(`${allTasks().size} tasks`)
  }
  await run(main())

  expect(log).toEqual(["2 tasks", "ends"])
})

test("a loop that was closed can be collected, with all that ran on it", async () => {
  const refs: WeakRef<object>[] = []
  const program = async () => {
    function* main() {
      const loop = getRunningLoop()
      const task = createTask(sleep(1))
      refs.push(new WeakRef(loop), new WeakRef(task), new WeakRef(loop.callLater(1000, () => {})))
      yield* task
    }
    await run(main())
  }
  await program()
  await collect()

  expect(refs.map((ref) => ref.deref())).toEqual([undefined, undefined, undefined])
})

test("a loop that was never run nor closed can be collected as well, silently", async () => {
  const make = () => {
    const loop = new EventLoop({ host: new VirtualHost() })
    loop.callSoon(() => {})
    return new WeakRef(loop)
  }
  const ref = make()
  await collect()

  expect([ref.deref(), log]).toEqual([undefined, []])
})
