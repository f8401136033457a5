import * as asyncio from "asyncio-web"
import {
  aiter,
  anext,
  asyncFor,
  asyncWith,
  BREAK,
  CancelledError,
  type CoroutineGenerator,
  coroutine,
  createTask,
  getRunningLoop,
  sleep,
  until,
  ValueError,
} from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { beforeEach, describe, expect, test } from "vitest"
import { errorOf, nameAndMessage } from "./support/errors.js"
import { collectReports } from "./support/reports.js"

const run = TestEventLoop.run

// A test that expects reports empties them.
collectReports({ expected: false })

let log: unknown[]
beforeEach(() => {
  log = []
})

/** A manager that writes down what happens to it. */
class Manager {
  constructor(
    readonly name: string,
    readonly swallows = false,
  ) {}

  *aenter() {
    log.push(`enter ${this.name}`)
    yield* sleep(0)
    return this.name
  }

  *aexit(error?: unknown) {
    log.push(`exit ${this.name} ${error === undefined ? "" : nameAndMessage(error)}`.trimEnd())
    yield* sleep(0)
    return this.swallows
  }
}

const fail = (message: string) => () => {
  throw new ValueError(message)
}

describe("asyncWith", () => {
  test("enters, runs the block with what that gave, exits, and gives what the block gave", async () => {
    function* main() {
      return yield* asyncWith(new Manager("a"), function* (name) {
        yield* sleep(1)
        log.push(`in ${name}`)
        return 42
      })
    }

    expect(await run(main())).toBe(42)
    expect(log).toEqual(["enter a", "in a", "exit a"])
  })

  test.each<[what: string, block: () => unknown]>([
    ["a value", () => "result"],
    ["a promise", () => Promise.resolve("result")],
    ["an async function", async () => "result"],
    [
      "a generator function",
      function* () {
        yield* sleep(1)
        return "result"
      },
    ],
    [
      "a coroutine function",
      coroutine(function* () {
        yield* sleep(1)
        return "result"
      }),
    ],
    [
      "a future",
      () => {
        const future = getRunningLoop().createFuture<string>()
        getRunningLoop().callLater(1, () => future.setResult("result"))
        return future
      },
    ],
  ])("waits for a block that is or gives %s", async (_, block) => {
    function* main() {
      return yield* asyncWith(new Manager("a"), block)
    }

    expect(await run(main())).toBe("result")
  })

  test.each<[what: string, manager: asyncio.AsyncContextManager<string>]>([
    ["plain functions", { aenter: () => "value", aexit: (error) => void log.push(error) }],
    ["async functions", { aenter: async () => "value", aexit: async (error) => void log.push(error) }],
    [
      "generator functions",
      {
        *aenter() {
          yield
          return "value"
        },
        *aexit(error) {
          yield
          log.push(error)
        },
      },
    ],
    [
      "coroutine functions",
      {
        aenter: coroutine(function* () {
          yield* sleep(1)
          return "value"
        }),
        aexit: coroutine(function* (error?: unknown) {
          yield* sleep(1)
          log.push(error)
        }),
      },
    ],
  ])("takes managers of %s", async (_, manager) => {
    const error = new ValueError("block")
    function* main() {
      log.push(yield* asyncWith(manager, (value) => value))
      const thrown = yield* errorOf(
        asyncWith(manager, () => {
          throw error
        }),
      )
      log.push(thrown === error)
    }
    await run(main())

    expect(log).toEqual([undefined, "value", error, true])
  })

  test("swallows the block's error if aexit gives true, and gives undefined then", async () => {
    function* main() {
      return yield* asyncWith(new Manager("a", true), fail("swallowed"))
    }

    expect(await run(main())).toBeUndefined()
    expect(log).toEqual(["enter a", "exit a ValueError: swallowed"])
  })

  test("throws the block's error again if aexit gives anything else", async () => {
    function* main() {
      return nameAndMessage(yield* errorOf(asyncWith(new Manager("a"), fail("passed on"))))
    }

    expect(await run(main())).toBe("ValueError: passed on")
  })

  test("does not mind what aexit gives after a block that ended well", async () => {
    function* main() {
      return yield* asyncWith(new Manager("a", true), () => "kept")
    }

    expect(await run(main())).toBe("kept")
  })

  test("throws what aexit throws, in place of the block's error", async () => {
    const manager = { aenter: () => 1, aexit: fail("aexit") }
    function* main() {
      log.push(nameAndMessage(yield* errorOf(asyncWith(manager, () => "fine"))))
      log.push(nameAndMessage(yield* errorOf(asyncWith(manager, fail("block")))))
    }
    await run(main())

    expect(log).toEqual(["ValueError: aexit", "ValueError: aexit"])
  })

  test("calls aexit once, also if that fails", async () => {
    const manager = {
      aenter: () => 1,
      aexit() {
        log.push("exit")
        throw new ValueError("aexit")
      },
    }
    function* main() {
      yield* errorOf(asyncWith(manager, () => "fine"))
      yield* errorOf(asyncWith(manager, fail("block")))
    }
    await run(main())

    expect(log).toEqual(["exit", "exit"])
  })

  test("does not exit what it could not enter", async () => {
    const manager = { aenter: fail("aenter"), aexit: () => void log.push("exit") }
    function* main() {
      return nameAndMessage(yield* errorOf(asyncWith(manager, () => log.push("block"))))
    }

    expect([await run(main()), log]).toEqual(["ValueError: aenter", []])
  })

  test("exits in the reverse order of entering", async () => {
    function* main() {
      yield* asyncWith(new Manager("a"), () =>
        asyncWith(new Manager("b"), () => asyncWith(new Manager("c"), fail("inside"))),
      )
    }
    await errorOfPromise(run(main()))

    expect(log).toEqual([
      "enter a",
      "enter b",
      "enter c",
      "exit c ValueError: inside",
      "exit b ValueError: inside",
      "exit a ValueError: inside",
    ])
  })

  test("tells aexit of a cancellation, which it may swallow", async () => {
    function* body(swallows: boolean) {
      yield* asyncWith(new Manager("a", swallows), () => sleep(9))
      return "went on"
    }
    function* main() {
      for (const swallows of [false, true]) {
        const task = createTask(body(swallows))
        yield* sleep(1)
        task.cancel("outside")
        yield* asyncio.wait([task])
        log.push(task.cancelled() ? "cancelled" : task.result())
      }
    }
    await run(main())

    const exit = "exit a CancelledError: outside"
    expect(log).toEqual(["enter a", exit, "cancelled", "enter a", exit, "went on"])
  })

  test("cancelled while it enters does not exit; cancelled while it exits does not go on", async () => {
    const slow = {
      aenter: () => sleep(5),
      aexit: () => sleep(5, false),
    }
    function* body() {
      yield* asyncWith(slow, () => log.push("block"))
      log.push("went on")
    }
    function* main() {
      for (const after of [1, 6]) {
        const task = createTask(body())
        yield* sleep(after)
        task.cancel()
        yield* asyncio.wait([task])
        log.push(task.cancelled())
      }
    }
    await run(main())

    expect(log).toEqual([true, "block", true])
  })

  test("tells aexit that the coroutine is being closed", () => {
    const manager = {
      aenter: () => "value",
      aexit: (error?: unknown) => void log.push(nameAndMessage(error)),
    }
    const body = coroutine(function* body() {
      yield* asyncWith(manager, function* () {
        try {
          yield
        } finally {
          log.push("inner finally")
        }
      })
      log.push("NEVER")
    })
    const running = body()
    running.send(undefined)
    running.close()

    expect(log).toEqual(["inner finally", "GeneratorExit: the coroutine was closed"])
  })

  test("cannot be closed over an aexit that suspends", () => {
    const manager = { aenter: () => "value", aexit: () => sleep(0, false) }
    const body = coroutine(function* body() {
      yield* asyncWith(manager, function* () {
        yield
      })
    })
    const running = body()
    running.send(undefined)

    expect(() => running.close()).toThrow("coroutine ignored GeneratorExit")
  })

  test("does not run until it is awaited", async () => {
    function* main() {
      const lazy = asyncWith(new Manager("a"), () => log.push("block"))
      log.push("made")
      yield* lazy
    }
    await run(main())

    expect(log).toEqual(["made", "enter a", "block", "exit a"])
  })

  test("can be awaited by native code", async () => {
    async function native() {
      return await asyncWith(new Manager("a"), async (name) => `native ${name}`)
    }
    function* main() {
      return yield* until(native())
    }

    expect(await run(main())).toBe("native a")
  })

  test.each<[what: string, value: unknown, text: string]>([
    ["a number", 5, "'number' object"],
    ["null", null, "'null' object"],
    ["undefined", undefined, "'undefined' object"],
    ["half a manager", { aenter() {} }, "'Object' object"],
    ["a function", () => {}, "'function' object"],
  ])("refuses %s", (_, value, text) => {
    const message = `${text} does not support the asynchronous context manager protocol: it has neither aenter() and`
    const withOf = asyncWith as (manager: unknown, block: () => void) => unknown

    expect(() => withOf(value, () => {})).toThrow(TypeError)
    expect(() => withOf(value, () => {})).toThrow(message)
  })

  test("refuses a block that is no function, before it enters", () => {
    const withOf = asyncWith as (manager: unknown, block: unknown) => unknown
    function* block() {}

    expect(() => withOf(new Manager("a"), block())).toThrow(TypeError)
    expect(log).toEqual([])
  })
})

describe("asyncWith over the platform's disposables", () => {
  const disposable = () => ({
    async [Symbol.asyncDispose]() {
      log.push("dispose begins")
      await Promise.resolve()
      log.push("disposed")
    },
  })

  test("gives the block the object itself, and waits for its end", async () => {
    const resource = disposable()
    function* main() {
      return yield* asyncWith(resource, (value) => value === resource)
    }

    expect([await run(main()), log]).toEqual([true, ["dispose begins", "disposed"]])
  })

  test("disposes after an error, which goes on", async () => {
    function* main() {
      return nameAndMessage(yield* errorOf(asyncWith(disposable(), fail("block"))))
    }

    expect([await run(main()), log]).toEqual(["ValueError: block", ["dispose begins", "disposed"]])
  })

  test("takes synchronous disposables", async () => {
    const resource = { [Symbol.dispose]: () => void log.push("disposed") }
    function* main() {
      yield* asyncWith(resource, () => log.push("block"))
    }
    await run(main())

    expect(log).toEqual(["block", "disposed"])
  })

  test("prefers asyncDispose to dispose, and aexit to both", async () => {
    const both = { ...disposable(), [Symbol.dispose]: () => void log.push("wrong") }
    const all = { ...both, aenter: () => "value", aexit: () => void log.push("exit") }
    function* main() {
      yield* asyncWith(both, () => {})
      yield* asyncWith(all, (value) => log.push(value))
    }
    await run(main())

    expect(log).toEqual(["dispose begins", "disposed", "value", "exit"])
  })

  test("swallows nothing, whatever the disposer gives", async () => {
    const resource = { [Symbol.dispose]: () => true as unknown as undefined }
    function* main() {
      return nameAndMessage(yield* errorOf(asyncWith(resource, fail("block"))))
    }

    expect(await run(main())).toBe("ValueError: block")
  })

  test("calls the disposer with its object as this, and not as an awaitable", async () => {
    // A task is an awaitable: the block must get the task, not its result.
    class Disposable extends asyncio.Future<string> {
      [Symbol.dispose]() {
        log.push(this instanceof Disposable)
      }
    }
    function* main() {
      const future = new Disposable()
      yield* asyncWith(future, (value) => log.push(value === future))
    }
    await run(main())

    expect(log).toEqual([true, true])
  })
})

/** An iterator that counts to `n`, writes down that it was closed, and has its own way to give an item. */
function counting<N>(n: number, next: (result: IteratorResult<number, undefined>) => N) {
  let i = 0
  const iterator = {
    next: () => next(i < n ? { done: false, value: ++i } : { done: true, value: undefined }),
    *return(): CoroutineGenerator<IteratorResult<number, undefined>> {
      yield* sleep(0)
      log.push("closed")
      return { done: true, value: undefined }
    },
  }
  return { [Symbol.asyncIterator]: () => iterator }
}

const inCoroutines = (n: number) =>
  counting(n, function* (result) {
    yield* sleep(1)
    return result
  })

async function* native(n: number) {
  try {
    for (let i = 1; i <= n; i++) yield i
  } finally {
    log.push("closed")
  }
}

describe("asyncFor", () => {
  test.each<[what: string, make: (n: number) => asyncio.AwaitableIterable<number>, atTheEnd: string[]]>([
    ["a native async generator", native, ["closed"]],
    ["an iterator of promises", (n) => counting(n, (result) => Promise.resolve(result)), []],
    ["an iterator of generators", inCoroutines, []],
    ["an iterator of coroutines", (n) => counting(n, (result) => sleep(1, result)), []],
    ["an iterator of futures", (n) => counting(n, (result) => createTask(sleep(1, result))), []],
  ])("runs its block for each item of %s", async (_, make, atTheEnd) => {
    function* main() {
      return yield* asyncFor(make(3), (item) => log.push(item))
    }

    expect(await run(main())).toBe(true)
    expect(log).toEqual([1, 2, 3, ...atTheEnd])
  })

  test.each<[what: string, make: (n: number) => asyncio.AwaitableIterable<number>]>([
    ["a native async generator", native],
    ["an iterator of generators", inCoroutines],
  ])("left by BREAK closes %s, and gives false", async (_, make) => {
    function* main() {
      const exhausted = yield* asyncFor(make(9), (item) => {
        log.push(item)
        return item === 2 ? BREAK : undefined
      })
      log.push(exhausted)
    }
    await run(main())

    expect(log).toEqual([1, 2, "closed", false])
  })

  test.each<[what: string, make: (n: number) => asyncio.AwaitableIterable<number>]>([
    ["a native async generator", native],
    ["an iterator of generators", inCoroutines],
  ])("left by an error closes %s, and passes the error on", async (_, make) => {
    function* main() {
      log.push(nameAndMessage(yield* errorOf(asyncFor(make(9), fail("block")))))
    }
    await run(main())

    expect(log).toEqual(["closed", "ValueError: block"])
  })

  test("left by a cancellation closes the iterator", async () => {
    function* body() {
      yield* asyncFor(inCoroutines(9), () => sleep(9))
    }
    function* main() {
      const task = createTask(body())
      yield* sleep(5)
      task.cancel()
      yield* asyncio.wait([task])
      log.push(task.cancelled())
    }
    await run(main())

    expect(log).toEqual(["closed", true])
  })

  test("does not close an iterator that has failed itself, or that was cancelled while it made its item", async () => {
    const iterable = counting(9, function* (): CoroutineGenerator<IteratorResult<number, undefined>> {
      yield* sleep(5)
      throw new ValueError("next")
    })
    function* body() {
      yield* asyncFor(iterable, () => log.push("NEVER"))
    }
    function* main() {
      log.push(nameAndMessage(yield* errorOf(body())))
      const task = createTask(body())
      yield* sleep(1)
      task.cancel("outside")
      log.push(nameAndMessage(yield* errorOf(task)))
    }
    await run(main())

    expect(log).toEqual(["ValueError: next", "CancelledError: outside"])
  })

  test("closes the iterator when the coroutine is closed", () => {
    const iterable = {
      [Symbol.asyncIterator]: () => ({
        *next(): CoroutineGenerator<IteratorResult<number, undefined>> {
          return { done: false, value: 1 }
        },
        *return(): CoroutineGenerator<IteratorResult<number, undefined>> {
          log.push("closed")
          return { done: true, value: undefined }
        },
      }),
    }
    const body = coroutine(function* body() {
      yield* asyncFor(iterable, function* () {
        yield
      })
    })
    const running = body()
    running.send(undefined)
    running.close()

    expect(log).toEqual(["closed"])
  })

  test("needs no return() of the iterator", async () => {
    let i = 0
    const endless = { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: ++i }) }) }
    function* main() {
      return yield* asyncFor(endless, (item) => (item === 3 ? BREAK : undefined))
    }

    expect([await run(main()), i]).toEqual([false, 3])
  })

  test("waits for its block before it asks for the next item", async () => {
    function* main() {
      yield* asyncFor(native(2), function* (item) {
        log.push(`${item} begins`)
        yield* sleep(1)
        log.push(`${item} ends`)
      })
      yield* asyncFor(native(1), async (item) => {
        await Promise.resolve()
        log.push(`promise ${item}`)
      })
    }
    await run(main())

    expect(log).toEqual(["1 begins", "1 ends", "2 begins", "2 ends", "closed", "promise 1", "closed"])
  })

  test("takes BREAK from a block that has to be waited for", async () => {
    function* main() {
      log.push(
        yield* asyncFor(native(9), function* () {
          yield* sleep(1)
          return BREAK
        }),
      )
      log.push(yield* asyncFor(native(9), async () => BREAK))
    }
    await run(main())

    expect(log).toEqual(["closed", false, "closed", false])
  })

  test("may be left and entered again with the same iterator, if that can be", async () => {
    function* main() {
      const tasks = [1, 2, 3].map((n) => createTask(sleep(n, n)))
      const completed = asyncio.asCompleted(tasks)
      yield* asyncFor(completed, (task) => {
        log.push(task.result())
        return BREAK
      })
      log.push("again")
      yield* asyncFor(completed, (task) => log.push(task.result()))
    }
    await run(main())

    expect(log).toEqual([1, "again", 2, 3])
  })

  test.each<[what: string, value: unknown, text: string]>([
    ["a list", [1], "got Array [1]"],
    ["a number", 5, "got number 5"],
    ["null", null, "got null null"],
    ["undefined", undefined, "got undefined undefined"],
  ])("refuses %s", (_, value, text) => {
    const forOf = asyncFor as (iterable: unknown, block: () => void) => unknown

    expect(() => forOf(value, () => {})).toThrow(
      new TypeError(`'async for' requires an object with [Symbol.asyncIterator]() method, ${text}`),
    )
  })
})

describe("anext", () => {
  test("gives the next item of an iterator, native or our own", async () => {
    function* main() {
      for (const iterator of [aiter(native(2)), aiter(inCoroutines(2))]) {
        log.push(yield* anext(iterator), yield* anext(iterator))
      }
    }
    await run(main())

    expect(log).toEqual([1, 2, 1, 2])
  })

  test("throws StopAsyncIteration when the iterator is exhausted", async () => {
    function* main() {
      return nameAndMessage(yield* errorOf(anext(aiter(inCoroutines(0)))))
    }

    expect(await run(main())).toBe(
      "StopAsyncIteration: the iterator is exhausted: pass a second argument to get that instead",
    )
  })

  test("gives its second argument instead, also if that is undefined", async () => {
    function* main() {
      const iterator = aiter(inCoroutines(1))
      return [
        yield* anext(iterator, "unused"),
        yield* anext(iterator, "default"),
        yield* anext(iterator, null),
        yield* anext(iterator, undefined),
      ]
    }

    expect(await run(main())).toEqual([1, "default", null, undefined])
  })

  test("passes the iterator's error on, whatever the second argument", async () => {
    async function* failing() {
      yield* []
      throw new ValueError("next")
    }
    function* main() {
      return nameAndMessage(yield* errorOf(anext(failing(), "default")))
    }

    expect(await run(main())).toBe("ValueError: next")
  })

  test("can be given up at a deadline", async () => {
    const slow = counting(1, (result) => sleep(9, result))
    function* main() {
      return (yield* errorOf(asyncio.waitFor(anext(aiter(slow)), 1))) instanceof asyncio.TimeoutError
    }

    expect(await run(main())).toBe(true)
  })

  test("refuses what is no iterator", () => {
    const nextOf = anext as (iterator: unknown) => unknown

    for (const [value, kind] of [
      [5, "number"],
      [[1], "Array"],
      [null, "null"],
    ] as const) {
      expect(() => nextOf(value)).toThrow(`'${kind}' object is not an async iterator`)
    }
  })
})

describe("aiter", () => {
  test("gives what [Symbol.asyncIterator]() gives, called on its object", () => {
    const iterable = {
      iterator: { next: async () => ({ done: true as const, value: undefined }) },
      [Symbol.asyncIterator]() {
        return this.iterator
      },
    }

    expect(aiter(iterable)).toBe(iterable.iterator)
  })

  test("refuses what is no async iterable", () => {
    const iterOf = aiter as (iterable: unknown) => unknown

    for (const [value, kind] of [
      [5, "number"],
      [[1], "Array"],
      [null, "null"],
    ] as const) {
      expect(() => iterOf(value)).toThrow(`'${kind}' object is not an async iterable`)
    }
  })
})

test("a cancellation is an error like any other to a block's own try", async () => {
  function* body() {
    try {
      yield* asyncWith(new Manager("a"), () => sleep(9))
    } catch (error) {
      log.push(error instanceof CancelledError)
      throw error
    }
  }
  function* main() {
    const task = createTask(body())
    yield* sleep(1)
    task.cancel()
    yield* asyncio.wait([task])
  }
  await run(main())

  expect(log).toEqual(["enter a", "exit a CancelledError:", true])
})

async function errorOfPromise(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  return undefined
}
