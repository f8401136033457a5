/**
 * A result that will be there later.
 *
 * @see CPython Lib/asyncio/futures.py
 */
import type { EventLoop } from "./base-events.js"
import type { ConcurrentFuture } from "./concurrent-futures.js"
import type { Context } from "./contextvars.js"
import { type Callback, getEventLoop, Handle, type Runnable } from "./events.js"
import {
  type CancelledError,
  InvalidStateError,
  makeCancelledError,
  RuntimeError,
  StopIteration,
} from "./exceptions.js"
import { describeError, repr } from "./format-helpers.js"

declare const suspension: unique symbol

/**
 * What an awaitable yields to the task: its own business, and nothing that user code could make. A raw `yield future`
 * therefore does not compile where an {@link Awaitable} is expected; a bare `yield` (one turn of the loop) does.
 */
export interface Suspension {
  readonly [suspension]: never
}

/**
 * Whatever can stand behind `yield*` in a coroutine: a Future, a Task, a Coroutine, a generator, or any object whose
 * `[Symbol.iterator]` suspends and in the end returns a `T`.
 */
export interface Awaitable<T> {
  [Symbol.iterator](): Iterator<Suspension | undefined, T, unknown>
}

/** A generator object as a `function*` in coroutine style makes it. */
export type CoroutineGenerator<T> = Generator<Suspension | undefined, T, unknown>

/** What library functions take where asyncio takes an awaitable: a native promise will do as well. */
export type AwaitableOrPromise<T> = Awaitable<T> | PromiseLike<T>

/** What awaiting an `A` gives. */
export type ResultOf<A> = A extends Awaitable<infer T> ? T : A extends PromiseLike<infer T> ? T : never

/** The states of a {@link Future}. FAILED is asyncio's FINISHED with an exception. @internal */
export const State = { PENDING: 0, CANCELLED: 1, FINISHED: 2, FAILED: 3 } as const

/** The bits of a future's `_flags`; from MUST_CANCEL on those of a task. @internal */
export const Flag = {
  BLOCKING: 1,
  UNSEEN: 2,
  MUST_CANCEL: 4,
  CANCEL_PENDING: 8,
  MAY_BE_LOST: 16,
  THROWS_IN: 32,
  GATHERED: 64,
} as const

/** A future's name across copies of this library on one page. */
const FUTURE: unique symbol = /* @__PURE__ */ Symbol.for("asyncio-web.future")

/** Options of a future. */
export interface FutureOptions {
  /** The loop that it belongs to; the current one if not given. */
  loop?: EventLoop | undefined
}

/** Options of callbacks. */
export interface ContextOption {
  /** The context to run in; a copy of the current one if not given. */
  context?: Context | undefined
}

/**
 * The result of an operation that has not ended yet.
 *
 * In a coroutine `yield* future` waits for it; native code may `await` it, since it is a thenable.
 *
 * @see CPython Lib/asyncio/futures.py, `Future`
 *
 * ```ts run
 * const future = asyncio.getRunningLoop().createFuture<number>()
 * future.setResult(42)
 * yield* future // => 42
 * ```
 */
export class Future<T> implements Awaitable<T>, PromiseLike<T> {
  /** @internal */
  readonly _loop: EventLoop
  /** @internal */
  _state: (typeof State)[keyof typeof State] = State.PENDING
  /** The result or the exception. @internal */
  _value: unknown = undefined
  /** Tasks and callbacks that wait: one, or several in order of arrival. @internal */
  _waiters: Runnable | Runnable[] | undefined = undefined
  /** One word for what would be a field each. @internal */
  _flags = 0
  /** Of a cancelled one: the message, or the error that ended the coroutine, which the first who asks gets. @internal */
  _cancelled: string | CancelledError | undefined = undefined

  constructor(options?: FutureOptions) {
    const loop = options?.loop ?? getEventLoop()
    this._loop = loop
    if (loop._debug) loop._recordSource(this)
  }

  /** True if it has a result, an exception, or was cancelled. */
  done(): boolean {
    return this._state !== State.PENDING
  }

  /** True if it was cancelled. */
  cancelled(): boolean {
    return this._state === State.CANCELLED
  }

  /**
   * The result.
   *
   * @throws {InvalidStateError} if it is not done yet.
   * @throws {CancelledError} if it was cancelled; else its exception, if it has one.
   */
  result(): T {
    if (this._state === State.FINISHED) return this._value as T
    if (this._state === State.PENDING) throw new InvalidStateError("Result is not set.")
    throw this._takeError()
  }

  /**
   * The exception; `null` if it ended well.
   *
   * @throws {InvalidStateError} if it is not done yet.
   * @throws {CancelledError} if it was cancelled.
   */
  exception(): unknown {
    if (this._state === State.FINISHED) return null
    if (this._state === State.PENDING) throw new InvalidStateError("Exception is not set.")
    if (this._state === State.CANCELLED) throw this._takeError()
    this._seen()
    return this._value
  }

  /**
   * Ends it with a result.
   *
   * @throws {InvalidStateError} if it is done already.
   */
  setResult(...result: undefined extends T ? [result?: T] : [result: T]): void
  setResult(result?: T): void {
    if (this._state !== State.PENDING) throw this._alreadyDone()
    this._finish(State.FINISHED, result)
  }

  /**
   * Ends it with an exception: an error, or an error class, which is instantiated.
   *
   * @throws {InvalidStateError} if it is done already.
   * @throws {TypeError} if `exception` is not an error.
   */
  setException(exception: Error | (new () => Error)): void {
    if (this._state !== State.PENDING) throw this._alreadyDone()
    let error: unknown = exception
    if (typeof error === "function") error = new (error as new () => Error)()
    if (!(error instanceof Error)) {
      throw new TypeError(`invalid exception object: got ${repr(error)}, expected an Error or an Error class`)
    }
    if (error instanceof StopIteration) {
      const text = "StopIteration interacts badly with generators and cannot be raised into a Future"
      error = new RuntimeError(text, { cause: error })
    }
    this._fail(error)
  }

  /**
   * Cancels it and wakes who waits for it with a {@link CancelledError}. Returns false, and does nothing, if it is done.
   *
   * A done one counts as looked at: a failure in it is not reported any more.
   */
  cancel(message?: string): boolean {
    if (this._unseen) this._seen()
    if (this._state !== State.PENDING) return false
    this._cancelled = message
    this._finish(State.CANCELLED, undefined)
    return true
  }

  /**
   * Has the loop call `callback(future)` soon after this is done, or soon if it is done already.
   *
   * Callbacks run in the order in which they were added, waiting tasks among them; one that was added twice runs twice.
   */
  addDoneCallback(callback: (future: this) => unknown, options?: ContextOption): void {
    const handle = new Handle(callback as Callback, this, this._loop, options?.context)
    if (this._loop._debug) this._loop._recordSource(handle)
    this._addWaiter(handle)
  }

  /** Removes every registration of `callback`; returns how many there were. */
  removeDoneCallback(callback: (future: this) => unknown): number {
    const waiters = this._waiters
    const isIt = (waiter: Runnable) => waiter instanceof Handle && waiter._callback === callback
    if (waiters === undefined) return 0
    if (!Array.isArray(waiters)) {
      if (!isIt(waiters)) return 0
      this._waiters = undefined
      return 1
    }
    const kept = waiters.filter((waiter) => !isIt(waiter))
    this._waiters = kept.length === 0 ? undefined : kept
    return waiters.length - kept.length
  }

  /** The loop that this belongs to. */
  getLoop(): EventLoop {
    return this._loop
  }

  /** Waits: `yield* future` in a coroutine. One that is done does not suspend. Cancelling the waiting task cancels it. */
  [Symbol.iterator](): Iterator<Suspension | undefined, T, unknown> {
    return new FutureIterator<T>(this)
  }

  then<R1 = T, R2 = never>(
    onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    return this._toPromise().then(onFulfilled, onRejected)
  }

  /** As `Promise.prototype.catch`. */
  catch<R = never>(onRejected?: ((reason: unknown) => R | PromiseLike<R>) | null): Promise<T | R> {
    return this._toPromise().catch(onRejected)
  }

  /** As `Promise.prototype.finally`. */
  finally(onFinally?: (() => void) | null): Promise<T> {
    return this._toPromise().finally(onFinally)
  }

  /** Python's `repr()`. */
  toString(): string {
    return `<${this._describe().join(" ")}>`
  }

  /** How it stands within another one's description. @internal */
  _brief(): string {
    return this.toString()
  }

  /** @internal */
  get [FUTURE](): true {
    return true
  }

  /** @internal */
  get _kind(): string {
    return "Future"
  }

  /** @internal */
  protected _describe(): string[] {
    return [this._kind, this._describeState(), ...this._describeOutcome(), ...this._describeWaiters()]
  }

  /** @internal */
  protected _describeState(): string {
    return this._state === State.PENDING ? "pending" : this._state === State.CANCELLED ? "cancelled" : "finished"
  }

  /** @internal */
  protected _describeOutcome(): string[] {
    if (this._state === State.FINISHED) return [`result=${repr(this._value)}`]
    if (this._state !== State.FAILED) return []
    return [`exception=${this._value instanceof Error ? describeError(this._value) : repr(this._value)}`]
  }

  /** @internal */
  protected _describeWaiters(): string[] {
    if (this._waiters === undefined) return []
    const waiters = Array.isArray(this._waiters) ? this._waiters : [this._waiters]
    const names = waiters.map((waiter) =>
      waiter instanceof Handle ? `${waiter._callback?.name || "(anonymous)"}()` : "Task.wakeup()",
    )
    if (names.length > 2) names.splice(1, names.length - 2, `<${names.length - 2} more>`)
    return [`cb=[${names.join(", ")}]`]
  }

  /** @internal */
  _alreadyDone(): InvalidStateError {
    return new InvalidStateError(`invalid state: ${this} already has ${this._outcome()}; check done() first`)
  }

  /** @internal */
  _outcome(): string {
    if (this._state === State.CANCELLED) return "been cancelled"
    return this._state === State.FINISHED ? "a result" : "an exception"
  }

  /** Between being yielded by its own iterator and being accepted by the task: tells `yield*` from `yield`. @internal */
  get _blocking(): boolean {
    return (this._flags & Flag.BLOCKING) !== 0
  }

  set _blocking(value: boolean) {
    this._setFlag(Flag.BLOCKING, value)
  }

  /** The exception has not been seen by anybody yet. @internal */
  get _unseen(): boolean {
    return (this._flags & Flag.UNSEEN) !== 0
  }

  set _unseen(value: boolean) {
    this._setFlag(Flag.UNSEEN, value)
  }

  /** @internal */
  _setFlag(flag: number, value: boolean): void {
    if (value) this._flags |= flag
    else this._flags &= ~flag
  }

  /** The message that it was cancelled with. @internal */
  get _cancelMessage(): string | undefined {
    return typeof this._cancelled === "string" ? this._cancelled : undefined
  }

  /** Anything that JavaScript can throw may end a future from inside the library. @internal */
  _fail(error: unknown): void {
    // First: a host may run whoever waits for it before `_finish` returns.
    this._unseen = true
    this._loop._failures.push(this)
    this._finish(State.FAILED, error)
  }

  /** @internal */
  _finish(state: (typeof State)[keyof typeof State], value: unknown): void {
    this._state = state
    this._value = value
    const waiters = this._waiters
    if (waiters === undefined) return
    this._waiters = undefined
    if (Array.isArray(waiters)) for (const waiter of waiters) this._loop._push(waiter)
    else this._loop._push(waiters)
  }

  /** Puts `waiter` into the ready queue once this is done. @internal */
  _addWaiter(waiter: Runnable): void {
    if (this._state !== State.PENDING) this._loop._push(waiter)
    else if (this._waiters === undefined) this._waiters = waiter
    else if (Array.isArray(this._waiters)) this._waiters.push(waiter)
    else this._waiters = [this._waiters, waiter]
  }

  /** The exception of a failed or cancelled future, to be thrown. @internal */
  _takeError(): unknown {
    if (this._state !== State.CANCELLED) {
      this._seen()
      return this._value
    }
    return this._makeCancelledError()
  }

  /** @internal */
  _makeCancelledError(): CancelledError {
    const cancelled = this._cancelled
    if (typeof cancelled !== "object") return makeCancelledError(cancelled)
    this._cancelled = undefined
    return cancelled
  }

  /** Somebody has looked at the exception. @internal */
  _seen(): void {
    if (!this._unseen) return
    this._unseen = false
    this._loop._failureSeen(this)
  }

  /** @internal */
  _toPromise(): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle = () => {
        if (this._state === State.FINISHED) resolve(this._value as T)
        else reject(this._takeError())
      }
      // Done: native code need not wait for a loop that may never run again.
      if (this._state === State.PENDING) this.addDoneCallback(settle)
      else settle()
    })
  }
}

/** `yield* future`. An object of its own, since several tasks may wait for one future. */
class FutureIterator<T> implements Iterator<Suspension | undefined, T, unknown> {
  readonly #future: Future<T>

  constructor(future: Future<T>) {
    this.#future = future
  }

  next(): IteratorResult<Suspension | undefined, T> {
    const future = this.#future
    if (future._state === State.FINISHED) return { done: true, value: future._value as T }
    if (future._state !== State.PENDING) throw future._takeError()
    if (future._blocking)
      throw new RuntimeError("await wasn't used with future: only a Task may resume what waits for one")
    future._flags |= Flag.BLOCKING
    return { done: false, value: future as unknown as Suspension }
  }

  throw(error: unknown): never {
    this.#future._blocking = false
    throw error
  }

  return(value?: T): IteratorResult<Suspension | undefined, T> {
    this.#future._blocking = false
    return { done: true, value: value as T }
  }
}

/**
 * The asyncio future for a job of an executor: the two share their result, and cancelling either cancels the other.
 *
 * @see CPython `asyncio.wrap_future`
 */
export function wrapFuture<T>(future: ConcurrentFuture<T> | Future<T>, options?: FutureOptions): Future<T> {
  if (isFuture(future)) return future as Future<T>
  if (typeof future?.addDoneCallback !== "function") {
    throw new TypeError(
      `concurrent.futures.Future is expected, got ${repr(future)}: pass what executor.submit() returned`,
    )
  }
  const wrapped = new Future<T>(options)
  _chainFuture(future, wrapped)
  return wrapped
}

/** Lets `target` end as `source` does, and cancels the job when `target` is cancelled. @internal */
export function _chainFuture<T>(source: ConcurrentFuture<T>, target: Future<T>): void {
  const loop = target._loop
  const copy = () => {
    if (target.done()) return
    if (source.cancelled()) {
      target.cancel()
      return
    }
    let result: T
    try {
      result = source.result()
    } catch (error) {
      // What a job throws may be any value, `undefined` too.
      if (error instanceof StopIteration) target.setException(error)
      else target._fail(error)
      return
    }
    target._finish(State.FINISHED, result)
  }
  loop._countJob(1)
  target.addDoneCallback(() => {
    if (target.cancelled()) source.cancel()
  })
  source.addDoneCallback(() => {
    loop._countJob(-1)
    if (!loop.isClosed()) loop.callSoonThreadsafe(copy)
  })
}

/** True for a Future or Task, also for one of another copy of this library. @see CPython `asyncio.isfuture` */
export function isFuture(value: unknown): value is Future<unknown> {
  return value instanceof Future || (typeof value === "object" && value !== null && FUTURE in value)
}
