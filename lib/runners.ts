/**
 * The way in: run a program to its end, and leave nothing behind.
 *
 * @see CPython Lib/asyncio/runners.py
 */
import { EventLoop } from "./base-events.js"
import { THREAD_JOIN_TIMEOUT } from "./constants.js"
import { type Context, copyContext } from "./contextvars.js"
import { _awaiting, Coroutine } from "./coroutines.js"
import { _getRunningLoop, _realmReservedFor, _reserveRealm, setEventLoop } from "./events.js"
import { CancelledError, KeyboardInterrupt, RuntimeError } from "./exceptions.js"
import { type AwaitableOrPromise, type Future, isFuture, State } from "./futures.js"
import { _asCoroutine, allTasks, type CoroutineLike, expected, type Task } from "./tasks.js"

/** Options of {@link run} and {@link Runner}. */
export interface RunnerOptions {
  /** Run the loop in debug mode. */
  debug?: boolean | undefined
  /** Makes the loop; a plain {@link EventLoop} if not given. */
  loopFactory?: (() => EventLoop) | undefined
}

/**
 * Runs a program: makes a loop, runs `main` on it, cancels what is left, and closes the loop.
 *
 * The promise settles when all of that has ended. A page cannot be blocked: code after the call goes on at once.
 *
 * @param main any awaitable: a generator, a coroutine, a promise.
 * @param options.signal aborting it cancels `main`.
 * @throws {RuntimeError} if a loop runs already.
 * @throws {TypeError} if `main` is no awaitable.
 * @throws whatever `main` throws; {@link CancelledError} if it was cancelled.
 * @see CPython `asyncio.run`
 *
 * ```ts run
 * function* main() {
 *   yield* asyncio.sleep(1)
 *   return "done"
 * }
 * yield* main() // => "done"
 * ```
 */
export async function run<T>(
  main: AwaitableOrPromise<T>,
  options: RunnerOptions & { signal?: AbortSignal | undefined } = {},
): Promise<T> {
  if (_getRunningLoop() !== undefined || _realmReservedFor() !== undefined) {
    refuse(main)
    throw new RuntimeError(
      "asyncio.run() cannot be called from a running event loop: inside a coroutine write yield* main(), " +
        "elsewhere createTask(main())",
    )
  }
  const { signal, ...rest } = options
  const runner = new Runner(rest)
  // Until the loop is closed nobody else can start one, not even between the phases of the shutdown.
  _reserveRealm(runner.getLoop())
  try {
    return await runner.run(main, { signal })
  } finally {
    await runner.close()
  }
}

// WebKit has no such symbol yet.
const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? /* @__PURE__ */ Symbol("asyncDispose")

/**
 * Runs several programs, one after the other, on one loop and in one context.
 *
 * Native code says `await using runner = new Runner()`: it is closed at the end of the block.
 *
 * @see CPython Lib/asyncio/runners.py, `Runner`
 */
export class Runner {
  readonly #debug: boolean | undefined
  readonly #loopFactory: (() => EventLoop) | undefined
  #loop: EventLoop | undefined
  #context: Context | undefined
  #closed = false
  #main: Task<unknown> | undefined
  #interrupts = 0

  constructor(options: RunnerOptions = {}) {
    this.#debug = options.debug
    this.#loopFactory = options.loopFactory
  }

  /**
   * Runs `main` on the runner's loop. Tasks that it leaves behind are still there in the next run.
   *
   * @param options.context the context to run in; the runner's own if not given.
   * @param options.signal aborting it cancels `main`.
   * @throws {RuntimeError} if a loop runs already, or the runner is closed.
   */
  async run<T>(
    main: AwaitableOrPromise<T>,
    options: { context?: Context | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<T> {
    if (_getRunningLoop() !== undefined) {
      refuse(main)
      throw new RuntimeError(
        "Runner.run() cannot be called from a running event loop: inside a coroutine write yield* main()",
      )
    }
    const loop = this.#lazyLoop()
    const { signal, context = this.#context } = options
    const task = loop.createTask(mainCoroutine(main), { context })
    const abort = () => void task.cancel(String(signal?.reason))
    if (signal?.aborted === true) abort()
    else signal?.addEventListener("abort", abort, { once: true })
    this.#main = task as Task<unknown>
    this.#interrupts = 0
    try {
      return await loop.runUntilComplete(task)
    } catch (error) {
      if (error instanceof CancelledError && this.#interrupts > 0 && task.uncancel() === 0) {
        throw new KeyboardInterrupt("interrupted", { cause: error })
      }
      throw error
    } finally {
      signal?.removeEventListener("abort", abort)
      this.#main = undefined
    }
  }

  /** The runner's loop, made if there is none yet. */
  getLoop(): EventLoop {
    return this.#lazyLoop()
  }

  /**
   * Ctrl-C for a page: cancels the program, whose `run()` then rejects with {@link KeyboardInterrupt}, unless the program
   * catches the cancellation and returns. Returns false if nothing runs.
   */
  interrupt(): boolean {
    if (this.#main === undefined || this.#main.done()) return false
    this.#interrupts++
    return this.#main.cancel()
  }

  /**
   * Cancels the tasks that are left, waits until they have ended, waits for the default executor's jobs, and closes the
   * loop. A second call does nothing.
   */
  async close(): Promise<void> {
    const loop = this.#loop
    this.#loop = undefined
    this.#closed = true
    if (loop === undefined) return
    _reserveRealm(loop)
    try {
      await cancelAll(loop)
      await loop.runUntilComplete(loop.shutdownDefaultExecutor(THREAD_JOIN_TIMEOUT))
    } finally {
      _reserveRealm(undefined)
      if (this.#loopFactory === undefined) setEventLoop(undefined)
      loop.close()
    }
  }

  [asyncDispose](): Promise<void> {
    return this.close()
  }

  #lazyLoop(): EventLoop {
    if (this.#closed) throw new RuntimeError("Runner is closed: make a new one")
    if (this.#loop === undefined) {
      this.#loop = this.#loopFactory?.() ?? new EventLoop()
      if (this.#loopFactory === undefined) setEventLoop(this.#loop)
      if (this.#debug !== undefined) this.#loop.setDebug(this.#debug)
      this.#context = copyContext()
    }
    return this.#loop
  }
}

/** One round, as in CPython: what a dying task starts is not cancelled again. */
async function cancelAll(loop: EventLoop): Promise<void> {
  const tasks = [...allTasks(loop)]
  if (tasks.length === 0) return
  for (const task of tasks) task.cancel()
  await loop.runUntilComplete(allEnded(loop, tasks))
  for (const task of tasks) {
    if (task._state !== State.FAILED) continue
    const message = "unhandled exception during asyncio.run() shutdown"
    loop.callExceptionHandler({ message, exception: task.exception(), task })
  }
}

function allEnded(loop: EventLoop, tasks: readonly Task<unknown>[]): Future<void> {
  const ended = loop.createFuture<void>()
  let left = tasks.length
  for (const task of tasks) {
    task.addDoneCallback(() => {
      if (--left === 0) ended.setResult()
    })
  }
  return ended
}

function mainCoroutine<T>(main: AwaitableOrPromise<T>): CoroutineLike<T> {
  if (typeof main === "function") throw new TypeError(`a coroutine was expected, got ${expected(main, "run")}`)
  return isFuture(main) ? _awaiting(main as Future<T>) : _asCoroutine(main)
}

/** A coroutine that cannot be run is not "never awaited" on top of that. */
function refuse(main: unknown): void {
  if (main instanceof Coroutine) main.close()
}
