/**
 * Jobs that run elsewhere: the executor that takes them, and the future that it hands out for each.
 *
 * Nothing here knows an event loop: `loop.runInExecutor()` and `wrapFuture()` make the bridge.
 *
 * @see CPython Lib/concurrent/futures/_base.py
 */
import { isGenerator } from "../worker/protocol.js"
import { InvalidStateError, RuntimeError } from "./exceptions.js"
import { repr, typeName } from "./format-helpers.js"
import { _logError } from "./log.js"

/** What a job gives: an async function's promise is waited for, a generator job gives what it returns. */
export type JobResult<R> = R extends Generator<unknown, infer T, never> ? T : Awaited<R>

/** The states of a {@link ConcurrentFuture}, spelled as in CPython. */
export type ConcurrentState = "PENDING" | "RUNNING" | "CANCELLED" | "CANCELLED_AND_NOTIFIED" | "FINISHED"

/**
 * The job was cancelled. Prints as `CancelledError`, as `concurrent.futures.CancelledError` does, and is no
 * `asyncio.CancelledError`: nobody has cancelled the task that meets it.
 *
 * @see CPython Lib/concurrent/futures/_base.py, `CancelledError`
 */
export class ConcurrentCancelledError extends Error {
  override get name(): string {
    return "CancelledError"
  }
}

/** The executor's side of a future, which is told when somebody cancels it. @internal */
export interface FutureOwner {
  /**
   * The future is being cancelled. If its job runs, the answer counts: true if the executor gives no result any more.
   *
   * Differs from CPython: a running job cannot be cancelled there.
   */
  onCancel(): boolean
}

/**
 * The result of a job in an executor.
 *
 * Belongs to no loop: callbacks run at once, inside `setResult()`. Native code awaits it; a coroutine writes
 * `yield* wrapFuture(future)`, which also passes a cancellation on.
 *
 * @see CPython Lib/concurrent/futures/_base.py, `Future`
 *
 * ```ts run
 * const future = new asyncio.InlineExecutor().submit(Math.max, 1, 2)
 * future.done() // => false
 * yield* asyncio.wrapFuture(future) // => 2
 * ```
 */
export class ConcurrentFuture<T> implements PromiseLike<T> {
  #state: ConcurrentState = "PENDING"
  #value: unknown = undefined
  #failed = false
  // Not of `this`: a future of a narrower type may stand for one of a wider type.
  #callbacks: ((future: never) => unknown)[] = []

  /** Let go of when this is done. @internal */
  _owner: FutureOwner | undefined = undefined

  /**
   * Cancels the job, if that is still possible, and runs the callbacks.
   *
   * A job that waits for its turn never starts. One that runs is stopped where the executor can do that
   * (`WorkerPoolExecutor`); else, and when it is done, this returns false and does nothing.
   */
  cancel(): boolean {
    if (this.cancelled()) return true
    if (this.#state === "FINISHED") return false
    const owner = this._owner
    if (this.#state === "RUNNING") {
      if (!owner?.onCancel()) return false
      this.#state = "CANCELLED_AND_NOTIFIED"
    } else {
      this.#state = "CANCELLED"
      owner?.onCancel()
    }
    this.#runCallbacks()
    return true
  }

  /** True if it was cancelled. */
  cancelled(): boolean {
    return this.#state === "CANCELLED" || this.#state === "CANCELLED_AND_NOTIFIED"
  }

  /** True while the job runs. */
  running(): boolean {
    return this.#state === "RUNNING"
  }

  /** True if it was cancelled, or has a result or an exception. */
  done(): boolean {
    return this.#state === "FINISHED" || this.cancelled()
  }

  /**
   * The result of a job that is done.
   *
   * Differs from CPython: it does not wait, since a page cannot be blocked.
   *
   * @throws {InvalidStateError} if the job is not done yet.
   * @throws {ConcurrentCancelledError} if it was cancelled; else what the job threw, if it did.
   */
  result(): T {
    this.#mustBeDone("result()")
    if (this.#failed) throw this.#value
    return this.#value as T
  }

  /**
   * What the job threw; `null` if it ended well. As {@link result}, it does not wait.
   *
   * @throws {InvalidStateError} if the job is not done yet.
   * @throws {ConcurrentCancelledError} if it was cancelled.
   */
  exception(): unknown {
    this.#mustBeDone("exception()")
    return this.#failed ? this.#value : null
  }

  /**
   * Calls `callback(future)` when this is done, at once if it is already.
   *
   * Callbacks run in the order in which they were added. What one throws is logged and goes no further.
   */
  addDoneCallback(callback: (future: this) => unknown): void {
    if (this.done()) this.#run(callback)
    else this.#callbacks.push(callback)
  }

  /**
   * For executors: the job is about to start. Returns false if it was cancelled, and must not start then.
   *
   * @throws {RuntimeError} if it runs or is done already.
   */
  setRunningOrNotifyCancel(): boolean {
    if (this.#state === "CANCELLED") {
      this.#state = "CANCELLED_AND_NOTIFIED"
      return false
    }
    if (this.#state !== "PENDING") throw new RuntimeError(`Future in unexpected state: ${this} was started before`)
    this.#state = "RUNNING"
    return true
  }

  /**
   * For executors: ends it with a result and runs the callbacks.
   *
   * @throws {InvalidStateError} if it is done already.
   */
  setResult(...result: undefined extends T ? [result?: T] : [result: T]): void
  setResult(result?: T): void {
    this.#finish(false, result)
  }

  /**
   * For executors: ends it with what the job threw, which may be any value, and runs the callbacks.
   *
   * @throws {InvalidStateError} if it is done already.
   */
  setException(exception: unknown): void {
    this.#finish(true, exception)
  }

  /** As `Promise.prototype.then`; a cancelled job rejects with {@link ConcurrentCancelledError}. */
  then<R1 = T, R2 = never>(
    onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    return this.#toPromise().then(onFulfilled, onRejected)
  }

  /** As `Promise.prototype.catch`. */
  catch<R = never>(onRejected?: ((reason: unknown) => R | PromiseLike<R>) | null): Promise<T | R> {
    return this.#toPromise().catch(onRejected)
  }

  /** As `Promise.prototype.finally`. */
  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.#toPromise().finally(onFinally)
  }

  /** Python's `repr()`. */
  toString(): string {
    const state = this.cancelled() ? "cancelled" : this.#state.toLowerCase()
    if (this.#state !== "FINISHED") return `<ConcurrentFuture state=${state}>`
    return `<ConcurrentFuture state=${state} ${this.#failed ? "raised" : "returned"} ${typeName(this.#value)}>`
  }

  #mustBeDone(asked: string): void {
    if (this.cancelled()) throw new ConcurrentCancelledError()
    if (this.#state === "FINISHED") return
    throw new InvalidStateError(
      `Result is not set: ${this} is not done, and a page cannot wait for it in ${asked}; await the future first`,
    )
  }

  #finish(failed: boolean, value: unknown): void {
    if (this.done()) {
      throw new InvalidStateError(`${this.#state}: ${this} is done already; check done() first`)
    }
    this.#state = "FINISHED"
    this.#failed = failed
    this.#value = value
    this.#runCallbacks()
  }

  #runCallbacks(): void {
    this._owner = undefined
    const callbacks = this.#callbacks
    this.#callbacks = []
    for (const callback of callbacks) this.#run(callback)
  }

  #run(callback: (future: never) => unknown): void {
    try {
      callback(this as never)
    } catch (error) {
      _logError(`exception calling callback ${repr(callback)} for ${this}`, error)
    }
  }

  #toPromise(): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.addDoneCallback(() => {
        if (this.cancelled()) reject(new ConcurrentCancelledError())
        else if (this.#failed) reject(this.#value)
        else resolve(this.#value as T)
      })
    })
  }
}

/** Options of {@link Executor.shutdown}. */
export interface ShutdownOptions {
  /** Whether the promise waits until every job has ended and the workers are gone; true if not given. */
  wait?: boolean
  /** Whether jobs that have not started are cancelled; false if not given. */
  cancelFutures?: boolean
}

/** WebKit has no explicit resource management yet: there this is a symbol that nothing asks for. */
const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? /* @__PURE__ */ Symbol("asyncDispose")

/**
 * Runs functions somewhere else.
 *
 * With `asyncWith` or `await using` it is shut down at the end of the block.
 *
 * @see CPython Lib/concurrent/futures/_base.py, `Executor`
 */
export abstract class Executor {
  /**
   * Has the executor run `fn(...args)`.
   *
   * @throws {RuntimeError} after {@link shutdown}.
   * @throws {TypeError} if `fn` is nothing that this executor can run; it says why.
   */
  abstract submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): ConcurrentFuture<JobResult<R>>

  /**
   * Has the executor run `fn` on each item, or with several iterables on the first item of each, the second …, until the
   * shortest ends. All jobs are submitted at once; their results come in the order of the items.
   *
   * The first job that failed ends the iteration with its error; whoever leaves the loop early, or meets an error,
   * cancels the jobs that are not done.
   *
   * @see CPython Lib/concurrent/futures/_base.py, `Executor.map`
   */
  map<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...iterables: { [K in keyof A]: Iterable<A[K]> }
  ): JobResults<JobResult<R>> {
    return new JobResults(Array.from(zip<A>(iterables), (args) => this.submit(fn, ...args)))
  }

  /**
   * Takes no new jobs; those that were submitted are still run, unless `cancelFutures`.
   *
   * The promise is there for `wait`: it settles when nothing runs any more.
   *
   * @see CPython Lib/concurrent/futures/_base.py, `Executor.shutdown`
   */
  abstract shutdown(options?: ShutdownOptions): Promise<void>

  /** `await using`: as {@link aexit}. */
  [asyncDispose](): Promise<void> {
    return this.shutdown()
  }

  /** `asyncWith`: gives the executor. */
  aenter(): this {
    return this
  }

  /** `asyncWith`: shuts down and waits, whatever happened in the block. */
  aexit(): Promise<void> {
    return this.shutdown()
  }
}

function* zip<A extends unknown[]>(iterables: readonly Iterable<unknown>[]): Generator<A, void, void> {
  const iterators = iterables.map((iterable) => iterable[Symbol.iterator]())
  while (iterators.length > 0) {
    const items: unknown[] = []
    for (const iterator of iterators) {
      const { done, value } = iterator.next()
      if (done) return
      items.push(value)
    }
    yield items as A
  }
}

/** The results of {@link Executor.map} in the order of the items, for `asyncFor` and `for await`. */
export class JobResults<T> implements AsyncIterableIterator<T> {
  #futures: readonly ConcurrentFuture<T>[]
  #next = 0

  /** @internal */
  constructor(futures: readonly ConcurrentFuture<T>[]) {
    this.#futures = futures
  }

  /** The next result. A job that failed rejects, and ends the iteration. */
  async next(): Promise<IteratorResult<T, undefined>> {
    const future = this.#futures[this.#next++]
    if (future === undefined) return { done: true, value: undefined }
    try {
      return { done: false, value: await future }
    } catch (error) {
      this.#giveUp()
      throw error
    }
  }

  /** Ends the iteration: jobs that are not done are cancelled. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#giveUp()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #giveUp(): void {
    const futures = this.#futures
    this.#futures = []
    for (const future of futures) future.cancel()
  }
}

/**
 * Runs jobs on the page itself, in the order in which they were submitted: for places without workers, such as server
 * rendering and tests. It blocks the page while a job runs, so nothing ever uses it unless it was chosen:
 * `loop.setDefaultExecutor(new InlineExecutor())`.
 *
 * Each job starts in a microtask of its own, so `submit()` has returned by then. Async functions run beside each other,
 * a generator job runs to its end. What runs cannot be cancelled.
 */
export class InlineExecutor extends Executor {
  readonly #unfinished = new Set<ConcurrentFuture<unknown>>()
  #isShutDown = false

  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): ConcurrentFuture<JobResult<R>> {
    if (typeof fn !== "function") throw new TypeError(`submit() expects a function, got ${repr(fn)}`)
    if (this.#isShutDown) throw _afterShutdown()
    const future = new ConcurrentFuture<unknown>()
    this.#unfinished.add(future)
    future.addDoneCallback(() => this.#unfinished.delete(future))
    queueMicrotask(() => runHere(future, fn, args))
    return future as ConcurrentFuture<JobResult<R>>
  }

  async shutdown({ wait = true, cancelFutures = false }: ShutdownOptions = {}): Promise<void> {
    this.#isShutDown = true
    const unfinished = [...this.#unfinished]
    if (cancelFutures) for (const future of unfinished) future.cancel()
    if (wait) await Promise.allSettled(unfinished)
  }
}

async function runHere<A extends unknown[]>(
  future: ConcurrentFuture<unknown>,
  fn: (...args: A) => unknown,
  args: A,
): Promise<void> {
  if (!future.setRunningOrNotifyCancel()) return
  try {
    const result = fn(...args)
    future.setResult(isGenerator(result) ? runToEnd(result) : await result)
  } catch (error) {
    future.setException(error)
  }
}

function runToEnd(generator: Generator<unknown, unknown, unknown>): unknown {
  for (;;) {
    const { done, value } = generator.next()
    if (done) return value
  }
}

/** @internal */
export function _afterShutdown(): RuntimeError {
  return new RuntimeError("cannot schedule new futures after shutdown: this executor has ended, make a new one")
}
