/**
 * Blocking functions beside the loop.
 *
 * @see CPython Lib/asyncio/threads.py
 */
import type { JobResult } from "./concurrent-futures.js"
import { type Coroutine, GeneratorCoroutine } from "./coroutines.js"
import { _runningLoopFor } from "./events.js"
import type { CoroutineGenerator } from "./futures.js"

/**
 * Runs `fn(...args)` in a Web Worker, so that it blocks neither the page nor the loop, and gives its result.
 *
 * `fn` is a function that its module registered with `threads()` (from `asyncio-web/threads`), or one that stands alone:
 * it uses nothing from around it, and the page allows eval. Arguments and result are copied; `transfer()` moves them.
 * Async functions are waited for, a `function*` gives what it returns. An error arrives with its class, message, fields
 * and cause, and the worker's stack.
 *
 * Nothing starts until it is awaited. Cancelling the task that waits cancels the job: one that has not started never
 * does, one that runs is asked to stop, and its worker is ended if it has not after 0.05 s. The loop's default executor
 * decides that; see `WorkerPoolExecutor`.
 *
 * Differs from CPython: there a running job goes on after a cancellation.
 *
 * @throws {TypeError} if `fn` cannot be run in a worker, or an argument cannot be sent there.
 * @throws {BrokenExecutorError} if the worker's script does not load, or the worker dies.
 * @throws {RuntimeError} if there are no workers here, as in Node: choose another executor with
 * `loop.setDefaultExecutor()`.
 * @see CPython Lib/asyncio/threads.py, `to_thread`
 *
 * ```ts
 * const n = yield* toThread(fib, 35)
 * ```
 */
export function toThread<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Coroutine<JobResult<R>> {
  return new GeneratorCoroutine(inThread(fn, args), "toThread")
}

function* inThread<A extends unknown[], R>(fn: (...args: A) => R, args: A): CoroutineGenerator<JobResult<R>> {
  return yield* _runningLoopFor("toThread").runInExecutor(undefined, fn, ...args)
}
