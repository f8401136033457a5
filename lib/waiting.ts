/**
 * Waiting for several things: all, some, the next, at most so long, whatever happens.
 *
 * @see CPython Lib/asyncio/tasks.py
 */
import type { EventLoop } from "./base-events.js"
import { _taskOf, type Coroutine, GeneratorCoroutine, isCoroutine } from "./coroutines.js"
import { _runningLoopFor, getEventLoop, type TimerHandle } from "./events.js"
import { CancelledError, TimeoutError, ValueError } from "./exceptions.js"
import { repr, typeName } from "./format-helpers.js"
import {
  type AwaitableOrPromise,
  type CoroutineGenerator,
  Flag,
  Future,
  isFuture,
  type ResultOf,
  State,
} from "./futures.js"
import { _asAwaitable, _checkDelay, ensureFuture, expected, isWaitable, type Task } from "./tasks.js"
import { Timeout } from "./timeouts.js"

/** {@link wait} returns when any future is done or cancelled. */
export const FIRST_COMPLETED = "FIRST_COMPLETED" as const
/** {@link wait} returns when any future has failed; a cancelled one does not count. */
export const FIRST_EXCEPTION = "FIRST_EXCEPTION" as const
/** {@link wait} returns when all futures are done. */
export const ALL_COMPLETED = "ALL_COMPLETED" as const

/** When {@link wait} returns. */
export type ReturnWhen = typeof FIRST_COMPLETED | typeof FIRST_EXCEPTION | typeof ALL_COMPLETED

type Inputs = readonly AwaitableOrPromise<unknown>[]

/** The results of several awaitables, in their order. */
export type Results<A extends Inputs> = { -readonly [K in keyof A]: ResultOf<A[K]> }

/** The same where errors stand among the results. */
export type Settled<A extends Inputs> = { -readonly [K in keyof A]: ResultOf<A[K]> | Error }

/** Options of {@link gather}. */
export interface GatherOptions {
  /** Let errors and cancellations of the awaitables stand among the results instead of failing. */
  returnExceptions?: boolean
}

/**
 * Runs awaitables concurrently; the future has the list of their results, in their order.
 *
 * The first error fails it at once, and the others go on. Cancelling it cancels them all. A promise among the awaitables is
 * waited for. What is given twice runs once and has its result twice.
 *
 * Differs from CPython: a list may be given as well, `gather([a, b], { returnExceptions: true })`.
 *
 * @throws {TypeError} if an argument is no awaitable.
 * @throws {RuntimeError} if there is no loop.
 * @see CPython `asyncio.gather`
 *
 * ```ts run
 * yield* asyncio.gather(asyncio.sleep(2, "slow"), asyncio.sleep(1, 7)) // => ["slow", 7]
 * ```
 */
export function gather<const A extends Inputs>(
  awaitables: A,
  options: GatherOptions & { returnExceptions: true },
): Future<Settled<A>>
export function gather<const A extends Inputs>(awaitables: A, options?: GatherOptions): Future<Results<A>>
export function gather<A extends Inputs>(...awaitables: A): Future<Results<A>>
export function gather(...args: unknown[]): Future<unknown[]> {
  const [first, options] = args
  if (Array.isArray(first)) return gatherAll(first, (options ?? {}) as GatherOptions)
  return gatherAll(args, {})
}

function gatherAll(awaitables: readonly unknown[], options: GatherOptions): Future<unknown[]> {
  if (awaitables.length === 0) {
    const empty = getEventLoop().createFuture<unknown[]>()
    empty.setResult([])
    return empty
  }
  const children = childrenOf(awaitables)
  return new GatheringFuture((children[0] as Future<unknown>)._loop, children, options.returnExceptions === true)
}

/**
 * The futures of one gathering: one for what is given several times.
 *
 * Coroutines and generators know their task. A flag on it tells, while we are here, that it is of this gathering: that is
 * cheaper than to keep book of all of them.
 */
function childrenOf(awaitables: readonly unknown[]): Future<unknown>[] {
  const others = new Map<unknown, Future<unknown>>()
  let options: { loop: EventLoop } | undefined
  const childOf = (awaitable: unknown): Future<unknown> => {
    // Refuses one of another loop.
    if (awaitable instanceof Future) return options === undefined ? awaitable : ensureFuture(awaitable, options)
    const isTasks = isCoroutine(awaitable)
    const known = isTasks ? (_taskOf(awaitable) as Task<unknown> | undefined) : others.get(awaitable)
    if (known !== undefined && (known._flags & Flag.GATHERED) !== 0) return known
    const child = isTasks
      ? (options?.loop ?? getEventLoop()).createTask(awaitable)
      : ensureFuture(awaitable as AwaitableOrPromise<unknown>, options)
    child._flags |= Flag.GATHERED | Flag.MAY_BE_LOST
    if (!isTasks) others.set(awaitable, child)
    return child
  }
  const children: Future<unknown>[] = []
  try {
    for (const awaitable of awaitables) {
      const child = childOf(awaitable)
      options ??= child._loop._futureOptions
      children.push(child)
    }
  } finally {
    for (const child of children) child._flags &= ~Flag.GATHERED
  }
  return children
}

/** What {@link gather} returns. */
class GatheringFuture extends Future<unknown[]> {
  readonly #children: readonly Future<unknown>[]
  readonly #returnExceptions: boolean
  #unfinished: number
  #cancelRequested = false

  constructor(loop: EventLoop, children: readonly Future<unknown>[], returnExceptions: boolean) {
    super(loop._futureOptions)
    this.#children = children
    this.#returnExceptions = returnExceptions
    // What stands there twice counts twice, and is heard of twice.
    this.#unfinished = children.length
    for (const child of children) if (!child.done()) child.addDoneCallback(this.#childDone)
    // Those that are done already need no turn of the loop, as in CPython.
    for (const child of children) if (child.done()) this.#childDone(child)
  }

  override get _kind(): string {
    return "GatheringFuture"
  }

  override cancel(message?: string): boolean {
    if (this.done()) return false
    let accepted = false
    for (const child of this.#children) accepted = child.cancel(message) || accepted
    // The future itself ends when the children have: they may refuse.
    if (accepted) this.#cancelRequested = true
    return accepted
  }

  #childDone = (child: Future<unknown>): void => {
    this.#unfinished--
    if (this.done()) {
      // A later error among several is consumed, as in CPython.
      if (!child.cancelled()) child._seen()
      return
    }
    if (!this.#returnExceptions) {
      if (child._state === State.CANCELLED) {
        // An exception, not a cancellation: the gathering was not cancelled.
        this._fail(child._makeCancelledError())
        return
      }
      if (child._state === State.FAILED) {
        child._seen()
        this._fail(child._value)
        return
      }
    }
    if (this.#unfinished === 0) this.#finish()
  }

  #finish(): void {
    const results = this.#children.map((child) => {
      if (child._state === State.CANCELLED) return new CancelledError(child._cancelMessage ?? "")
      if (child._state === State.FAILED) child._seen()
      return child._value
    })
    if (this.#cancelRequested) this._fail(this.#children.at(-1)?._makeCancelledError())
    else this.setResult(results)
  }
}

/**
 * Waits for futures and tasks, and returns two sets: those that are done and those that are pending.
 *
 * It does not throw their errors and does not cancel them: not at the timeout, nor when the wait itself is cancelled.
 *
 * @param options.timeout seconds to wait at the most; for ever if not given.
 * @param options.returnWhen ALL_COMPLETED if not given.
 * @throws {ValueError} if there is nothing to wait for, or `returnWhen` is unknown.
 * @throws {TypeError} for coroutines: make tasks of them first.
 * @see CPython `asyncio.wait`
 *
 * ```ts run
 * const tasks = [asyncio.createTask(asyncio.sleep(1)), asyncio.createTask(asyncio.sleep(5))]
 * const [done, pending] = yield* asyncio.wait(tasks, { timeout: 2 })
 * done.size // => 1
 * pending.size // => 1
 * ```
 */
export function wait<F extends Future<unknown>>(
  futures: Iterable<F>,
  options: WaitOptions = {},
): Coroutine<[done: Set<F>, pending: Set<F>]> {
  return new GeneratorCoroutine(waitBody(futures, options), "wait")
}

function kindOf(awaitable: unknown): string {
  return isCoroutine(awaitable) ? "coroutine" : typeName(awaitable)
}

/** Options of {@link wait}. */
export interface WaitOptions {
  /** Seconds to wait at the most; for ever if not given. */
  timeout?: number | null | undefined
  /** ALL_COMPLETED if not given. */
  returnWhen?: ReturnWhen | undefined
}

function* waitBody<F extends Future<unknown>>(
  futures: Iterable<F>,
  options: WaitOptions,
): CoroutineGenerator<[done: Set<F>, pending: Set<F>]> {
  if (isFuture(futures) || isCoroutine(futures)) {
    throw new TypeError(`expect a list of futures, not ${kindOf(futures)}: write wait([task])`)
  }
  if (typeof (futures as Iterable<F> | undefined)?.[Symbol.iterator] !== "function") {
    throw new TypeError(`'${typeName(futures)}' object is not iterable: wait() takes a list of tasks or futures`)
  }
  const all = new Set(futures)
  if (all.size === 0) throw new ValueError("Set of Tasks/Futures is empty.")
  const { returnWhen = ALL_COMPLETED } = options
  const delay = options.timeout ?? undefined
  if (returnWhen !== FIRST_COMPLETED && returnWhen !== FIRST_EXCEPTION && returnWhen !== ALL_COMPLETED) {
    throw new ValueError(
      `Invalid return_when value: ${returnWhen}. It is FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED`,
    )
  }
  for (const future of all) {
    if (isFuture(future)) continue
    if (isCoroutine(future)) throw new TypeError("Passing coroutines is forbidden, use tasks explicitly.")
    throw new TypeError(`An asyncio.Future is required, got ${repr(future)}: wait() takes tasks and futures`)
  }
  const loop = _runningLoopFor("wait")
  if (delay !== undefined) _checkDelay("wait", delay, loop)
  yield* waitForAny(loop, all, delay, returnWhen)
  const done = new Set<F>()
  const pending = new Set<F>()
  for (const future of all) (future.done() ? done : pending).add(future)
  return [done, pending]
}

function* waitForAny(
  loop: EventLoop,
  futures: ReadonlySet<Future<unknown>>,
  delay: number | undefined,
  returnWhen: ReturnWhen,
): CoroutineGenerator<void> {
  const waiter = loop.createFuture<void>()
  const release = () => {
    if (!waiter.done()) waiter.setResult()
  }
  const timer = delay === undefined ? undefined : loop.callLater(delay, release)
  let left = futures.size
  const completed = (future: Future<unknown>) => {
    left--
    const trips =
      left <= 0 ||
      returnWhen === FIRST_COMPLETED ||
      (returnWhen === FIRST_EXCEPTION && !future.cancelled() && future.exception() !== null)
    if (!trips) return
    timer?.cancel()
    release()
  }
  for (const future of futures) future.addDoneCallback(completed)
  try {
    yield* waiter
  } finally {
    timer?.cancel()
    for (const future of futures) future.removeDoneCallback(completed)
  }
}

/**
 * Waits for `awaitable`, `delay` seconds at the most.
 *
 * At the deadline it cancels the awaitable, waits until that has really ended, and throws; if the awaitable swallows the
 * cancellation and returns, its value is returned. A coroutine runs in the caller's own task. Zero or less does not start a
 * coroutine at all.
 *
 * @param delay seconds; `undefined` or `null` waits for ever.
 * @throws {TimeoutError} at the deadline, with the CancelledError as its `cause`.
 * @see CPython `asyncio.wait_for`
 *
 * ```ts run
 * yield* asyncio.waitFor(asyncio.sleep(5), 1) // throws TimeoutError
 * ```
 */
export function waitFor<T>(awaitable: AwaitableOrPromise<T>, delay: number | null | undefined): Coroutine<T> {
  return new GeneratorCoroutine(waitForBody(awaitable, delay ?? undefined), "waitFor")
}

function* waitForBody<T>(awaitable: AwaitableOrPromise<T>, delay: number | undefined): CoroutineGenerator<T> {
  const loop = _runningLoopFor("waitFor")
  if (delay !== undefined) {
    _checkDelay("waitFor", delay, loop)
    if (delay <= 0) return yield* waitForNone(ensureFuture(awaitable, { loop }))
  }
  if (!isWaitable(awaitable)) {
    throw new TypeError(`'${typeName(awaitable)}' object can't be awaited: got ${expected(awaitable)}`)
  }
  const target = _asAwaitable(awaitable)
  const deadline = new Timeout(delay === undefined ? undefined : loop.time() + delay, ` waiting for ${target}`)
  yield* deadline.aenter()
  let result: T
  try {
    result = yield* target
  } catch (error) {
    yield* deadline.aexit(error)
    throw error
  }
  yield* deadline.aexit()
  return result
}

function* waitForNone<T>(future: Future<T>): CoroutineGenerator<T> {
  if (future.done()) return future.result()
  yield* cancelAndWait(future)
  try {
    return future.result()
  } catch (error) {
    if (error instanceof CancelledError)
      throw new TimeoutError("timed out at once: the delay was 0 or less", { cause: error })
    throw error
  }
}

/** Cancels `future` and returns when it has ended, however. */
function* cancelAndWait(future: Future<unknown>): CoroutineGenerator<void> {
  const waiter = future._loop.createFuture<void>()
  const release = () => {
    if (!waiter.done()) waiter.setResult()
  }
  future.addDoneCallback(release)
  try {
    future.cancel()
    yield* waiter
  } finally {
    future.removeDoneCallback(release)
  }
}

/**
 * Protects an awaitable from being cancelled with the task that waits for it: the task is, the awaitable goes on.
 *
 * Keep a reference to learn how it ends. One that is done is returned as it is.
 *
 * @see CPython `asyncio.shield`
 */
export function shield<T>(awaitable: AwaitableOrPromise<T>): Future<T> {
  const inner = ensureFuture(awaitable)
  if (inner.done()) return inner
  const outer = inner._loop.createFuture<T>()
  const innerDone = () => {
    if (outer.done()) return
    if (inner._state === State.CANCELLED) {
      outer.cancel()
    } else if (inner._state === State.FAILED) {
      inner._seen()
      outer._fail(inner._value)
    } else {
      outer._finish(State.FINISHED, inner._value)
    }
  }
  inner.addDoneCallback(innerDone)
  outer.addDoneCallback(() => {
    if (!inner.done()) inner.removeDoneCallback(innerDone)
  })
  return outer
}

/**
 * What awaitables give, in the order in which they end.
 *
 * Two ways to read it: plain iteration yields as many coroutines as there are awaitables, and each returns the result of
 * the next one to end; `asyncFor` and `for await` yield the futures and tasks themselves, done.
 *
 * @param options.timeout seconds after which whatever has not ended is given up, without being cancelled.
 * @throws {TypeError} if `awaitables` is no iterable of awaitables.
 * @throws {TimeoutError} from each coroutine left over at the timeout; from the async iteration itself.
 * @see CPython `asyncio.as_completed`
 *
 * ```ts run
 * const order: string[] = []
 * for (const next of asyncio.asCompleted([asyncio.sleep(2, "slow"), asyncio.sleep(1, "fast")])) order.push(yield* next)
 * order // => ["fast", "slow"]
 * ```
 */
export function asCompleted<A extends AwaitableOrPromise<unknown>>(
  awaitables: Iterable<A>,
  options: { timeout?: number | null | undefined } = {},
): AsCompleted<ResultOf<A>> {
  if (isFuture(awaitables) || isCoroutine(awaitables)) {
    throw new TypeError(`expects an iterable of awaitables, not ${kindOf(awaitables)}: write asCompleted([task])`)
  }
  if (typeof (awaitables as Iterable<unknown> | undefined)?.[Symbol.iterator] !== "function") {
    throw new TypeError(`'${typeName(awaitables)}' object is not iterable: asCompleted() takes a list of awaitables`)
  }
  return new AsCompleted(awaitables as Iterable<AwaitableOrPromise<ResultOf<A>>>, options.timeout ?? undefined)
}

/** What {@link asCompleted} returns. */
export class AsCompleted<T> implements Iterable<Coroutine<T>> {
  readonly #loop = getEventLoop()
  readonly #todo: Set<Future<T>>
  /** Those that have ended and were not asked for yet; `undefined` stands for one that was given up. */
  readonly #ended: (Future<T> | undefined)[] = []
  readonly #waiters: Future<void>[] = []
  readonly #timer: TimerHandle | undefined
  #left: number

  /** @internal */
  constructor(awaitables: Iterable<AwaitableOrPromise<T>>, delay: number | undefined) {
    if (delay !== undefined) _checkDelay("asCompleted", delay, this.#loop)
    this.#todo = new Set([...new Set(awaitables)].map((awaitable) => ensureFuture(awaitable, { loop: this.#loop })))
    this.#left = this.#todo.size
    for (const future of this.#todo) future.addDoneCallback(this.#completed)
    this.#timer = delay === undefined || this.#left === 0 ? undefined : this.#loop.callLater(delay, this.#timedOut)
  }

  /** One coroutine for each awaitable; the first that is awaited gets the first result. */
  *[Symbol.iterator](): IterableIterator<Coroutine<T>> {
    while (this.#left > 0) {
      this.#left--
      yield new GeneratorCoroutine(this.#nextResult(), "asCompleted")
    }
  }

  /** The futures and tasks themselves, each one done. */
  [Symbol.asyncIterator](): { next(): Coroutine<IteratorResult<Future<T>, undefined>> } {
    return { next: () => new GeneratorCoroutine(this.#step(), "asCompleted") }
  }

  *#step(): CoroutineGenerator<IteratorResult<Future<T>, undefined>> {
    if (this.#left === 0) return { done: true, value: undefined }
    this.#left--
    return { done: false, value: yield* this.#next() }
  }

  *#nextResult(): CoroutineGenerator<T> {
    const future = yield* this.#next()
    return future.result()
  }

  *#next(): CoroutineGenerator<Future<T>> {
    while (this.#ended.length === 0) yield* this.#waitForOne()
    const future = this.#ended.shift()
    if (future === undefined) throw new TimeoutError()
    return future
  }

  *#waitForOne(): CoroutineGenerator<void> {
    const waiter = this.#loop.createFuture<void>()
    this.#waiters.push(waiter)
    try {
      yield* waiter
    } catch (error) {
      // Woken and cancelled in one turn: what it was woken for is for the next one.
      const at = this.#waiters.indexOf(waiter)
      if (at >= 0) this.#waiters.splice(at, 1)
      else if (!waiter.cancelled() && this.#ended.length > 0) this.#wakeOne()
      this.#left++
      throw error
    }
  }

  readonly #completed = (future: Future<T>): void => {
    if (!this.#todo.delete(future)) return
    this.#put(future)
    if (this.#todo.size === 0) this.#timer?.cancel()
  }

  readonly #timedOut = (): void => {
    for (const future of this.#todo) {
      future.removeDoneCallback(this.#completed)
      this.#put(undefined)
    }
    this.#todo.clear()
  }

  #put(future: Future<T> | undefined): void {
    this.#ended.push(future)
    this.#wakeOne()
  }

  #wakeOne(): void {
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) {
      if (waiter.done()) continue
      waiter.setResult()
      return
    }
  }
}
