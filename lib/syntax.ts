/**
 * What Python has as syntax: `async with`, `async for`, and the functions `aiter` and `anext`.
 */
import { type Coroutine, GeneratorCoroutine } from "./coroutines.js"
import { GeneratorExit, StopAsyncIteration } from "./exceptions.js"
import { repr, typeName } from "./format-helpers.js"
import type { Awaitable, AwaitableOrPromise, CoroutineGenerator, ResultOf } from "./futures.js"
import { _asAwaitable, isWaitable } from "./tasks.js"

/** Something that may have to be waited for. */
type Maybe<T> = T | AwaitableOrPromise<T>

/**
 * A context manager in asyncio's style: {@link asyncWith} calls `aenter()`, runs the block with what it gives, and calls
 * `aexit(error?)`, which swallows the error by giving true.
 */
export interface AsyncContextManager<T> {
  aenter(): Maybe<T>
  // biome-ignore lint/suspicious/noConfusingVoidType: an aexit() without a return is the common case.
  aexit(error?: unknown): Maybe<boolean | undefined | void>
}

/** What {@link asyncWith} takes as well: the platform's own disposables. The block gets the object itself. */
export interface PlatformDisposable {
  [Symbol.asyncDispose]?(): PromiseLike<void>
  [Symbol.dispose]?(): void
}

/** What a block gives: awaitables and promises are waited for. */
export type BlockResult<R> = R extends string | readonly unknown[]
  ? R
  : R extends Awaitable<unknown> | PromiseLike<unknown>
    ? ResultOf<R>
    : R

/**
 * Python's `async with`: enters `manager`, runs `block` with what that gave, and leaves the manager however the block ends.
 *
 * The manager is told the error; if `aexit` gives true the error is swallowed and the result is `undefined`. A cancellation
 * is an error like others here.
 *
 * @throws {TypeError} if `manager` is no context manager.
 *
 * ```ts run
 * const manager = { aenter: () => "value", aexit: () => true }
 * yield* asyncio.asyncWith(manager, function* (value) {
 *   return value.toUpperCase()
 * }) // => "VALUE"
 * ```
 */
export function asyncWith<M extends AsyncContextManager<unknown>, R>(
  manager: M,
  block: (value: BlockResult<ReturnType<M["aenter"]>>) => R,
): Coroutine<BlockResult<R>>
export function asyncWith<M extends PlatformDisposable, R>(
  manager: M,
  block: (value: M) => R,
): Coroutine<BlockResult<R>>
export function asyncWith(manager: object, block: (value: never) => unknown): Coroutine<unknown> {
  checkBlock("asyncWith", block)
  return new GeneratorCoroutine(withBody(managerOf(manager), block as (value: unknown) => unknown), "asyncWith")
}

function checkBlock(caller: string, block: unknown): void {
  if (typeof block === "function") return
  throw new TypeError(
    `${caller}() takes a function as its block, got ${repr(block)}: write function* () { … }, without a call`,
  )
}

function* withBody(
  manager: AsyncContextManager<unknown>,
  block: (value: unknown) => unknown,
): CoroutineGenerator<unknown> {
  const value = yield* settle(manager.aenter())
  let result: unknown
  // Whether the block has ended by itself; a close() from outside runs only `finally`.
  let ended = false
  let left = false
  try {
    result = yield* settle(block(value))
    ended = true
  } catch (error) {
    left = true
    if ((yield* settle(manager.aexit(error))) === true) return undefined
    throw error
  } finally {
    if (!ended && !left) yield* settle(manager.aexit(new GeneratorExit("the coroutine was closed")))
  }
  yield* settle(manager.aexit())
  return result
}

function managerOf(manager: unknown): AsyncContextManager<unknown> {
  const candidate = manager as Partial<AsyncContextManager<unknown>> & PlatformDisposable
  if (typeof candidate?.aenter === "function" && typeof candidate.aexit === "function") {
    return candidate as AsyncContextManager<unknown>
  }
  // WebKit has neither symbol.
  const dispose = disposer(candidate, Symbol.asyncDispose) ?? disposer(candidate, Symbol.dispose)
  if (dispose === undefined) {
    throw new TypeError(
      `'${typeName(manager)}' object does not support the asynchronous context manager protocol: it has neither aenter() ` +
        `and aexit() nor [Symbol.asyncDispose]() or [Symbol.dispose](), got ${repr(manager)}`,
    )
  }
  return {
    // A generator, so that a manager that is an awaitable itself is not awaited.
    *aenter() {
      return manager
    },
    // What a disposer gives says nothing about the error.
    *aexit() {
      yield* settle(dispose())
      return undefined
    },
  }
}

function disposer(manager: object, symbol: symbol | undefined): (() => unknown) | undefined {
  if (symbol === undefined || manager === null || manager === undefined) return undefined
  const method = (manager as Record<symbol, unknown>)[symbol]
  return typeof method === "function" ? () => method.call(manager) : undefined
}

/** Waits for what can be waited for; anything else is the value itself. */
function* settle(value: unknown): CoroutineGenerator<unknown> {
  if (isWaitable(value)) return yield* _asAwaitable(value)
  return value
}

/** A block of {@link asyncFor} returns this to leave the loop: Python's `break`. */
export const BREAK: unique symbol = /* @__PURE__ */ Symbol("asyncio.BREAK")

/** An iterator whose `next()` gives an awaitable or a promise. The platform's async iterators are such. */
export interface AwaitableIterator<T> {
  next(): AwaitableOrPromise<IteratorResult<T, unknown>>
  return?(value?: unknown): AwaitableOrPromise<IteratorResult<T, unknown>>
}

/** What {@link asyncFor} iterates. */
export interface AwaitableIterable<T> {
  [Symbol.asyncIterator](): AwaitableIterator<T>
}

/**
 * Python's `async for`: runs `block` for each item, one after the other; a block that returns {@link BREAK} ends it.
 *
 * Gives true if the iterable was exhausted (Python's `else`), false after a break. A loop that is left early closes the
 * iterator, as the platform's `for await` does.
 *
 * @throws {TypeError} if `iterable` has no `[Symbol.asyncIterator]()`.
 *
 * ```ts run
 * async function* numbers() {
 *   yield 1
 *   yield 2
 * }
 * const seen: number[] = []
 * yield* asyncio.asyncFor(numbers(), function* (n) {
 *   seen.push(n)
 * }) // => true
 * seen // => [1, 2]
 * ```
 */
export function asyncFor<T>(iterable: AwaitableIterable<T>, block: (item: T) => unknown): Coroutine<boolean> {
  checkBlock("asyncFor", block)
  const what = `'async for' requires an object with [Symbol.asyncIterator]() method, got ${typeName(iterable)}`
  return new GeneratorCoroutine(forBody(iteratorOf(iterable, what), block), "asyncFor")
}

function* forBody<T>(iterator: AwaitableIterator<T>, block: (item: T) => unknown): CoroutineGenerator<boolean> {
  let exhausted = false
  let failed = false
  try {
    for (;;) {
      let step: IteratorResult<T, unknown>
      try {
        step = yield* _asAwaitable(iterator.next())
      } catch (error) {
        // The iterator itself has failed: there is nothing to close.
        failed = true
        throw error
      }
      if (step.done === true) {
        exhausted = true
        return true
      }
      if ((yield* settle(block(step.value))) === BREAK) return false
    }
  } finally {
    if (!exhausted && !failed && iterator.return !== undefined) yield* _asAwaitable(iterator.return())
  }
}

/**
 * The iterator of an async iterable.
 *
 * @throws {TypeError} if it has no `[Symbol.asyncIterator]()`.
 * @see CPython `aiter`
 */
export function aiter<T>(iterable: AwaitableIterable<T>): AwaitableIterator<T> {
  return iteratorOf(
    iterable,
    `'${typeName(iterable)}' object is not an async iterable: it has no [Symbol.asyncIterator](), got`,
  )
}

function iteratorOf<T>(iterable: AwaitableIterable<T>, complaint: string): AwaitableIterator<T> {
  const method = (iterable as Partial<AwaitableIterable<T>> | null | undefined)?.[Symbol.asyncIterator]
  if (typeof method !== "function") throw new TypeError(`${complaint} ${repr(iterable)}`)
  return method.call(iterable)
}

/**
 * The next item of an async iterator.
 *
 * @param fallback what to give when it is exhausted.
 * @throws {StopAsyncIteration} if it is exhausted and there is no fallback.
 * @see CPython `anext`
 */
export function anext<T, D = never>(iterator: AwaitableIterator<T>, ...fallback: [fallback?: D]): Coroutine<T | D> {
  if (typeof (iterator as Partial<AwaitableIterator<T>> | null | undefined)?.next !== "function") {
    throw new TypeError(
      `'${typeName(iterator)}' object is not an async iterator: it has no next(), got ${repr(iterator)}`,
    )
  }
  return new GeneratorCoroutine(nextBody(iterator, fallback), "anext")
}

function* nextBody<T, D>(iterator: AwaitableIterator<T>, fallback: [fallback?: D]): CoroutineGenerator<T | D> {
  const step = yield* _asAwaitable(iterator.next())
  if (step.done !== true) return step.value
  if (fallback.length > 0) return fallback[0] as D
  throw new StopAsyncIteration("the iterator is exhausted: pass a second argument to get that instead")
}
