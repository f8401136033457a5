/**
 * Deadlines for a block of code.
 *
 * @see CPython Lib/asyncio/timeouts.py
 */
import { _runningLoopFor, getRunningLoop, type Handle } from "./events.js"
import { CancelledError, RuntimeError, TimeoutError } from "./exceptions.js"
import { repr } from "./format-helpers.js"
import type { CoroutineGenerator } from "./futures.js"
import { _checkDelay, currentTask, type Task } from "./tasks.js"

type TimeoutState = "created" | "active" | "expiring" | "expired" | "finished"

/**
 * A block that ends with a {@link TimeoutError} if it takes too long; made by {@link timeout} and {@link timeoutAt}.
 *
 * At the deadline the task is cancelled; what the block does about it decides: it lets the {@link CancelledError} pass, and
 * the timeout turns it into a TimeoutError; it throws something else, and that goes on, with the TimeoutError as the `cause`
 * if it has none.
 *
 * @see CPython Lib/asyncio/timeouts.py, `Timeout`
 */
export class Timeout {
  #state: TimeoutState = "created"
  #when: number | undefined
  #handle: Handle | undefined
  #task: Task<unknown> | undefined
  /** Requests to cancel that the task had when the block began. */
  #cancelling = 0
  /** One of them had not been delivered yet. */
  #cancelPending = false
  /** It still had not when the deadline struck: what the block sees then is that request. */
  #masked = false
  readonly #waitingFor: string
  #began = 0

  /**
   * @param when deadline in seconds of `loop.time()`; `undefined` for none.
   * @param waitingFor what the error says it was waited for.
   */
  constructor(when: number | undefined, waitingFor = "") {
    this.#when = when
    this.#waitingFor = waitingFor
  }

  /** The deadline in seconds of `loop.time()`; `null` if there is none. */
  when(): number | null {
    return this.#when ?? null
  }

  /**
   * Moves the deadline; `null` removes it. One that has passed ends the block in the next turn of the loop.
   *
   * @throws {RuntimeError} before the block begins, and once the deadline has struck or the block has ended.
   */
  reschedule(when: number | null | undefined): void {
    if (this.#state === "created") throw new RuntimeError("Timeout has not been entered: use it with asyncWith()")
    if (this.#state !== "active")
      throw new RuntimeError(`Cannot change state of ${this.#state} Timeout: make a new one`)
    this.#when = when ?? undefined
    this.#handle?.cancel()
    this.#handle = undefined
    if (this.#when === undefined) return
    const loop = getRunningLoop()
    this.#handle = this.#when <= loop.time() ? loop.callSoon(this.#strike) : loop.callAt(this.#when, this.#strike)
  }

  /** True if the deadline has struck. */
  expired(): boolean {
    return this.#state === "expiring" || this.#state === "expired"
  }

  /**
   * Begins the block. `asyncWith(timeout(1), …)` calls it.
   *
   * @throws {RuntimeError} if it was used before, or outside of a task.
   */
  *aenter(): CoroutineGenerator<this> {
    if (this.#state !== "created") throw new RuntimeError("Timeout has already been entered: make a new one")
    const task = currentTask()
    if (task === undefined) throw new RuntimeError("Timeout should be used inside a task: start one with createTask()")
    this.#state = "active"
    this.#task = task
    this.#cancelling = task.cancelling()
    this.#cancelPending = task._cancelPending
    this.#began = task._loop.time()
    this.reschedule(this.#when)
    return this
  }

  /**
   * Ends the block with the error that it threw, if any.
   *
   * @throws {TimeoutError} if it was the deadline that cancelled it.
   */
  *aexit(error?: unknown): CoroutineGenerator<undefined> {
    this.#handle?.cancel()
    this.#handle = undefined
    if (this.#state === "active") {
      this.#state = "finished"
      return
    }
    if (this.#state !== "expiring") return
    this.#state = "expired"
    const requests = (this.#task as Task<unknown>).uncancel()
    if (error === undefined) return
    if (error instanceof CancelledError) {
      // Somebody else has cancelled the task as well: that is not for us to turn into anything.
      // Differs from CPython: a request that was pending when the block began is told from ours (cpython 134471).
      if (requests > this.#cancelling || this.#masked) return
      throw this.#timedOut(error)
    }
    if (error instanceof Error && error.cause === undefined) {
      error.cause = this.#timedOut()
    }
  }

  toString(): string {
    const when = this.#state === "active" ? ` when=${this.#when ?? null}` : ""
    return `<Timeout [${this.#state}]${when}>`
  }

  readonly #strike = (): void => {
    const task = this.#task as Task<unknown>
    this.#state = "expiring"
    this.#handle = undefined
    this.#masked = this.#cancelPending && task._cancelPending
    task.cancel()
  }

  #timedOut(cause?: unknown): TimeoutError {
    const seconds = Number(Math.max((this.#when as number) - this.#began, 0).toFixed(3))
    return new TimeoutError(`timed out after ${seconds} s${this.#waitingFor}`, cause === undefined ? {} : { cause })
  }
}

/**
 * A block that may take `delay` seconds.
 *
 * @param delay seconds; zero or less strikes at the first suspension; `undefined` or `null` never.
 * @throws {ValueError} if `delay` is NaN.
 * @see CPython `asyncio.timeout`
 *
 * ```ts run
 * const block = asyncio.asyncWith(asyncio.timeout(1), function* () {
 *   yield* asyncio.sleep(60)
 * })
 * yield* block // throws TimeoutError
 * ```
 */
export function timeout(delay: number | null | undefined): Timeout {
  if (delay === undefined || delay === null) return new Timeout(undefined)
  const loop = _runningLoopFor("timeout")
  _checkDelay("timeout", delay, loop)
  return new Timeout(loop.time() + delay)
}

/**
 * As {@link timeout}, with a deadline in seconds of `loop.time()`.
 *
 * @see CPython `asyncio.timeout_at`
 */
export function timeoutAt(when: number | null | undefined): Timeout {
  if (when !== undefined && when !== null && (typeof when !== "number" || Number.isNaN(when))) {
    throw new TypeError(`timeoutAt() takes seconds of loop.time(), got ${repr(when)}`)
  }
  return new Timeout(when ?? undefined)
}
