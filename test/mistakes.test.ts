// What people get wrong, and what they are told. The wording is house.md's: CPython's text, the value, what to do.
import {
  type Awaitable,
  asCompleted,
  ContextVar,
  type CoroutineGenerator,
  coroutine,
  createTask,
  currentTask,
  EventLoop,
  ensureFuture,
  gather,
  getEventLoop,
  getRunningLoop,
  Runner,
  run,
  setEventLoop,
  sleep,
  Task,
  timeout,
  until,
  wait,
  waitFor,
  wrapFuture,
} from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { setLogger } from "../lib/log.js"
import { wrong } from "./support/probe.js"

beforeEach(() => setLogger({ error() {}, warn() {} }))
afterEach(() => setLogger())

function* main(): CoroutineGenerator<void> {}
const work = coroutine(function* work(): CoroutineGenerator<void> {})

/** `Name: message` of what `fn` throws, or of what the promise or awaitable that it gives fails with. */
async function failure(fn: () => unknown): Promise<string> {
  try {
    await fn()
  } catch (error) {
    return String(error).replace(/Task-\d+/g, "Task-N")
  }
  return "no error"
}

type Mistake = [what: string, fn: () => unknown, message: string]

const table = (mistakes: Mistake[], check: (fn: () => unknown) => Promise<string>) =>
  test.each(mistakes)("%s", async (_, fn, message) => {
    expect(await check(fn)).toBe(message)
  })

describe("outside of a loop", () => {
  const noLoop = (caller: string) =>
    `RuntimeError: no running event loop: call ${caller}() inside a coroutine or loop callback, or start a loop ` +
    "with run(main())"
  const noCurrent =
    "RuntimeError: There is no current event loop in this realm: start one with run(main()), or " +
    "setEventLoop(newEventLoop())"

  table(
    [
      ["createTask()", () => createTask(main()), noLoop("createTask")],
      ["getRunningLoop()", () => getRunningLoop(), noLoop("getRunningLoop")],
      ["currentTask()", () => currentTask(), noLoop("currentTask")],
      ["timeout()", () => timeout(1), noLoop("timeout")],
      ["a native await of a coroutine", () => work(), noLoop("await")],
      ["a native await of sleep()", () => sleep(1), noLoop("await")],
      ["sleep() by hand", () => sleep(1).send(undefined), noLoop("sleep")],
      ["until() by hand", () => until(Promise.resolve()).send(undefined), noLoop("until")],
      ["getEventLoop()", () => getEventLoop(), noCurrent],
      ["gather()", () => gather(main()), noCurrent],
      ["a future", () => new Task(main()), noCurrent],
    ],
    failure,
  )
})

describe("run()", () => {
  const offered = "TypeError: a coroutine was expected, got"
  const required = "TypeError: An asyncio.Future, a coroutine or an awaitable is required: got"
  const notCalled = "call a generator function or a coroutine function"

  table(
    [
      ["of a generator function", () => run(wrong(main)), `${offered} function main: call it, run(main())`],
      ["of a coroutine function", () => run(wrong(work)), `${offered} function work: call it, run(work())`],
      [
        "of an async function",
        () => run(wrong(async () => {})),
        `${offered} function (anonymous): call it, run(main())`,
      ],
      ["of a number", () => run(wrong(5)), `${required} 5: ${notCalled}`],
      ["of nothing", () => run(wrong(undefined)), `${required} undefined: ${notCalled}`],
      ["of a list", () => run(wrong([])), `${required} []: ${notCalled}`],
      ["of a string", () => run(wrong("main")), `${required} "main": ${notCalled}`],
      [
        "of an async generator",
        () => run(wrong((async function* () {})())),
        `${required} <AsyncGenerator object>: ${notCalled}`,
      ],
    ],
    failure,
  )

  test("overlapping another one", async () => {
    function* outer() {
      return yield* until(failure(() => run(main())))
    }

    expect(await run(outer())).toBe(
      "RuntimeError: asyncio.run() cannot be called from a running event loop: inside a coroutine write yield* " +
        "main(), elsewhere createTask(main())",
    )
  })

  test("of a coroutine that was run before", async () => {
    const it = work()
    await run(it)

    expect(await failure(() => run(it))).toBe(
      "RuntimeError: cannot reuse already awaited coroutine: <coroutine object work> has ended; call the " +
        "coroutine function again",
    )
  })

  test("of a generator that was run before", async () => {
    const it = main()
    await run(it)

    expect(await failure(() => run(it))).toBe(
      "RuntimeError: cannot reuse already awaited coroutine: this generator was given to a task before; call the " +
        "generator function again",
    )
  })

  test("of a function in a Runner", async () => {
    const runner = new Runner({ loopFactory: () => new TestEventLoop() })

    expect(await failure(() => runner.run(wrong(main)))).toBe(`${offered} function main: call it, run(main())`)
    await runner.close()
  })
})

describe("inside of a loop,", () => {
  /** What `fn` fails with when a coroutine calls it, and awaits what it gives. */
  const inside = (debug: boolean) => (fn: () => unknown) =>
    failure(() => {
      function* program() {
        const result = fn()
        const { [Symbol.iterator]: iterate } = Object(result) as { [Symbol.iterator]?: unknown }
        if (typeof iterate === "function" && typeof result === "object") yield* result as Awaitable<unknown>
      }
      return TestEventLoop.run(program(), { debug })
    })
  const loop = () => getRunningLoop()
  const given = "call a generator function or a coroutine function"

  table(
    [
      [
        "createTask() of a function",
        () => createTask(wrong(main)),
        "TypeError: a coroutine was expected, got function main: call it, createTask(main())",
      ],
      [
        "createTask() of a promise",
        () => createTask(wrong(Promise.resolve())),
        "TypeError: a coroutine was expected, got a Promise: wrap it, until(promise)",
      ],
      [
        "createTask() of a task",
        () => createTask(wrong(createTask(main()))),
        "TypeError: a coroutine was expected, got <Task pending name='Task-N' coro=<generator() running>>: it runs already; " +
          "use ensureFuture() for what may be either",
      ],
      [
        "createTask() of nothing",
        () => createTask(wrong(undefined)),
        `TypeError: a coroutine was expected, got undefined: ${given}`,
      ],
      [
        "createTask() of a list",
        () => createTask(wrong([main()])),
        `TypeError: a coroutine was expected, got [<Generator object>]: ${given}`,
      ],
      [
        "ensureFuture() of a function",
        () => ensureFuture(wrong(main)),
        "TypeError: An asyncio.Future, a coroutine or an awaitable is required: got function main: call it, main()",
      ],
      [
        "gather() of functions",
        () => gather(wrong(main), wrong(main)),
        "TypeError: An asyncio.Future, a coroutine or an awaitable is required: got function main: call it, main()",
      ],
      [
        "wait() of a task",
        () => wait(wrong(createTask(main()))),
        "TypeError: expect a list of futures, not Task: write wait([task])",
      ],
      [
        "wait() of coroutines",
        () => wait([wrong(main())]),
        "TypeError: Passing coroutines is forbidden, use tasks explicitly.",
      ],
      ["wait() of nothing", () => wait([]), "ValueError: Set of Tasks/Futures is empty."],
      [
        "asCompleted() of a task",
        () => asCompleted(wrong(createTask(main()))),
        "TypeError: expects an iterable of awaitables, not Task: write asCompleted([task])",
      ],
      [
        "sleep() of NaN",
        () => sleep(Number.NaN),
        "ValueError: Invalid delay: NaN (not a number). Delays are in seconds",
      ],
      [
        "sleep() of a string",
        () => sleep(wrong("1")),
        'TypeError: sleep() takes a delay in seconds as a number, got "1"',
      ],
      [
        "sleep() of nothing",
        () => sleep(wrong(undefined)),
        "TypeError: sleep() takes a delay in seconds as a number, got undefined",
      ],
      [
        "waitFor() with NaN",
        () => waitFor(sleep(1), Number.NaN),
        "ValueError: Invalid delay: NaN (not a number). Delays are in seconds",
      ],
      [
        "timeout() of NaN",
        () => timeout(Number.NaN),
        "ValueError: Invalid delay: NaN (not a number). Delays are in seconds",
      ],
      [
        "callLater() with NaN",
        () => loop().callLater(Number.NaN, () => {}),
        "ValueError: Invalid delay: NaN (not a number). callLater() takes seconds",
      ],
      [
        "callLater() with the callback first",
        () =>
          loop().callLater(
            wrong(() => {}),
            wrong(1),
          ),
        "TypeError: delay must not be None: callLater() takes seconds, got function (anonymous)",
      ],
      [
        "callAt() with NaN",
        () => loop().callAt(Number.NaN, () => {}),
        "ValueError: Invalid time: NaN (not a number). callAt() takes seconds of loop.time()",
      ],
      [
        "callAt() with a Date",
        () => loop().callAt(wrong(null), () => {}),
        "TypeError: when cannot be None: callAt() takes seconds, got null",
      ],
      [
        "setTaskFactory() of a number",
        () => loop().setTaskFactory(wrong(5)),
        "TypeError: task factory must be a callable or None, got 5",
      ],
      [
        "setExceptionHandler() of a number",
        () => loop().setExceptionHandler(wrong(5)),
        "TypeError: A callable object or None is expected, got 5",
      ],
      [
        "setDefaultExecutor() of a number",
        () => loop().setDefaultExecutor(wrong(5)),
        "TypeError: executor must be ThreadPoolExecutor instance, got 5: pass a WorkerPoolExecutor or another Executor",
      ],
      [
        "shutdownDefaultExecutor() with a negative timeout",
        () => loop().shutdownDefaultExecutor(-1),
        "ValueError: timeout must be a number of seconds >= 0, or undefined to wait for ever, got -1",
      ],
      [
        "wrapFuture() of a promise",
        () => wrapFuture(wrong(Promise.resolve())),
        "TypeError: concurrent.futures.Future is expected, got <Promise object>: pass what executor.submit() returned",
      ],
      [
        "the result of a future that has none yet",
        () => loop().createFuture().result(),
        "InvalidStateError: Result is not set.",
      ],
      [
        "a future with a second result",
        () => {
          const future = loop().createFuture<number>()
          future.setResult(1)
          future.setResult(2)
        },
        "InvalidStateError: invalid state: <Future finished result=1> already has a result; check done() first",
      ],
      [
        "a future that fails with text",
        () => loop().createFuture().setException(wrong("text")),
        'TypeError: invalid exception object: got "text", expected an Error or an Error class',
      ],
      ["closing the loop", () => loop().close(), "RuntimeError: Cannot close a running event loop: stop() it first"],
      [
        "a context variable without a name",
        () => new ContextVar(wrong(undefined)),
        "TypeError: context variable name must be a str, got undefined",
      ],
      [
        "a context variable without a value",
        () => new ContextVar("v").get(),
        "LookupError: <ContextVar name='v'> has no value here: set() it, or give it a default",
      ],
    ],
    inside(false),
  )

  describe("in debug mode", () => {
    const callers: [string, (callback: never) => unknown][] = [
      ["callSoon", (it) => loop().callSoon(it)],
      ["callSoonWith", (it) => loop().callSoonWith({}, it)],
      ["callSoonThreadsafe", (it) => loop().callSoonThreadsafe(it)],
      ["callLater", (it) => loop().callLater(1, it)],
      ["callAt", (it) => loop().callAt(1, it)],
      ["callAtWith", (it) => loop().callAtWith({}, 1, it)],
      ["runInExecutor", (it) => loop().runInExecutor(undefined, it)],
    ]

    table(
      callers.flatMap(([name, call]): Mistake[] => [
        [
          `${name}() of nothing`,
          () => call(wrong(undefined)),
          `TypeError: a callable object was expected by ${name}(), got undefined`,
        ],
        [
          `${name}() of a coroutine`,
          () => call(wrong(work())),
          `TypeError: coroutines cannot be used with ${name}(): use createTask(), got <coroutine object work>`,
        ],
        [
          `${name}() of a generator function`,
          () => call(wrong(main)),
          `TypeError: coroutines cannot be used with ${name}(): use createTask(), got function main`,
        ],
      ]),
      inside(true),
    )
  })
})

describe("on a loop that", () => {
  test("is closed", () => {
    const loop = new TestEventLoop()
    loop.close()

    expect(() => loop.callSoon(() => {})).toThrow("Event loop is closed: start another one with run(main())")
  })

  test("does not run yet, but is the current one, futures and tasks can be made", async () => {
    const loop = new EventLoop({ host: new TestEventLoop().host })
    setEventLoop(loop)
    try {
      expect(new Task(main()).getLoop()).toBe(loop)
    } finally {
      setEventLoop(undefined)
    }
    loop.setExceptionHandler(() => {})
    loop.close()
  })
})
