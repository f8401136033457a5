// What waiting for several things gives.
import * as asyncio from "asyncio-web"
import { type Coroutine, createTask, type Future, getRunningLoop, sleep, type Task } from "asyncio-web"
import { describe, expectTypeOf, test } from "vitest"

function* fortyTwo() {
  yield* sleep(1)
  return 42
}

declare const promise: Promise<boolean>
declare const texts: Task<string>[]

describe("gather", () => {
  test("gives a tuple of what its arguments give", () => {
    const g = asyncio.gather(fortyTwo(), sleep(1, "text"), promise, getRunningLoop().createFuture<null>())
    expectTypeOf(g).toEqualTypeOf<Future<[number, string, boolean, null]>>()
    function* main() {
      const [n, text] = yield* g
      expectTypeOf(n).toEqualTypeOf<number>()
      expectTypeOf(text).toEqualTypeOf<string>()
    }
    expectTypeOf(main).toBeFunction()
  })

  test("gives a tuple for a list written out", () => {
    expectTypeOf(asyncio.gather([fortyTwo(), sleep(1, "text")])).toEqualTypeOf<Future<[number, string]>>()
    expectTypeOf(asyncio.gather([fortyTwo()], {})).toEqualTypeOf<Future<[number]>>()
    expectTypeOf(asyncio.gather([fortyTwo()], { returnExceptions: false })).toEqualTypeOf<Future<[number]>>()
  })

  test("gives an array for an array", () => {
    expectTypeOf(asyncio.gather(texts)).toEqualTypeOf<Future<string[]>>()
    expectTypeOf(asyncio.gather(...texts)).toEqualTypeOf<Future<string[]>>()
    expectTypeOf(asyncio.gather(fortyTwo(), ...texts)).toEqualTypeOf<Future<[number, ...string[]]>>()
    expectTypeOf(asyncio.gather([1, 2].map((n) => sleep(1, n)))).toEqualTypeOf<Future<number[]>>()
  })

  test("of nothing gives nothing", () => {
    expectTypeOf(asyncio.gather()).toEqualTypeOf<Future<[]>>()
    expectTypeOf(asyncio.gather([])).toEqualTypeOf<Future<[]>>()
  })

  test("with returnExceptions gives results or errors", () => {
    const g = asyncio.gather([fortyTwo(), sleep(1, "text")], { returnExceptions: true })
    expectTypeOf(g).toEqualTypeOf<Future<[number | Error, string | Error]>>()
    expectTypeOf(asyncio.gather(texts, { returnExceptions: true })).toEqualTypeOf<Future<(string | Error)[]>>()
  })

  test("may nest", () => {
    expectTypeOf(asyncio.gather(asyncio.gather(fortyTwo()), fortyTwo())).toEqualTypeOf<Future<[[number], number]>>()
  })

  test("takes awaitables only", () => {
    // @ts-expect-error: a number
    asyncio.gather(fortyTwo(), 5)
    // @ts-expect-error: the function, not called
    asyncio.gather(fortyTwo)
    // @ts-expect-error: a string
    asyncio.gather("text")
    // @ts-expect-error: options go behind a list
    asyncio.gather(fortyTwo(), { returnExceptions: true })
  })
})

describe("wait", () => {
  test("gives two sets of what it was given", () => {
    function* main() {
      const [done, pending] = yield* asyncio.wait(texts, { timeout: 1, returnWhen: asyncio.FIRST_COMPLETED })
      expectTypeOf(done).toEqualTypeOf<Set<Task<string>>>()
      expectTypeOf(pending).toEqualTypeOf<Set<Task<string>>>()
      const mixed = yield* asyncio.wait([createTask(fortyTwo()), getRunningLoop().createFuture<string>()])
      expectTypeOf(mixed).toEqualTypeOf<
        [done: Set<Task<number> | Future<string>>, pending: Set<Task<number> | Future<string>>]
      >()
      expectTypeOf(yield* asyncio.wait(done)).toEqualTypeOf<[done: Set<Task<string>>, pending: Set<Task<string>>]>()
    }
    expectTypeOf(main).toBeFunction()
  })

  test("takes tasks and futures only, and known modes", () => {
    // @ts-expect-error: coroutines
    asyncio.wait([fortyTwo()])
    // @ts-expect-error: promises
    asyncio.wait([promise])
    // @ts-expect-error: unknown mode
    asyncio.wait(texts, { returnWhen: "SOMETIME" })
    for (const returnWhen of [asyncio.FIRST_COMPLETED, asyncio.FIRST_EXCEPTION, asyncio.ALL_COMPLETED]) {
      expectTypeOf(returnWhen).toEqualTypeOf<asyncio.ReturnWhen>()
    }
  })
})

describe("waitFor and shield", () => {
  test("give what they wait for", () => {
    expectTypeOf(asyncio.waitFor(fortyTwo(), 1)).toEqualTypeOf<Coroutine<number>>()
    expectTypeOf(asyncio.waitFor(promise, null)).toEqualTypeOf<Coroutine<boolean>>()
    expectTypeOf(asyncio.shield(fortyTwo())).toEqualTypeOf<Future<number>>()
    expectTypeOf(asyncio.shield(promise)).toEqualTypeOf<Future<boolean>>()
    // @ts-expect-error: seconds as a number
    asyncio.waitFor(fortyTwo(), "1")
    // @ts-expect-error: no awaitable
    asyncio.waitFor(5, 1)
    // @ts-expect-error: no awaitable
    asyncio.shield(5)
  })
})

describe("asCompleted", () => {
  test("yields coroutines, or futures to async iteration", () => {
    function* main() {
      for (const next of asyncio.asCompleted([fortyTwo(), fortyTwo()])) {
        expectTypeOf(next).toEqualTypeOf<Coroutine<number>>()
        expectTypeOf(yield* next).toEqualTypeOf<number>()
      }
      yield* asyncio.asyncFor(asyncio.asCompleted(texts), (future) => {
        expectTypeOf(future).toEqualTypeOf<Future<string>>()
      })
      for (const next of asyncio.asCompleted([promise, sleep(1, true)]))
        expectTypeOf(yield* next).toEqualTypeOf<boolean>()
    }
    async function native() {
      for await (const future of asyncio.asCompleted(texts)) expectTypeOf(future).toEqualTypeOf<Future<string>>()
    }
    expectTypeOf(main).toBeFunction()
    expectTypeOf(native).toBeFunction()
  })
})

describe("ensureFuture", () => {
  test("gives futures and tasks as they are, and a future for the rest", () => {
    expectTypeOf(asyncio.ensureFuture(createTask(fortyTwo()))).toEqualTypeOf<Task<number>>()
    expectTypeOf(asyncio.ensureFuture(fortyTwo())).toEqualTypeOf<Future<number>>()
    expectTypeOf(asyncio.ensureFuture(promise)).toEqualTypeOf<Future<boolean>>()
  })
})
