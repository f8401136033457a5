// What `yield*` gives, and what may stand behind it.
import * as asyncio from "asyncio-web"
import {
  type Coroutine,
  type CoroutineGenerator,
  coroutine,
  createTask,
  type Future,
  getRunningLoop,
  sleep,
  type Task,
  until,
} from "asyncio-web"
import { describe, expectTypeOf, test } from "vitest"

function* fortyTwo() {
  yield* sleep(1)
  return 42
}

const double = coroutine(function* double(n: number) {
  yield* sleep(1)
  return 2 * n
})

const identity = coroutine(function* identity<T>(value: T) {
  yield* sleep(1)
  return value
})

declare const promise: Promise<string>

describe("yield*", () => {
  test("gives what a generator returns", () => {
    function* main() {
      expectTypeOf(yield* fortyTwo()).toEqualTypeOf<number>()
    }
    expectTypeOf(main()).toExtend<CoroutineGenerator<void>>()
  })

  test("gives the result of a future and of a task", () => {
    function* main() {
      expectTypeOf(yield* getRunningLoop().createFuture<string>()).toEqualTypeOf<string>()
      expectTypeOf(yield* createTask(fortyTwo())).toEqualTypeOf<number>()
      expectTypeOf(yield* createTask(double(1))).toEqualTypeOf<number>()
      expectTypeOf(yield* asyncio.ensureFuture(promise)).toEqualTypeOf<string>()
    }
    expectTypeOf(main).toBeFunction()
  })

  test("gives what a coroutine returns", () => {
    function* main() {
      expectTypeOf(yield* double(21)).toEqualTypeOf<number>()
      expectTypeOf(yield* identity("text")).toEqualTypeOf<string>()
      expectTypeOf(yield* identity({ a: 1 })).toEqualTypeOf<{ a: number }>()
    }
    expectTypeOf(main).toBeFunction()
  })

  test("gives the result that sleep was given", () => {
    function* main() {
      expectTypeOf(yield* sleep(1)).toEqualTypeOf<void>()
      expectTypeOf(yield* sleep(1, "rested")).toEqualTypeOf<string>()
      expectTypeOf(yield* sleep(1, { a: 1 })).toEqualTypeOf<{ a: number }>()
    }
    expectTypeOf(main).toBeFunction()
  })

  test("gives what a promise is fulfilled with, through until", () => {
    function* main() {
      expectTypeOf(yield* until(promise)).toEqualTypeOf<string>()
      expectTypeOf(yield* until((signal) => fetch("x", { signal }))).toEqualTypeOf<Response>()
      expectTypeOf(yield* until(async () => 1)).toEqualTypeOf<number>()
    }
    expectTypeOf(main).toBeFunction()
  })

  test("gives what an awaitable of one's own returns", () => {
    class Own implements asyncio.Awaitable<string> {
      *[Symbol.iterator](): CoroutineGenerator<string> {
        yield
        return "own"
      }
    }
    function* main() {
      expectTypeOf(yield* new Own()).toEqualTypeOf<string>()
    }
    expectTypeOf(main).toBeFunction()
    expectTypeOf<asyncio.ResultOf<Own>>().toEqualTypeOf<string>()
  })

  test("through several coroutines needs no annotation", () => {
    function* inner() {
      return yield* double(1)
    }
    function* outer() {
      const a = yield* inner()
      const b = yield* createTask(inner())
      return [a, b] as const
    }
    function* main() {
      expectTypeOf(yield* outer()).toEqualTypeOf<readonly [number, number]>()
    }
    expectTypeOf(main).toBeFunction()
  })
})

describe("ResultOf", () => {
  test("is what awaiting gives", () => {
    expectTypeOf<asyncio.ResultOf<Future<1>>>().toEqualTypeOf<1>()
    expectTypeOf<asyncio.ResultOf<Task<1>>>().toEqualTypeOf<1>()
    expectTypeOf<asyncio.ResultOf<Coroutine<1>>>().toEqualTypeOf<1>()
    expectTypeOf<asyncio.ResultOf<CoroutineGenerator<1>>>().toEqualTypeOf<1>()
    expectTypeOf<asyncio.ResultOf<Promise<1>>>().toEqualTypeOf<1>()
  })
})

describe("native code", () => {
  test("awaits futures, tasks and coroutines", async () => {
    async function native() {
      expectTypeOf(await getRunningLoop().createFuture<string>()).toEqualTypeOf<string>()
      expectTypeOf(await createTask(fortyTwo())).toEqualTypeOf<number>()
      expectTypeOf(await double(1)).toEqualTypeOf<number>()
      expectTypeOf(await sleep(1, "x")).toEqualTypeOf<string>()
      expectTypeOf(await Promise.all([createTask(fortyTwo()), sleep(1, "x")])).toEqualTypeOf<[number, string]>()
    }
    expectTypeOf(native).returns.toEqualTypeOf<Promise<void>>()
  })

  test("gets from run() what main returns", () => {
    expectTypeOf(asyncio.run(fortyTwo())).toEqualTypeOf<Promise<number>>()
    expectTypeOf(asyncio.run(double(1))).toEqualTypeOf<Promise<number>>()
    expectTypeOf(asyncio.run(promise)).toEqualTypeOf<Promise<string>>()
    expectTypeOf(asyncio.run(fortyTwo(), { debug: true })).toEqualTypeOf<Promise<number>>()
    expectTypeOf(new asyncio.Runner().run(fortyTwo())).toEqualTypeOf<Promise<number>>()
    expectTypeOf(getRunningLoop().runUntilComplete(fortyTwo())).toEqualTypeOf<Promise<number>>()
  })
})

describe("a raw yield", () => {
  test("of nothing is fine: one turn of the loop", () => {
    function* bare() {
      yield
      return 1
    }
    expectTypeOf(createTask(bare())).toEqualTypeOf<Task<number>>()
    expectTypeOf(asyncio.run(bare())).toEqualTypeOf<Promise<number>>()
    expectTypeOf(asyncio.gather(bare())).toEqualTypeOf<Future<[number]>>()
  })

  test("of a future is refused wherever a coroutine goes", () => {
    function* raw() {
      yield getRunningLoop().createFuture<string>()
    }
    // @ts-expect-error: yield instead of yield*
    createTask(raw())
    // @ts-expect-error: yield instead of yield*
    asyncio.run(raw())
    // @ts-expect-error: yield instead of yield*
    asyncio.gather(raw(), sleep(1))
    // @ts-expect-error: yield instead of yield*
    asyncio.gather([raw()])
    // @ts-expect-error: yield instead of yield*
    asyncio.waitFor(raw(), 1)
    // @ts-expect-error: yield instead of yield*
    asyncio.shield(raw())
    // @ts-expect-error: yield instead of yield*
    asyncio.ensureFuture(raw())
    // @ts-expect-error: yield instead of yield*
    coroutine(raw)
  })

  test("of a promise is refused wherever a coroutine goes", () => {
    function* raw() {
      yield promise
    }
    // @ts-expect-error: yield instead of yield* until()
    createTask(raw())
    // @ts-expect-error: yield instead of yield* until()
    asyncio.run(raw())
    // @ts-expect-error: yield instead of yield* until()
    asyncio.gather(raw())
    // @ts-expect-error: yield instead of yield* until()
    coroutine(raw)
  })

  test("of a coroutine, a task or a value is refused", () => {
    function* rawCoroutine() {
      yield sleep(1)
    }
    function* rawTask() {
      yield createTask(fortyTwo())
    }
    function* rawValue() {
      yield 42
    }
    // @ts-expect-error: yield instead of yield*
    createTask(rawCoroutine())
    // @ts-expect-error: yield instead of yield*
    createTask(rawTask())
    // @ts-expect-error: a task takes no values
    createTask(rawValue())
  })

  test("among right ones is refused as well", () => {
    function* mixed() {
      yield* sleep(1)
      yield
      yield sleep(1)
      return 1
    }
    // @ts-expect-error: yield instead of yield*
    createTask(mixed())
    function* outer() {
      return yield* mixed()
    }
    // @ts-expect-error: the yield in mixed()
    createTask(outer())
  })
})

describe("createTask", () => {
  test("takes generators and coroutines only", () => {
    expectTypeOf(createTask(fortyTwo())).toEqualTypeOf<Task<number>>()
    expectTypeOf(createTask(double(1), { name: "n", eagerStart: true })).toEqualTypeOf<Task<number>>()
    // @ts-expect-error: the function, not called
    createTask(fortyTwo)
    // @ts-expect-error: a promise goes through until()
    createTask(promise)
    // @ts-expect-error: a task runs already
    createTask(createTask(fortyTwo()))
    // @ts-expect-error: no such option
    createTask(fortyTwo(), { nmae: "n" })
  })
})

describe("coroutine()", () => {
  test("keeps parameters, defaults and type parameters", () => {
    expectTypeOf(double).parameters.toEqualTypeOf<[n: number]>()
    expectTypeOf(double(1)).toEqualTypeOf<Coroutine<number>>()
    const optional = coroutine(function* (a: string, b?: number, ...rest: boolean[]) {
      yield
      return [a, b, rest] as const
    })
    expectTypeOf(optional).parameters.toEqualTypeOf<[a: string, b?: number | undefined, ...rest: boolean[]]>()
    expectTypeOf(identity<"x">).returns.toEqualTypeOf<Coroutine<"x">>()
    // @ts-expect-error: a string is no number
    double("1")
  })

  test("keeps this", () => {
    class Counter {
      count = 1
      next = coroutine(function* (this: Counter, by: number) {
        yield* sleep(1)
        return this.count + by
      })
    }
    function* main() {
      const counter = new Counter()
      expectTypeOf(yield* counter.next(1)).toEqualTypeOf<number>()
      const { next } = counter
      // @ts-expect-error: without its object
      yield* next(1)
    }
    expectTypeOf(main).toBeFunction()
  })

  test("wants a generator function", () => {
    // @ts-expect-error: an async function
    coroutine(async () => 1)
    // @ts-expect-error: a generator object
    coroutine(fortyTwo())
  })
})

describe("a future", () => {
  test("calls back with itself", () => {
    const future = getRunningLoop().createFuture<string>()
    future.addDoneCallback((done) => {
      expectTypeOf(done.result()).toEqualTypeOf<string>()
      expectTypeOf(done.exception()).toEqualTypeOf<unknown>()
    })
    createTask(fortyTwo()).addDoneCallback((task) => {
      expectTypeOf(task.getName()).toEqualTypeOf<string>()
      expectTypeOf(task.result()).toEqualTypeOf<number>()
    })
    // @ts-expect-error: of another result
    future.addDoneCallback((done: Future<number>) => done)
  })

  test("takes its result, and none only if it has none", () => {
    getRunningLoop().createFuture<string>().setResult("x")
    getRunningLoop().createFuture<void>().setResult()
    getRunningLoop().createFuture<string | undefined>().setResult()
    // @ts-expect-error: no result
    getRunningLoop().createFuture<string>().setResult()
    // @ts-expect-error: another type
    getRunningLoop().createFuture<string>().setResult(1)
  })

  test("takes an error or an error class", () => {
    const future = getRunningLoop().createFuture<string>()
    future.setException(new Error("x"))
    future.setException(asyncio.ValueError)
    // @ts-expect-error: no error
    future.setException("x")
  })
})

describe("isCoroutine and its kin", () => {
  test("narrow", () => {
    const value: unknown = undefined
    if (asyncio.isFuture(value)) expectTypeOf(value).toEqualTypeOf<Future<unknown>>()
    if (asyncio.isAwaitable(value)) expectTypeOf(value).toEqualTypeOf<asyncio.Awaitable<unknown>>()
    if (asyncio.isCoroutine(value))
      expectTypeOf(value).toEqualTypeOf<Coroutine<unknown> | CoroutineGenerator<unknown>>()
  })
})
