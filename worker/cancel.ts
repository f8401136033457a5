/** How the job that this worker runs learns that nobody wants it any more. */
import { CancelledError } from "../lib/exceptions.js"
import { CANCELLED, type Cancel, RUNNING } from "./protocol.js"

// A worker runs one batch, and of that one job, at a time. On the page all of this stays as it is.
let shared: Int32Array | null = null
let batch = -1
let running = -1
let controller: AbortController | undefined
/** Places of jobs that the page has cancelled by message. */
const cancelled = /* @__PURE__ */ new Set<number>()

/**
 * Throws if the job that is running was cancelled: call it now and then in a loop that takes long, after which the worker
 * lives on instead of being ended.
 *
 * A function that does not wait for anything sees a cancellation only on a cross-origin isolated page, where page and
 * worker share memory; elsewhere write the job as `function*`, which looks for it at every `yield`. Outside a job, and in
 * a function that is called directly, it does nothing.
 *
 * @throws {CancelledError}
 *
 * ```ts
 * export function count(limit: number) {
 *   for (let n = 0; n < limit; n++) if (n % 1000 === 0) checkCancelled()
 * }
 * ```
 */
export function checkCancelled(): void {
  if (isCancelled()) throw new CancelledError()
}

/**
 * A signal that aborts when the job that is running is cancelled, for what an async job waits for:
 * `fetch(url, { signal: cancelSignal() })`. Ask for it before the first `await`.
 *
 * Outside a job, and in a function that is called directly, it never aborts.
 */
export function cancelSignal(): AbortSignal {
  controller ??= new AbortController()
  if (isCancelled()) controller.abort(new CancelledError())
  const { signal } = controller
  // Nobody could abort it, so the next job must not get it.
  if (running < 0) controller = undefined
  return signal
}

/** True if the job that is running was cancelled. @internal */
export function isCancelled(): boolean {
  if (running < 0) return false
  return cancelled.has(running) || (shared !== null && Atomics.load(shared, CANCELLED + running) === 1)
}

/** The memory that the page gave. @internal */
export function shareMemory(cells: Int32Array | null): void {
  shared = cells
}

/** @internal */
export function beginBatch(serial: number): void {
  batch = serial
  cancelled.clear()
}

/** @internal */
export function beginJob(index: number): void {
  running = index
  controller = undefined
  if (shared !== null) Atomics.store(shared, RUNNING, index)
}

/** @param length how many jobs the batch had. @internal */
export function endBatch(length: number): void {
  if (shared !== null) Atomics.store(shared, RUNNING, length)
  running = -1
  controller = undefined
}

/** @internal */
export function onCancel(message: Cancel): void {
  if (message.batch !== batch) return
  cancelled.add(message.index)
  if (message.index === running) controller?.abort(new CancelledError())
}
