// What blocks are given, and what they give.
import * as asyncio from "asyncio-web"
import { anext, asyncFor, asyncWith, BREAK, type Coroutine, type Future, getRunningLoop, sleep } from "asyncio-web"
import { describe, expectTypeOf, test } from "vitest"

declare const numbers: AsyncGenerator<number, string, void>

class Manager {
  *aenter() {
    yield* sleep(1)
    return { id: 1 }
  }
  *aexit() {
    yield* sleep(1)
  }
}

describe("asyncWith", () => {
  test("gives its block what the manager gives, waited for", () => {
    asyncWith(new Manager(), (value) => expectTypeOf(value).toEqualTypeOf<{ id: number }>())
    asyncWith({ aenter: () => 1, aexit() {} }, (value) => expectTypeOf(value).toEqualTypeOf<number>())
    asyncWith({ aenter: () => "text", aexit() {} }, (value) => expectTypeOf(value).toEqualTypeOf<string>())
    asyncWith({ aenter: () => [1], aexit() {} }, (value) => expectTypeOf(value).toEqualTypeOf<number[]>())
    asyncWith({ aenter: async () => "text", async aexit() {} }, (value) => expectTypeOf(value).toEqualTypeOf<string>())
    asyncWith({ aenter: () => sleep(1, 2), aexit: () => sleep(1, true) }, (v) =>
      expectTypeOf(v).toEqualTypeOf<number>(),
    )
    asyncWith(asyncio.timeout(1), (value) => expectTypeOf(value).toEqualTypeOf<asyncio.Timeout>())
  })

  test("gives its block a disposable itself", () => {
    const resource = { async [Symbol.asyncDispose]() {}, name: "x" }
    asyncWith(resource, (value) => expectTypeOf(value.name).toEqualTypeOf<string>())
    asyncWith({ [Symbol.dispose]() {}, id: 1 }, (value) => expectTypeOf(value.id).toEqualTypeOf<number>())
  })

  test("gives what its block gives, waited for", () => {
    const t = asyncio.timeout(1)
    expectTypeOf(asyncWith(t, () => 1)).toEqualTypeOf<Coroutine<number>>()
    expectTypeOf(asyncWith(t, () => "text")).toEqualTypeOf<Coroutine<string>>()
    expectTypeOf(asyncWith(t, () => ["list"])).toEqualTypeOf<Coroutine<string[]>>()
    expectTypeOf(asyncWith(t, async () => 1)).toEqualTypeOf<Coroutine<number>>()
    expectTypeOf(asyncWith(t, () => sleep(1, true))).toEqualTypeOf<Coroutine<boolean>>()
    expectTypeOf(asyncWith(t, () => getRunningLoop().createFuture<1>())).toEqualTypeOf<Coroutine<1>>()
    const block = asyncWith(t, function* () {
      yield* sleep(1)
      return { a: 1 }
    })
    expectTypeOf(block).toEqualTypeOf<Coroutine<{ a: number }>>()
    expectTypeOf(asyncWith(t, function* () {})).toEqualTypeOf<Coroutine<void>>()
  })

  test("takes managers and functions only", () => {
    // @ts-expect-error: a number
    asyncWith(5, () => {})
    // @ts-expect-error: half a manager
    asyncWith({ aenter() {} }, () => {})
    // @ts-expect-error: no function
    asyncWith(asyncio.timeout(1), 5)
  })
})

describe("asyncFor", () => {
  test("gives its block the items, and says whether they were exhausted", () => {
    expectTypeOf(asyncFor(numbers, (n) => expectTypeOf(n).toEqualTypeOf<number>())).toEqualTypeOf<Coroutine<boolean>>()
    asyncFor(numbers, function* (n) {
      expectTypeOf(n).toEqualTypeOf<number>()
      yield* sleep(1)
      return BREAK
    })
    const own = {
      [Symbol.asyncIterator]: () => ({
        *next(): asyncio.CoroutineGenerator<IteratorResult<string, undefined>> {
          return { done: true, value: undefined }
        },
      }),
    }
    asyncFor(own, (text) => expectTypeOf(text).toEqualTypeOf<string>())
    // @ts-expect-error: iterable, but not async
    asyncFor([1], () => {})
  })
})

describe("aiter and anext", () => {
  test("give items, and the default", () => {
    function* main() {
      expectTypeOf(yield* anext(numbers)).toEqualTypeOf<number>()
      expectTypeOf(yield* anext(numbers, null)).toEqualTypeOf<number | null>()
      expectTypeOf(yield* anext(numbers, undefined)).toEqualTypeOf<number | undefined>()
      expectTypeOf(yield* anext(asyncio.aiter(numbers), "none")).toEqualTypeOf<number | string>()
      const completed = asyncio.aiter(asyncio.asCompleted([sleep(1, "x")]))
      expectTypeOf(yield* anext(completed)).toEqualTypeOf<Future<string>>()
    }
    expectTypeOf(main).toBeFunction()
    // @ts-expect-error: iterable, but not async
    asyncio.aiter([1])
  })
})
