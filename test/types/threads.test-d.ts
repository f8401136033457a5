import { expectTypeOf, test } from "vitest"
import type { ConcurrentFuture } from "../../lib/concurrent-futures.js"
import type { Coroutine } from "../../lib/coroutines.js"
import { toThread } from "../../lib/threads.js"
import { WorkerPoolExecutor } from "../../lib/worker-pool.js"
import { threads } from "../../worker/index.js"

declare const start: () => Worker
declare function fib(n: number): number
declare function load(url: string, ...rest: number[]): Promise<Uint8Array>
declare function identity<T>(value: T): T
declare function count(limit: number): Generator<string, boolean, void>
declare class OutOfRange extends Error {
  constructor(limit: number)
}

test("toThread takes the function's arguments and gives its result", () => {
  expectTypeOf(toThread(fib, 35)).toEqualTypeOf<Coroutine<number>>()
  expectTypeOf(toThread(identity, "x")).toEqualTypeOf<Coroutine<string>>()

  // @ts-expect-error: a string is no number.
  toThread(fib, "x")
  // @ts-expect-error: an argument is missing.
  toThread(fib)
  // @ts-expect-error: there is one too many.
  toThread(fib, 1, 2)
  // @ts-expect-error: of the rest, too.
  toThread(load, "url", "x")
})

test("promises and generators are unwrapped", () => {
  expectTypeOf(toThread(load, "url", 1, 2)).toEqualTypeOf<Coroutine<Uint8Array>>()
  expectTypeOf(toThread(count, 3)).toEqualTypeOf<Coroutine<boolean>>()
})

test("a pool gives the same", () => {
  const pool = new WorkerPoolExecutor()

  expectTypeOf(pool.submit(load, "url")).toEqualTypeOf<ConcurrentFuture<Uint8Array>>()
  expectTypeOf(pool.map(fib, [1, 2])).toExtend<AsyncIterable<number>>()
  // @ts-expect-error: items of the wrong kind.
  pool.map(fib, ["x"])
})

test("threads gives its functions as they are", () => {
  const members = { fib, OutOfRange }

  expectTypeOf(threads(members, start)).toEqualTypeOf<typeof members>()
  // @ts-expect-error: neither a function nor an error class.
  threads({ limit: 5 }, start)
})
