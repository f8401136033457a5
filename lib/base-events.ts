/**
 * The event loop: a queue of what is ready, a heap of timers, and one iteration that runs the one and feeds it from the
 * other.
 *
 * @see CPython Lib/asyncio/base_events.py
 */
import { browserHost } from "./browser-host.js"
import type { ConcurrentFuture, Executor, JobResult } from "./concurrent-futures.js"
import {
  CLOCK_STOPPED,
  CLOCK_STRIDE_FORCED,
  MIN_CANCELLED_FRACTION,
  MIN_SCHEDULED_TIMERS,
  NURSERY_SIZE,
  SLOW_CALLBACK_DURATION,
  SUSPICIOUS_DELAY,
  TICK_BUDGET,
  TINY_CALLBACK,
} from "./constants.js"
import {
  _currentOwner,
  _enterContext,
  _leaveContext,
  type Context,
  type ContextOwner,
  type Vars,
} from "./contextvars.js"
import { type Coroutine, GeneratorCoroutine, isCoroutine, isCoroutineFunction, Orphan } from "./coroutines.js"
import { Deque } from "./deque.js"
import {
  _getRunningLoop,
  _realmReservedFor,
  _setRunningLoop,
  type Callback,
  Handle,
  type Runnable,
  type Timer,
  TimerHandle,
} from "./events.js"
import { leavesLoop, RuntimeError, ValueError } from "./exceptions.js"
import { callerStack, repr } from "./format-helpers.js"
import {
  _chainFuture,
  type AwaitableOrPromise,
  type ContextOption,
  type CoroutineGenerator,
  Future,
  isFuture,
  State,
  wrapFuture,
} from "./futures.js"
import { TimeHeap } from "./heap.js"
import type { Driven, Host } from "./host.js"
import { _logError, _logWarning } from "./log.js"
import { until } from "./promises.js"
import { type CoroutineLike, ensureFuture, Task, type TaskOptions } from "./tasks.js"

/** Options of an {@link EventLoop}. */
export interface EventLoopOptions {
  /** Where the loop runs; the page, worker or Node process that it is made in, if not given. */
  host?: Host
  /** Seconds that the loop runs at a stretch before it lets the page have its turn; 0.004 if not given. */
  tickBudget?: number
}

/** What an exception handler is told. `message` is always there. @see CPython `loop.call_exception_handler` */
export interface ExceptionContext {
  message: string
  exception?: unknown
  /** The future or task concerned, or, if it was collected, its description. */
  future?: unknown
  task?: Task<unknown>
  handle?: Handle
  /** Debug mode: the stack of where the object was made. */
  source_traceback?: string
  [detail: string]: unknown
}

/** Takes what nobody else handles. */
export type ExceptionHandler = (loop: EventLoop, context: ExceptionContext) => void

/** Makes the tasks of a loop. */
export type TaskFactory = <T>(loop: EventLoop, coroutine: CoroutineLike<T>, options?: TaskOptions) => Task<T>

/**
 * asyncio's event loop.
 *
 * `run()` makes one and ends it; most programs need no more than {@link getRunningLoop}. Everything that runs, runs in a
 * tick: whole iterations until the tick's time budget is spent, then the page has its turn.
 *
 * @see CPython Lib/asyncio/base_events.py, `BaseEventLoop`
 */
export class EventLoop {
  /** Seconds from which debug mode calls a callback slow. */
  slowCallbackDuration: number = SLOW_CALLBACK_DURATION

  /** @internal */
  _debug = false
  /** @internal */
  _currentTask: Task<unknown> | undefined = undefined
  /** @internal */
  _pendingPromises = 0
  /** Futures that failed in this tick. @internal */
  _failures: Future<unknown>[] = []
  /** What is passed to the constructors of the loop's own futures. @internal */
  readonly _futureOptions: { loop: EventLoop } = { loop: this }

  readonly #host: Host
  readonly #budget: number
  readonly #ready = new Deque<Runnable>()
  readonly #timers = new TimeHeap<Timer>()
  #cancelledTimers = 0
  /** Handles of the current iteration that have not run yet. */
  #left = 0
  #iterations = 0
  /** A tick has been asked for, or is at work. Invariant: while running, nothing is ready unless this is set. */
  #awake = false
  #stopping = false
  #running = false
  #closed = false
  #ended: { resolve: () => void; reject: (error: unknown) => void } | undefined
  /** Callbacks between two looks at the clock. */
  #stride = 1

  #firstTask: Task<unknown> | undefined
  #lastTask: Task<unknown> | undefined
  #taskFactory: TaskFactory | undefined
  #exceptionHandler: ExceptionHandler | undefined
  #sources = new WeakMap<object, string>()
  #questionedDelay = false
  readonly #nursery: Coroutine<unknown>[] = []
  #nurserySize = NURSERY_SIZE
  readonly #orphans = new Set<Orphan>()
  readonly #unseen = new Set<Failure>()
  #unseenOf = new WeakMap<Future<unknown>, Failure>()

  #defaultExecutor: Executor | Promise<Executor> | undefined
  #executorShutdown = false
  #pendingJobs = 0

  /** @throws {ValueError} if `tickBudget` is not a positive number of seconds. */
  constructor(options: EventLoopOptions = {}) {
    const budget = options.tickBudget ?? TICK_BUDGET
    if (!(budget > 0)) throw new ValueError(`tickBudget must be a number of seconds above 0, got ${repr(budget)}`)
    this.#budget = budget
    this.#host = options.host ?? browserHost()
    const loop = this
    const driven: Driven = {
      tick: () => loop.#tick(),
      fail: (error) => loop.#end(error),
      describeWaiting: () => loop.#describeWaiting(),
      get pendingPromises() {
        return loop._pendingPromises
      },
      get pendingJobs() {
        return loop.#pendingJobs
      },
    }
    this.#host.attach(driven)
  }

  // --- running --------------------------------------------------------------------------------------------------------

  /**
   * Runs until {@link stop}. The promise is fulfilled when the loop has stopped.
   *
   * @throws {RuntimeError} if the loop is closed, or a loop runs already.
   * @throws SystemExit or KeyboardInterrupt, if a callback or task threw one.
   */
  async runForever(): Promise<void> {
    this.#checkClosed()
    this.#checkRunning()
    const ended = new Promise<void>((resolve, reject) => {
      this.#ended = { resolve, reject }
    })
    this.#running = true
    _setRunningLoop(this)
    this.#awake = true
    try {
      this.#host.setRunning(true)
      this.#host.requestTick()
    } catch (error) {
      this.#end(error)
    }
    return ended
  }

  /**
   * Runs until `awaitable` is done, and gives its result.
   *
   * @throws {RuntimeError} if the loop is stopped before, is closed, or a loop runs already.
   */
  async runUntilComplete<T>(awaitable: AwaitableOrPromise<T>): Promise<T> {
    this.#checkClosed()
    this.#checkRunning()
    const isNew = !isFuture(awaitable)
    const future = ensureFuture(awaitable, { loop: this })
    if (isNew) (future as Task<T>)._mayBeLost = true
    future.addDoneCallback(stopLoop)
    try {
      await this.runForever()
    } catch (error) {
      // The error leaves through us: it is not lost in the task as well.
      if (isNew && future.done() && !future.cancelled()) future.exception()
      throw error
    } finally {
      future.removeDoneCallback(stopLoop)
    }
    if (!future.done()) {
      throw new RuntimeError("Event loop stopped before Future completed. Somebody called loop.stop()")
    }
    return future.result()
  }

  /** Ends the run after the current iteration. What it schedules stays for the next run. */
  stop(): void {
    this.#stopping = true
    this.#wake()
  }

  /** True from `runForever()`, `runUntilComplete()` or `run()` until they have ended, between ticks as well. */
  isRunning(): boolean {
    return this.#running
  }

  /** True after {@link close}. */
  isClosed(): boolean {
    return this.#closed
  }

  /**
   * Ends the loop for good: drops what is ready or scheduled and shuts the default executor down without waiting.
   *
   * Tasks that are still pending are reported (`Task was destroyed but it is pending!`) and their coroutines closed. Has no
   * effect on a loop that is closed.
   *
   * @throws {RuntimeError} if the loop is running.
   */
  close(): void {
    if (this.#running) throw new RuntimeError("Cannot close a running event loop: stop() it first")
    if (this.#closed) return
    this.#closed = true
    this.#ready.clear()
    this.#timers.clear()
    this.#left = 0
    const executor = this.#defaultExecutor
    this.#defaultExecutor = undefined
    this.#executorShutdown = true
    if (executor !== undefined) void Promise.resolve(executor).then((it) => it.shutdown({ wait: false }), ignore)
    this.#host.close()
    this.#abandonTasks()
    this._settleReports()
  }

  // --- scheduling -----------------------------------------------------------------------------------------------------

  /**
   * Has the loop call `callback(...args)` in its next iteration; callbacks run in the order in which they came.
   *
   * @throws {RuntimeError} if the loop is closed.
   */
  callSoon<A extends unknown[]>(callback: (...args: A) => unknown, ...args: A): Handle
  callSoon(callback: Callback): Handle {
    // biome-ignore lint/complexity/noArguments: a rest parameter makes an array for each call, and most have no arguments.
    const args: unknown[] | undefined = arguments.length > 1 ? Array.prototype.slice.call(arguments, 1) : undefined
    return this.#callSoon("callSoon", callback, args, undefined)
  }

  /** {@link callSoon} with options: `context` is what the callback runs in, a copy of the current one if not given. */
  callSoonWith<A extends unknown[]>(options: ContextOption, callback: (...args: A) => unknown, ...args: A): Handle {
    return this.#callSoon("callSoonWith", callback as Callback, args, options)
  }

  /**
   * As {@link callSoon}, from outside of the loop.
   *
   * One realm has one thread, so that the two differ in name only; code that says which it means reads better.
   */
  callSoonThreadsafe<A extends unknown[]>(callback: (...args: A) => unknown, ...args: A): Handle {
    return this.#callSoon("callSoonThreadsafe", callback as Callback, args, undefined)
  }

  /**
   * Has the loop call `callback(...args)` once, at least `delay` seconds from now; zero or less is the next iteration.
   *
   * @throws {TypeError} if `delay` is not a number. @throws {ValueError} if it is NaN.
   */
  callLater<A extends unknown[]>(delay: number, callback: (...args: A) => unknown, ...args: A): TimerHandle {
    if (typeof delay !== "number")
      throw new TypeError(`delay must not be None: callLater() takes seconds, got ${repr(delay)}`)
    if (Number.isNaN(delay)) throw new ValueError("Invalid delay: NaN (not a number). callLater() takes seconds")
    if (this._debug) this._questionDelay("callLater", delay)
    return this.#callAt("callLater", this.time() + delay, callback as Callback, args, undefined)
  }

  /**
   * Has the loop call `callback(...args)` once, at `when` on the clock of {@link time}, in seconds.
   *
   * @throws {TypeError} if `when` is not a number. @throws {ValueError} if it is NaN.
   */
  callAt<A extends unknown[]>(when: number, callback: (...args: A) => unknown, ...args: A): TimerHandle {
    return this.#callAt("callAt", when, callback as Callback, args, undefined)
  }

  /** {@link callAt} with options: `context` is what the callback runs in. */
  callAtWith<A extends unknown[]>(
    options: ContextOption,
    when: number,
    callback: (...args: A) => unknown,
    ...args: A
  ): TimerHandle {
    return this.#callAt("callAtWith", when, callback as Callback, args, options)
  }

  /** The loop's clock, in seconds; it never runs backwards and has no fixed beginning. */
  time(): number {
    return this.#host.now()
  }

  /** How many iterations the loop has run: each runs what was ready when it began. */
  get iterations(): number {
    return this.#iterations
  }

  // --- futures and tasks ----------------------------------------------------------------------------------------------

  /** A future of this loop. */
  createFuture<T>(): Future<T> {
    return new Future<T>(this._futureOptions)
  }

  /**
   * Schedules a coroutine and returns the task that runs it.
   *
   * @throws {TypeError} if `coroutine` is none. @throws {RuntimeError} if the loop is closed.
   */
  createTask<T>(coroutine: CoroutineLike<T>, options?: TaskOptions): Task<T> {
    this.#checkClosed()
    if (this.#taskFactory !== undefined) return this.#taskFactory(this, coroutine, options)
    return new Task(coroutine, options === undefined ? this._futureOptions : { ...options, loop: this })
  }

  /**
   * Has `factory(loop, coroutine, options)` make the loop's tasks; `undefined` goes back to plain ones.
   *
   * @throws {TypeError} if `factory` is no function.
   */
  setTaskFactory(factory: TaskFactory | undefined | null): void {
    if (factory !== undefined && factory !== null && typeof factory !== "function") {
      throw new TypeError(`task factory must be a callable or None, got ${repr(factory)}`)
    }
    this.#taskFactory = factory ?? undefined
  }

  /** What {@link setTaskFactory} was given. */
  getTaskFactory(): TaskFactory | undefined {
    return this.#taskFactory
  }

  // --- executors ------------------------------------------------------------------------------------------------------

  /**
   * Runs `fn(...args)` in an executor; the future has its result. Without an executor it is the loop's own: a pool of Web
   * Workers.
   *
   * Cancelling the future cancels the job: queued, it never starts; running, it is stopped as the executor does that.
   *
   * @throws {RuntimeError} if the loop is closed, or its default executor has been shut down.
   * @see CPython `loop.run_in_executor`
   */
  runInExecutor<A extends unknown[], R>(
    executor: Executor | undefined | null,
    fn: (...args: A) => R,
    ...args: A
  ): Future<JobResult<R>> {
    this.#checkClosed()
    if (this._debug) this.#checkCallback("runInExecutor", fn)
    if (executor !== undefined && executor !== null) return this.#submit(executor, fn as Callback, args)
    if (this.#executorShutdown) {
      throw new RuntimeError("Executor shutdown has been called: the default executor takes no jobs any more, pass one")
    }
    this.#defaultExecutor ??= import("./worker-pool.js").then((pool) => pool.defaultExecutor())
    const chosen = this.#defaultExecutor
    return chosen instanceof Promise
      ? this.#submitLater(chosen, fn as Callback, args)
      : this.#submit(chosen, fn as Callback, args)
  }

  /**
   * Makes `executor` the one that {@link runInExecutor} and `toThread` use when none is given.
   *
   * @throws {TypeError} if it has no `submit()` and `shutdown()`.
   */
  setDefaultExecutor(executor: Executor): void {
    const candidate = executor as Partial<Executor> | null | undefined
    if (typeof candidate?.submit !== "function" || typeof candidate.shutdown !== "function") {
      throw new TypeError(
        `executor must be ThreadPoolExecutor instance, got ${repr(executor)}: pass a WorkerPoolExecutor or another Executor`,
      )
    }
    this.#defaultExecutor = executor
  }

  /**
   * Waits until the jobs of the default executor are done, then ends its workers; it takes no jobs any more.
   *
   * @param timeout seconds to wait; after that the workers are ended all the same, with a RuntimeWarning.
   * @throws {ValueError} if `timeout` is negative or NaN.
   * @see CPython `loop.shutdown_default_executor`
   */
  shutdownDefaultExecutor(timeout?: number): Coroutine<void> {
    if (timeout !== undefined && !(timeout >= 0)) {
      throw new ValueError(
        `timeout must be a number of seconds >= 0, or undefined to wait for ever, got ${repr(timeout)}`,
      )
    }
    return new GeneratorCoroutine(this.#shutdownExecutor(timeout), "shutdownDefaultExecutor")
  }

  // --- errors ---------------------------------------------------------------------------------------------------------

  /** Has `handler(loop, context)` take what nobody handles; `undefined` goes back to {@link defaultExceptionHandler}. */
  setExceptionHandler(handler: ExceptionHandler | undefined | null): void {
    if (handler !== undefined && handler !== null && typeof handler !== "function") {
      throw new TypeError(`A callable object or None is expected, got ${repr(handler)}`)
    }
    this.#exceptionHandler = handler ?? undefined
  }

  /** What {@link setExceptionHandler} was given. */
  getExceptionHandler(): ExceptionHandler | undefined {
    return this.#exceptionHandler
  }

  /** Writes `context` to the console, or where {@link setLogger} sends it. */
  defaultExceptionHandler(context: ExceptionContext): void {
    const lines = [context.message || "Unhandled exception in event loop"]
    for (const key of Object.keys(context).sort()) {
      if (key === "message" || key === "exception") continue
      const value = context[key]
      lines.push(`${key}: ${typeof value === "string" ? value : repr(value)}`)
    }
    _logError(lines.join("\n"), context.exception)
  }

  /** Gives `context` to the exception handler, in the context of the task, future or handle that it is about. */
  callExceptionHandler(context: ExceptionContext): void {
    const handler = this.#exceptionHandler
    if (handler === undefined) {
      this.defaultExceptionHandler(context)
      return
    }
    const outer = _currentOwner()
    const about = context.task ?? context.future ?? context.handle
    try {
      if (isContextOwner(about)) _enterContext(about)
      handler(this, context)
    } catch (error) {
      if (leavesLoop(error)) throw error
      this.defaultExceptionHandler({ message: "Unhandled error in exception handler", exception: error, context })
    } finally {
      _enterContext(outer)
    }
  }

  /** True in debug mode. */
  getDebug(): boolean {
    return this._debug
  }

  /** Debug mode: slow callbacks, where things were made, and mistakes are reported. It costs speed. */
  setDebug(enabled: boolean): void {
    this._debug = Boolean(enabled)
  }

  toString(): string {
    return `<${this.constructor.name} running=${this.#running} closed=${this.#closed} debug=${this._debug}>`
  }

  // --- for the library's own modules ----------------------------------------------------------------------------------

  /** Timers in the heap, cancelled ones included. @internal */
  get _scheduledTimers(): number {
    return this.#timers.length
  }

  /** Puts `item` at the end of the ready queue. @internal */
  _push(item: Runnable): void {
    this.#ready.push(item)
    if (!this.#awake) this.#wake()
  }

  /** Runs `timer` at `when`. @internal */
  _schedule(when: number, timer: Timer): void {
    this.#timers.push(when, timer)
    if (this.#running && !this.#awake) this.#host.setTimer(this.#timers.earliest)
  }

  /** @internal */
  _timerCancelled(): void {
    this.#cancelledTimers++
  }

  /** @internal */
  _addTask(task: Task<unknown>): void {
    const last = this.#lastTask
    task._previous = last
    if (last === undefined) this.#firstTask = task
    else last._next = task
    this.#lastTask = task
  }

  /** @internal */
  _removeTask(task: Task<unknown>): void {
    const { _previous: previous, _next: next } = task
    if (previous === undefined) this.#firstTask = next
    else previous._next = next
    if (next === undefined) this.#lastTask = previous
    else next._previous = previous
    task._previous = task._next = undefined
  }

  /** @internal */
  *_allTasks(): IterableIterator<Task<unknown>> {
    for (let task = this.#firstTask; task !== undefined; task = task._next) yield task
  }

  /** A job that an executor runs for this loop has begun (+1) or ended (-1). @internal */
  _countJob(change: 1 | -1): void {
    this.#pendingJobs += change
  }

  /** Remembers where `made` was made. Debug mode only. @internal */
  _recordSource(made: object): void {
    this.#sources.set(made, callerStack())
  }

  /** @internal */
  _sourceOf(made: object): { source_traceback?: string } {
    const source = this.#sources.get(made)
    return source === undefined ? {} : { source_traceback: source }
  }

  /** Asks once whether milliseconds were meant. Debug mode only. @internal */
  _questionDelay(caller: string, delay: number): void {
    if (this.#questionedDelay || !Number.isInteger(delay) || delay < SUSPICIOUS_DELAY) return
    this.#questionedDelay = true
    _logWarning(
      `RuntimeWarning: ${caller}(${delay}): ${delay} s = ${Math.floor(delay / 60)} min; milliseconds? use ms(${delay})`,
    )
  }

  /** A coroutine object was made while this loop runs. @internal */
  _coroutineMade(coroutine: Coroutine<unknown>): void {
    if (this._debug) this._recordSource(coroutine)
    if (this.#nursery.push(coroutine) >= this.#nurserySize) this.#thinNursery()
  }

  /** @internal */
  _failureSeen(future: Future<unknown>): void {
    this.#unseenOf.get(future)?.dismiss()
  }

  /** Reports what would otherwise wait for the collector. @internal */
  _settleReports(): void {
    this.#sweep()
    for (const orphan of [...this.#orphans]) orphan.report()
    for (const failure of [...this.#unseen]) failure.report()
  }

  // --- one tick -------------------------------------------------------------------------------------------------------

  /**
   * Runs whole iterations until nothing is ready or the budget is spent, in the middle of one if need be: the next tick
   * then goes on with it.
   *
   * Invariant: an iteration runs the handles that were ready when it began, due timers last; what they add waits for the
   * next one (CPython, `_run_once`). A callback that keeps rescheduling itself cannot hold up timers, input or rendering.
   */
  #tick(): void {
    if (!this.#running) return
    this.#awake = true
    try {
      this.#iterate()
    } catch (error) {
      this.#left = 0
      this.#end(error)
      return
    }
    _leaveContext()
    this.#sweep()
    if (this.#stopping && this.#left === 0) this.#end()
    else this.#arrangeNextTick()
  }

  #arrangeNextTick(): void {
    try {
      if (this.#ready.length > 0) {
        this.#host.requestTick()
        return
      }
      this.#awake = false
      this.#ready.shrink()
      this.#dropCancelledTimers()
      this.#host.setTimer(this.#timers.earliest)
    } catch (error) {
      this.#end(error)
    }
  }

  #iterate(): void {
    const host = this.#host
    const ready = this.#ready
    let now = host.now()
    let coarse = host.coarseNow()
    const deadline = now + this.#budget
    // Handles run since the last look at the coarse clock, and since the last reading of the real one.
    let unwatched = 0
    let unread = 0
    /** Readings in a row that found the clock where it was. */
    let stopped = 0
    do {
      if (this.#left === 0) {
        if (this.#timers.length > 0) this.#moveDueTimers(now)
        this.#left = ready.length
        if (this.#left > 0 || this.#stopping) this.#iterations++
      }
      let left = this.#left
      while (left > 0) {
        left--
        const item = ready.shift() as Runnable
        if (this._debug) this.#runTimed(item)
        else item._run()
        if (++unwatched < this.#stride) continue
        unread += unwatched
        unwatched = 0
        const before = coarse
        coarse = host.coarseNow()
        if (coarse === before && unread < CLOCK_STRIDE_FORCED) continue
        const read = now
        now = host.now()
        if (now > read) stopped = 0
        else if (unread >= CLOCK_STRIDE_FORCED && ++stopped >= CLOCK_STOPPED) {
          this.#left = left
          return
        }
        const average = (now - read) / unread
        this.#adaptStride(average)
        unread = 0
        // Here, or after one more: whatever comes nearer to the budget.
        if (now + average / 2 >= deadline) {
          this.#left = left
          return
        }
      }
      this.#left = 0
    } while (ready.length > 0 && !this.#stopping)
  }

  /** Looking at the clock costs as much as a tiny callback: among tiny ones that is done less often. */
  #adaptStride(average: number): void {
    if (average > TINY_CALLBACK) this.#stride = 1
    else if (this.#stride < this.#host.clockStride) this.#stride *= 2
  }

  #runTimed(item: Runnable): void {
    const begin = this.#host.now()
    item._run()
    const took = this.#host.now() - begin
    if (took >= this.slowCallbackDuration) _logWarning(`Executing ${item} took ${took.toFixed(3)} seconds`)
  }

  #moveDueTimers(now: number): void {
    this.#dropCancelledTimers()
    const timers = this.#timers
    const end = now + this.#host.resolution
    while (timers.length > 0) {
      const when = timers.earliest
      // The first comparison counts where the clock is so large that adding the resolution does not change it.
      if (when > now && when >= end) break
      const timer = timers.pop() as Timer
      timer._scheduled = false
      if (timer._dropped) this.#cancelledTimers--
      else this.#ready.push(timer)
    }
  }

  #dropCancelledTimers(): void {
    const timers = this.#timers
    if (this.#cancelledTimers === 0) return
    if (timers.length > MIN_SCHEDULED_TIMERS && this.#cancelledTimers / timers.length > MIN_CANCELLED_FRACTION) {
      timers.retain(isAlive)
      this.#cancelledTimers = 0
      return
    }
    while (timers.peek()?._dropped === true) {
      ;(timers.pop() as Timer)._scheduled = false
      this.#cancelledTimers--
    }
  }

  #wake(): void {
    if (this.#awake || !this.#running) return
    this.#awake = true
    this.#host.requestTick()
  }

  #end(error?: unknown): void {
    const ended = this.#ended
    this.#ended = undefined
    this.#running = false
    this.#stopping = false
    this.#awake = false
    this._currentTask = undefined
    _leaveContext()
    _setRunningLoop(undefined)
    this.#host.setTimer(Number.POSITIVE_INFINITY)
    this.#host.setRunning(false)
    if (error === undefined) ended?.resolve()
    else ended?.reject(error)
  }

  #callSoon(
    caller: string,
    callback: Callback,
    args: unknown[] | undefined,
    options: ContextOption | undefined,
  ): Handle {
    if (this.#closed) this.#checkClosed()
    if (this._debug) this.#checkCallback(caller, callback)
    const handle = new Handle(callback, args, this, options?.context)
    if (this._debug) this._recordSource(handle)
    this._push(handle)
    return handle
  }

  #callAt(
    caller: string,
    when: number,
    callback: Callback,
    args: unknown[],
    options: ContextOption | undefined,
  ): TimerHandle {
    if (this.#closed) this.#checkClosed()
    if (typeof when !== "number")
      throw new TypeError(`when cannot be None: ${caller}() takes seconds, got ${repr(when)}`)
    if (Number.isNaN(when))
      throw new ValueError(`Invalid time: NaN (not a number). ${caller}() takes seconds of loop.time()`)
    if (this._debug) this.#checkCallback(caller, callback)
    const timer = new TimerHandle(when, callback, args.length === 0 ? undefined : args, this, options?.context)
    if (this._debug) this._recordSource(timer)
    this._schedule(when, timer)
    return timer
  }

  #checkCallback(caller: string, callback: unknown): void {
    if (isCoroutine(callback) || isCoroutineFunction(callback)) {
      throw new TypeError(`coroutines cannot be used with ${caller}(): use createTask(), got ${repr(callback)}`)
    }
    if (typeof callback !== "function") {
      throw new TypeError(`a callable object was expected by ${caller}(), got ${repr(callback)}`)
    }
  }

  #checkClosed(): void {
    if (this.#closed) throw new RuntimeError("Event loop is closed: start another one with run(main())")
  }

  #checkRunning(): void {
    if (this.#running) throw new RuntimeError("This event loop is already running: inside a coroutine write yield*")
    const reserved = _realmReservedFor()
    if (_getRunningLoop() !== undefined || (reserved !== undefined && reserved !== this)) {
      throw new RuntimeError("Cannot run the event loop while another loop is running: end that one first, or use it")
    }
  }

  // --- reports --------------------------------------------------------------------------------------------------------

  #thinNursery(): void {
    const nursery = this.#nursery
    let kept = 0
    for (const coroutine of nursery) if (coroutine._unclaimed) nursery[kept++] = coroutine
    nursery.length = kept
    this.#nurserySize = Math.max(NURSERY_SIZE, 2 * kept)
  }

  /** At the end of a tick: what nobody has taken charge of by now is worth a place in the collector's books. */
  #sweep(): void {
    if (this.#nursery.length > 0) {
      for (const coroutine of this.#nursery) {
        if (coroutine._unclaimed) {
          new Orphan(coroutine, this.#orphans, this._sourceOf(coroutine).source_traceback)
        }
      }
      this.#nursery.length = 0
      this.#nurserySize = NURSERY_SIZE
    }
    if (this._failures.length > 0) {
      for (const future of this._failures) {
        if (future._unseen) this.#unseenOf.set(future, new Failure(future, this.#unseen))
      }
      this._failures = []
    }
  }

  #describeWaiting(): string[] {
    const lines: string[] = []
    for (const task of this._allTasks()) {
      const { _waiting: future } = task
      const where = task.getStack().join(" > ")
      lines.push(`${task._brief()} in ${where} waits for ${future === undefined ? "its turn" : future}`)
    }
    return lines
  }

  #abandonTasks(): void {
    for (const task of [...this._allTasks()]) {
      this._removeTask(task)
      if (!task._mayBeLost) {
        const message = "Task was destroyed but it is pending!"
        this.callExceptionHandler({ message, task, ...this._sourceOf(task) })
      }
      try {
        task._abandon()
      } catch (error) {
        this.callExceptionHandler({ message: `Exception ignored while closing ${task}`, exception: error, task })
      }
    }
  }

  // --- executors ------------------------------------------------------------------------------------------------------

  #submit<R>(executor: Executor, fn: Callback, args: unknown[]): Future<R> {
    return wrapFuture(executor.submit(fn, ...args), { loop: this }) as Future<R>
  }

  #submitLater<R>(loading: Promise<Executor>, fn: Callback, args: unknown[]): Future<R> {
    const future = this.createFuture<R>()
    this._countJob(1)
    const submit = (executor: Executor) => {
      this._countJob(-1)
      if (this.#defaultExecutor === loading) this.#defaultExecutor = executor
      if (!future.done()) _chainFuture(executor.submit(fn, ...args) as ConcurrentFuture<R>, future)
    }
    loading.then(submit).catch((error) => {
      if (!future.done()) future._fail(error)
    })
    return future
  }

  *#shutdownExecutor(timeout: number | undefined): CoroutineGenerator<void> {
    this.#executorShutdown = true
    const chosen = this.#defaultExecutor
    if (chosen === undefined) return
    const executor = chosen instanceof Promise ? yield* until(chosen) : chosen
    const down = this.createFuture<boolean>()
    const settle = (value: boolean) => void (down.done() || down.setResult(value))
    this._countJob(1)
    void executor.shutdown({ wait: true }).then(
      () => settle(true),
      (error) => void (down.done() || down._fail(error)),
    )
    const timer = timeout === undefined ? undefined : this.callLater(timeout, settle, false)
    try {
      if (yield* down) return
    } finally {
      this._countJob(-1)
      timer?.cancel()
    }
    _logWarning(
      `RuntimeWarning: The executor did not finish joining its threads within ${timeout} seconds: its workers are ended`,
    )
    const terminate = (executor as { terminateWorkers?: () => void }).terminateWorkers
    if (terminate !== undefined) terminate.call(executor)
    yield* until(executor.shutdown({ wait: false, cancelFutures: true }))
  }
}

/** Python's `new_event_loop()`. */
export function newEventLoop(options?: EventLoopOptions): EventLoop {
  return new EventLoop(options)
}

function stopLoop(future: Future<unknown>): void {
  if (future._state === State.FAILED) {
    future._seen()
    // An error that leaves the loop at once has done so already.
    if (leavesLoop(future._value)) return
  }
  future._loop.stop()
}

function isAlive(timer: Timer): boolean {
  if (!timer._dropped) return true
  timer._scheduled = false
  return false
}

function ignore(): void {}

function isContextOwner(value: unknown): value is ContextOwner {
  return typeof value === "object" && value !== null && "_context" in value && "_vars" in value
}

/**
 * What is left of a future whose exception nobody has looked at so far: reported when the future is collected, or when
 * the run ends.
 */
class Failure implements ContextOwner {
  readonly _context: Context | undefined
  readonly _vars: Vars
  readonly #future: WeakRef<Future<unknown>>
  readonly #unseen: Set<Failure>
  readonly #loop: EventLoop
  readonly #report: ExceptionContext
  readonly #text: string

  constructor(future: Future<unknown>, unseen: Set<Failure>) {
    const owner = isContextOwner(future) ? future : undefined
    this._context = owner?._context
    this._vars = owner?._vars
    this.#future = new WeakRef(future)
    this.#unseen = unseen
    this.#loop = future._loop
    this.#text = String(future)
    // Until it is formatted, V8's stack holds the frames, and they hold the task: it would never be collected.
    if (future._value instanceof Error) void future._value.stack
    this.#report = {
      message: `${future._kind} exception was never retrieved`,
      exception: future._value,
      ...future._loop._sourceOf(future),
    }
    unseen.add(this)
    failures ??= new FinalizationRegistry((failure) => failure.report())
    failures.register(future, this, this)
  }

  /** Somebody looked. */
  dismiss(): void {
    failures?.unregister(this)
    this.#unseen.delete(this)
  }

  report(): void {
    this.dismiss()
    const future = this.#future.deref()
    if (future !== undefined) future._unseen = false
    this.#loop.callExceptionHandler({ ...this.#report, future: future ?? this })
  }

  /** The collected future, as it looked. */
  toString(): string {
    return this.#text
  }
}

let failures: FinalizationRegistry<Failure> | undefined
