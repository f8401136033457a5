// The tutorials' programs, which are the probes V: what they print, and how long they take. The Python programs and
// their outputs are in probes/.
import * as asyncio from "asyncio-web"
import { coroutine, createTask, getRunningLoop, sleep } from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { expect, test } from "vitest"
import { probe, recorded } from "../support/probe.js"

const run = TestEventLoop.run
const now = () => getRunningLoop().time()

test("V01 sayAfter one after the other takes three seconds; as tasks, or gathered, two", async () => {
  const { print, printed } = probe()
  function* sayAfter(delay: number, what: string) {
    yield* sleep(delay)
    print(what)
  }
  function* retAfter(delay: number, what: string) {
    yield* sleep(delay)
    return `${what} - ${delay}`
  }
  function* seq() {
    yield* sayAfter(1, "hello")
    yield* sayAfter(2, "world")
  }
  function* tasks() {
    const a = createTask(sayAfter(1, "hello"))
    const b = createTask(sayAfter(2, "world"))
    yield* a
    yield* b
  }
  function* rets() {
    const a = createTask(retAfter(1, "hello"))
    const b = createTask(retAfter(2, "world"))
    print(yield* a)
    print(yield* b)
  }
  function* gatherTasks() {
    const a = createTask(retAfter(1, "hello"))
    const b = createTask(retAfter(2, "world"))
    print(yield* asyncio.gather(a, b))
  }
  function* gatherCoroutines() {
    print(yield* asyncio.gather(retAfter(1, "hello"), retAfter(2, "world")))
  }
  for (const main of [seq, tasks, rets, gatherTasks, gatherCoroutines]) {
    await run(timed(main()))
  }
  function* timed(main: asyncio.CoroutineGenerator<void>) {
    const begin = now()
    yield* main
    print("elapsed", now() - begin, "s")
    print("--")
  }

  expect(printed).toEqual(recorded("V01"))
})

test("V02 factorials are computed side by side, gathered or awaited one by one", async () => {
  const { print, printed } = probe()
  function* factorial(name: string, number: number) {
    let f = 1
    for (let i = 2; i <= number; i++) {
      print(`Task ${name}: Compute factorial(${number}), currently i=${i}...`)
      yield* sleep(1)
      f *= i
    }
    print(`Task ${name}: factorial(${number}) = ${f}`)
    return f
  }
  function* gathered() {
    print(yield* asyncio.gather(factorial("A", 2), factorial("B", 3), factorial("C", 4)))
    print(now(), "s")
  }
  function* awaited() {
    const tasks = [createTask(factorial("A", 2)), createTask(factorial("B", 3)), createTask(factorial("C", 4))]
    const results: number[] = []
    for (const task of tasks) results.push(yield* task)
    print(results)
    print(now(), "s")
  }
  await run(gathered())
  await run(awaited())

  expect(printed).toEqual(recorded("V02"))
})

test("V03 hello() is cancelled, by hand or because main has ended; there are five ways to sleep", async () => {
  const { p, print, printed } = probe()
  const turn = () => (getRunningLoop() as TestEventLoop).block(1 / 64)
  const hello = coroutine(function* hello() {
    try {
      print("Hello ...")
      yield* sleep(1)
      print("... World!")
    } catch (error) {
      if (error instanceof asyncio.CancelledError) print("Task cancelled")
      throw error
    }
  })
  function* cancelled() {
    const t = createTask(hello())
    yield* sleep(0.02)
    t.cancel()
  }
  function* abandoned() {
    createTask(hello())
    yield* sleep(0)
  }
  await run(cancelled())
  await run(abandoned())

  class AsyncSleep {
    constructor(readonly seconds: number) {}
    *[Symbol.iterator](): asyncio.CoroutineGenerator<void> {
      const until = now() + this.seconds
      while (now() < until) {
        turn()
        yield
      }
    }
  }
  class YieldToEventLoop {
    *[Symbol.iterator](): asyncio.CoroutineGenerator<void> {
      turn()
      yield
    }
  }
  function* watch(future: asyncio.Future<void>, until: number) {
    while (now() < until) yield* new YieldToEventLoop()
    future.setResult()
  }
  const ways: Record<string, (seconds: number) => asyncio.Awaitable<void>> = {
    sleep,
    AsyncSleep: (seconds) => new AsyncSleep(seconds),
    *fut_sleep(seconds) {
      const future = new asyncio.Future<void>()
      createTask(watch(future, now() + seconds))
      yield* future
    },
    *plain(seconds) {
      const until = now() + seconds
      while (now() < until) yield* new YieldToEventLoop()
    },
    *later(seconds) {
      const loop = getRunningLoop()
      const future = loop.createFuture<void>()
      loop.callLater(seconds, () => future.setResult())
      yield* future
    },
  }
  function* displayDate(name: string, way: (seconds: number) => asyncio.Awaitable<void>) {
    const end = now() + 5
    for (;;) {
      p(name, "at", now(), "s")
      if (now() + 1 >= end) break
      yield* way(1)
    }
  }
  for (const [name, way] of Object.entries(ways)) await run(displayDate(name, way))

  expect(printed).toEqual(recorded("V03"))
})

test("V04 task and callback, a loop of one's own, wait with a timeout, gather after an await", async () => {
  const { print, printed } = probe()
  function* getRequest(url: string) {
    yield* sleep(0.01)
    return `page ${url}`
  }
  function* callbacks() {
    const tasks: asyncio.Task<string>[] = []
    for (const url of ["a", "b"]) {
      const t = createTask(getRequest(url))
      t.addDoneCallback((task) => print("callback got", task.result()))
      tasks.push(t)
    }
    yield* asyncio.wait(tasks)
  }
  await run(callbacks())

  const foo = coroutine(function* foo() {
    print("coroutine runs")
  })
  const loop = new TestEventLoop()
  try {
    print("start")
    const c = foo()
    print("enter loop")
    await loop.runUntilComplete(c)
  } finally {
    print("close loop")
    loop.close()
  }

  function* waiting() {
    const slow = createTask(sleep(5), { name: "slow" })
    const [done, pending] = yield* asyncio.wait([createTask(sleep(0.01), { name: "quick" }), slow], { timeout: 0.03 })
    const names = (tasks: Set<asyncio.Task<void>>) => Array.from(tasks, (t) => t.getName())
    print(names(done), names(pending))
    const g = asyncio.gather(...pending)
    yield* sleep(0)
    print("gather future can be cancelled:", g.cancel())
    try {
      yield* g
    } catch (error) {
      print(`${(error as Error).name}; slow.cancelled`, slow.cancelled())
    }
  }
  await run(waiting())

  function* say(what: string) {
    print(what)
  }
  function* gathering() {
    yield* say("func")
    const r = asyncio.gather(say("func2"), say("func3"))
    print("func2/func3 start only when main suspends")
    yield* r
  }
  await run(gathering())

  expect(printed).toEqual(recorded("V04"))
})
