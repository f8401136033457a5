// The host of pages in Node: an idle loop does not keep the process, one with work to do does.
import { afterAll, beforeAll, expect, test } from "vitest"
import { type Built, buildForNode } from "./support/node-child.js"

let built: Built
beforeAll(async () => {
  built = await buildForNode()
}, 60_000)
afterAll(() => built.remove())

test("a process ends although a loop runs that has nothing to do", () => {
  const code = `
    const loop = new asyncio.EventLoop()
    loop.callSoon(() => log("ran"))
    void loop.runForever().then(() => log("NEVER"))
  `

  expect(built.run(code)).toEqual({ status: 0, printed: "ran\n" })
})

test("a process ends although a task waits for what nobody will ever do", () => {
  const code = `
    function* main() {
      yield* asyncio.getRunningLoop().createFuture()
    }
    void asyncio.run(main()).then(() => log("NEVER"))
  `

  expect(built.run(code)).toEqual({ status: 0, printed: "" })
})

test("a process stays while a timer is set, and ends when the run has ended", () => {
  const code = `
    function* main() {
      for (let i = 0; i < 3; i++) {
        yield* asyncio.sleep(0.002)
        log("slept " + i)
      }
      return "result"
    }
    log(await asyncio.run(main()))
  `

  expect(built.run(code)).toEqual({ status: 0, printed: "slept 0\nslept 1\nslept 2\nresult\n" })
})

test("a process stays while callbacks are ready, for as many ticks as they take", () => {
  const code = `
    function* main() {
      for (let i = 0; i < 10_000; i++) yield
      return "10,000 turns"
    }
    log(await asyncio.run(main()))
  `

  expect(built.run(code)).toEqual({ status: 0, printed: "10,000 turns\n" })
})

test("a loop that Node's own timer wakes goes on", () => {
  const code = `
    const loop = new asyncio.EventLoop()
    setTimeout(() => loop.callSoon(() => {
      log("woken")
      loop.stop()
    }), 2)
    await loop.runForever()
    log("stopped")
    loop.close()
  `

  expect(built.run(code)).toEqual({ status: 0, printed: "woken\nstopped\n" })
})

test("a cancelled timer does not keep the process", () => {
  const code = `
    const loop = new asyncio.EventLoop()
    void loop.runForever()
    const timer = loop.callLater(3600, () => {})
    loop.callSoon(() => timer.cancel())
  `

  expect(built.run(code)).toEqual({ status: 0, printed: "" })
})

test("a rejection that comes after its waiter was cancelled is no unhandled one", () => {
  const code = `
    process.on("unhandledRejection", () => log("UNHANDLED"))
    function* main() {
      const late = () => new Promise((_, reject) => setTimeout(reject, 3, new Error("late")))
      const task = asyncio.createTask(asyncio.until(late))
      yield* asyncio.sleep(0)
      task.cancel()
      yield* asyncio.wait([task])
      yield* asyncio.sleep(0.006)
      log("over")
    }
    await asyncio.run(main())
  `

  expect(built.run(code)).toEqual({ status: 0, printed: "over\n" })
})

test("what nobody looked at is logged to the console at the end of the run", () => {
  const code = `
    const lost = asyncio.coroutine(function* lost() {})
    function* main() {
      lost()
      asyncio.createTask((function* () { throw new RangeError("unseen") })(), { name: "t" })
      yield* asyncio.sleep(0)
    }
    await asyncio.run(main())
    log("after run")
  `
  const { status, printed } = built.run(code)
  const lines = printed.split("\n").filter((line) => !/^ +at /.test(line))

  expect(status).toBe(0)
  expect(lines).toEqual([
    "after run",
    "RuntimeWarning: coroutine 'lost' was never awaited",
    "Task exception was never retrieved",
    "future: <Task finished name='t' coro=<generator() done> exception=RangeError('unseen')> RangeError: unseen",
    "",
  ])
})
