/** The one door through which native promises enter a coroutine. */
import type { EventLoop } from "./base-events.js"
import { type Coroutine, Primitive } from "./coroutines.js"
import { _runningLoopFor } from "./events.js"
import { CancelledError } from "./exceptions.js"
import { repr } from "./format-helpers.js"
import { Future, State, type Suspension } from "./futures.js"

/** What {@link until} waits for: a promise, or a function that starts one and is told when nobody waits any more. */
export type PromiseSource<T> = PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T> | T)

/**
 * Waits for a native promise: `yield* until(promise)`, or, so that it can be cancelled,
 * `yield* until(signal => fetch(url, { signal }))`.
 *
 * The function is called when the coroutine is awaited. Cancelling the task aborts the signal, with the
 * {@link CancelledError} as its reason, and does not wait for the promise: what becomes of it after that is ignored.
 *
 * @throws what the promise rejects with.
 * @throws {TypeError} if `source` is neither.
 *
 * ```ts run
 * yield* asyncio.until(Promise.resolve(42)) // => 42
 * ```
 */
export function until<T>(source: PromiseSource<T>): Coroutine<T> {
  if (typeof source !== "function" && typeof (source as PromiseLike<T> | undefined)?.then !== "function") {
    throw new TypeError(`until() expects a promise, or a function that returns one, got ${repr(source)}`)
  }
  return new Until(source)
}

class Until<T> extends Primitive<T> {
  readonly #source: PromiseSource<T>
  #future: PromiseFuture<T> | undefined = undefined

  constructor(source: PromiseSource<T>) {
    super(true)
    this.#source = source
  }

  override get name(): string {
    return "until"
  }

  override next(): IteratorResult<Suspension | undefined, T> {
    if (this.#future !== undefined) {
      this._ended()
      return { done: true, value: this.#future.result() }
    }
    this.#future = new PromiseFuture(_runningLoopFor("until"), this.#source)
    this.#future._blocking = true
    return { done: false, value: this.#future as unknown as Suspension }
  }

  override _drop(reason: unknown): void {
    this.#future?._drop(reason)
  }
}

/** A future that a native promise ends. */
class PromiseFuture<T> extends Future<T> {
  #controller: AbortController | undefined = undefined

  constructor(loop: EventLoop, source: PromiseSource<T>) {
    super(loop._futureOptions)
    let promise: PromiseLike<T> | T
    if (typeof source === "function") {
      this.#controller = new AbortController()
      promise = source(this.#controller.signal)
    } else {
      promise = source
    }
    if (isThenable<T>(promise)) promise.then(this.#fulfilled, this.#rejected)
    else Promise.resolve(promise).then(this.#fulfilled)
    // Not before: a then() that throws leaves nothing behind to wait for.
    loop._pendingPromises++
  }

  #fulfilled = (value: T): void => {
    if (this._state !== State.PENDING) return
    this._loop._pendingPromises--
    this._finish(State.FINISHED, value)
  }

  #rejected = (error: unknown): void => {
    if (this._state !== State.PENDING) return
    this._loop._pendingPromises--
    this._fail(error)
  }

  override cancel(message?: string): boolean {
    if (!super.cancel(message)) return false
    this._loop._pendingPromises--
    this.#controller?.abort(new CancelledError(message))
    return true
  }

  /** The coroutine that waited goes on without it. */
  _drop(reason: unknown): void {
    if (this._state !== State.PENDING) return
    super.cancel()
    this._loop._pendingPromises--
    this.#controller?.abort(reason)
  }

  override get _kind(): string {
    return "Future until"
  }
}

function isThenable<T>(value: unknown): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | null | undefined)?.then === "function"
}
