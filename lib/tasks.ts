/**
 * A coroutine in the loop's hands.
 *
 * @see CPython Lib/asyncio/tasks.py
 */
import type { EventLoop } from "./base-events.js"
import { _contextOf, _currentOwner, _currentVars, _enterContext, type Context, type Vars } from "./contextvars.js"
import {
  _adoptGenerator,
  _advance,
  _awaiting,
  _closeStack,
  _stackOf,
  _takeOutcome,
  Coroutine,
  CoroutineState,
  isAwaitable,
  isCoroutine,
  isGenerator,
  Primitive,
  RETURNED,
  type Steps,
  THREW,
} from "./coroutines.js"
import { _runningLoopFor, getEventLoop, type Timer } from "./events.js"
import { CancelledError, leavesLoop, RuntimeError, ValueError } from "./exceptions.js"
import { describeFunction, repr, typeName } from "./format-helpers.js"
import {
  type Awaitable,
  type AwaitableOrPromise,
  type CoroutineGenerator,
  Flag,
  Future,
  isFuture,
  State,
  type Suspension,
} from "./futures.js"
import { _logWarning } from "./log.js"
import { until } from "./promises.js"

/** Options of {@link createTask}. */
export interface TaskOptions {
  /** What the task is called in reports; `Task-1`, `Task-2`, … if not given. Anything that is no string is made one. */
  name?: unknown
  /** The context to run in; a copy of the current one if not given. */
  context?: Context | undefined
  /** Run the first step at once, before `createTask` returns. */
  eagerStart?: boolean | undefined
}

/** What a task can run. */
export type CoroutineLike<T> = Coroutine<T> | CoroutineGenerator<T>

let count = 0

/**
 * A future that runs a coroutine: each step is one turn of the loop.
 *
 * Made by {@link createTask}. The loop keeps a task until it is done: unlike in CPython none vanishes because nobody holds
 * it.
 *
 * @see CPython Lib/asyncio/tasks.py, `Task`
 */
export class Task<T> extends Future<T> {
  /** @internal */
  _context: Context | undefined
  /** @internal */
  _vars: Vars
  /** Neighbours in the loop's list of tasks that are not done. @internal */
  _previous: Task<unknown> | undefined = undefined
  /** @internal */
  _next: Task<unknown> | undefined = undefined

  /** @internal */
  readonly _steps: Steps<T>
  /** @internal */
  _leaf: Coroutine<unknown> | undefined = undefined

  #coroutine: CoroutineLike<T> | undefined
  #name: string | number
  /** What it waits for; `undefined` while it stands in the ready queue or runs. */
  #waitsFor: Future<unknown> | undefined = undefined
  #cancelRequests = 0

  constructor(coroutine: CoroutineLike<T>, options: TaskOptions & { loop?: EventLoop | undefined } = {}) {
    super(options)
    const loop = this._loop
    const { name, context } = options
    this.#coroutine = coroutine
    if (coroutine instanceof Coroutine) this._steps = coroutine._adopt(this)
    else if (isGenerator(coroutine)) this._steps = _adoptGenerator(coroutine, this)
    else throw notACoroutine(coroutine)
    this.#name = name === undefined ? ++count : String(name)
    this._context = context
    this._vars = context === undefined ? _currentVars() : undefined
    loop._addTask(this)
    if (options.eagerStart === true && loop.isRunning()) this._startEagerly()
    else loop._push(this)
  }

  /** The task's name. */
  getName(): string {
    return typeof this.#name === "number" ? `Task-${this.#name}` : this.#name
  }

  /** Gives it another name; what is no string is made one. */
  setName(name: unknown): void {
    this.#name = String(name)
  }

  /** The coroutine that it was made of; `undefined` if it was done before it was ever scheduled, by an eager start. */
  getCoro(): CoroutineLike<T> | undefined {
    return this.#coroutine
  }

  /** The context in which the coroutine runs. */
  getContext(): Context {
    return _contextOf(this)
  }

  /**
   * Asks the coroutine to end: {@link CancelledError} is thrown in at the `yield*` where it waits, at its next turn.
   *
   * Returns false if it is done already. The coroutine may clean up, and may refuse: then the task goes on.
   */
  override cancel(message?: string): boolean {
    if (this._state !== State.PENDING) {
      if (this._unseen) this._seen()
      return false
    }
    this.#cancelRequests++
    this._flags |= Flag.CANCEL_PENDING
    // What it waits for is cancelled first; a task among it may refuse.
    if (this.#waitsFor?.cancel(message)) return true
    this._flags |= Flag.MUST_CANCEL
    this._cancelled = message
    return true
  }

  /** How many cancellations have been asked for, less those that {@link uncancel} took back. */
  cancelling(): number {
    return this.#cancelRequests
  }

  /**
   * Takes one request to cancel back, as the block does that has handled it; returns how many are left.
   *
   * The last one is withdrawn even before it was delivered.
   */
  uncancel(): number {
    if (this.#cancelRequests > 0 && --this.#cancelRequests === 0)
      this._flags &= ~(Flag.MUST_CANCEL | Flag.CANCEL_PENDING)
    return this.#cancelRequests
  }

  /** @throws {RuntimeError} always: a task's result is what its coroutine returns. */
  override setResult(): never {
    throw new RuntimeError("Task does not support set_result operation: its result is what its coroutine returns")
  }

  /** @throws {RuntimeError} always: a task's exception is what its coroutine throws. */
  override setException(): never {
    throw new RuntimeError("Task does not support set_exception operation: its exception is what its coroutine throws")
  }

  /**
   * Where the coroutine stands, outermost first: the names of the coroutines between the task and the `yield*` at which it
   * waits. Empty once it is done; the stack of its error is `task.exception().stack`.
   *
   * Differs from CPython: JavaScript shows no frames of a suspended generator, but the chain of coroutines is known in full.
   */
  getStack(options?: { limit?: number }): string[] {
    if (this.done()) return []
    const names = [this._coroutineName(), ..._stackOf(this).map((inner) => inner.name)]
    return options?.limit === undefined ? names : names.slice(0, options.limit)
  }

  /** Writes {@link getStack}, or the stack of its error, to `write`, a line at a time; to the console by default. */
  printStack(options: { limit?: number; write?: (line: string) => void } = {}): void {
    const write = options.write ?? console.log
    if (this._state === State.FAILED) {
      write(`Traceback for ${this} (most recent call first):`)
      write(this._value instanceof Error ? (this._value.stack ?? String(this._value)) : repr(this._value))
      return
    }
    const stack = this.getStack(options)
    write(stack.length === 0 ? `No stack for ${this}` : `Stack for ${this} (most recent call last):`)
    for (const name of stack) write(`  ${name}`)
  }

  /** Takes the next step. @internal */
  _run(): void {
    _enterContext(this)
    const future = this.#waitsFor
    if (future !== undefined) {
      this.#waitsFor = undefined
      // Its error is thrown by the iterator of the future, which looks itself how it ended.
      if ((this._flags & Flag.CANCEL_PENDING) === 0) this._step(false, undefined)
      else this._resumeCancelled(future)
    } else if ((this._flags & Flag.THROWS_IN) === 0) {
      this._step(false, undefined)
    } else {
      const error = this._value
      this._value = undefined
      this._flags &= ~Flag.THROWS_IN
      this._step(true, error)
    }
  }

  /** The request to cancel went to what it waited for, or came too late for that. @internal */
  _resumeCancelled(future: Future<unknown>): void {
    const mustCancel = (this._flags & Flag.MUST_CANCEL) !== 0
    if (!mustCancel) this._flags &= ~Flag.CANCEL_PENDING
    if (mustCancel && future._state === State.CANCELLED) this._step(true, future._takeError())
    else this._step(false, undefined)
  }

  /** Asked to end, and the coroutine has not been told yet. @internal */
  get _cancelPending(): boolean {
    return (this._flags & Flag.CANCEL_PENDING) !== 0
  }

  /** No report if the loop closes over it. @internal */
  get _mayBeLost(): boolean {
    return (this._flags & Flag.MAY_BE_LOST) !== 0
  }

  set _mayBeLost(value: boolean) {
    this._setFlag(Flag.MAY_BE_LOST, value)
  }

  /** Ends the coroutine of a task that will never run again. @internal */
  _abandon(): void {
    _closeStack(this)
  }

  /** What it waits for, for reports. @internal */
  get _waiting(): Future<unknown> | undefined {
    return this.#waitsFor
  }

  override get _kind(): string {
    return "Task"
  }

  /** @internal */
  protected override _describe(): string[] {
    const parts = [this._kind, this._describeState(), `name='${this.getName()}'`, this._describeCoroutine()]
    if (this.#waitsFor !== undefined) parts.push(`wait_for=${this.#waitsFor._brief()}`)
    return [...parts, ...this._describeOutcome(), ...this._describeWaiters()]
  }

  /** @internal */
  override _brief(): string {
    return `<Task ${this._describeState()} name='${this.getName()}'>`
  }

  protected override _describeState(): string {
    const state = super._describeState()
    return state === "pending" && this.#cancelRequests > 0 ? "cancelling" : state
  }

  /** @internal */
  _describeCoroutine(): string {
    return `coro=<${this._coroutineName()}() ${this.done() ? "done" : "running"}>`
  }

  /** @internal */
  _coroutineName(): string {
    return this.#coroutine instanceof Coroutine ? this.#coroutine.name : "generator"
  }

  /** @internal */
  _startEagerly(): void {
    const loop = this._loop
    const outerTask = loop._currentTask
    const outerContext = _currentOwner()
    const context = this._context
    if (context !== undefined && context === outerContext._context) {
      loop._removeTask(this)
      throw new RuntimeError("cannot enter context: it is already entered. Start eagerly in context.copy() instead")
    }
    _enterContext(this)
    try {
      this._step(false, undefined)
    } finally {
      loop._currentTask = outerTask
      _enterContext(outerContext)
      if (this.done()) this.#coroutine = undefined
    }
  }

  /** @internal */
  _step(throwing: boolean, value: unknown): void {
    if ((this._flags & Flag.MUST_CANCEL) !== 0) {
      if (!(throwing && value instanceof CancelledError)) value = this._makeCancelledError()
      throwing = true
      this._flags &= ~(Flag.MUST_CANCEL | Flag.CANCEL_PENDING)
    }
    const loop = this._loop
    loop._currentTask = this as Task<unknown>
    const yielded = _advance(this, throwing, value)
    loop._currentTask = undefined
    if (yielded === undefined) loop._push(this)
    else if (yielded === RETURNED) this._returned(_takeOutcome())
    else if (yielded instanceof Future) this._waitOn(yielded)
    else if (yielded === THREW) this._threw(_takeOutcome())
    else this._refuse(yielded)
  }

  /** @internal */
  _returned(result: unknown): void {
    if ((this._flags & Flag.MUST_CANCEL) !== 0) {
      // It was cancelled and never suspended again: the result is lost, as in CPython.
      this._end(State.CANCELLED, undefined)
      return
    }
    if (this._loop._debug && this.#cancelRequests > 0) this._reportSwallowed()
    this._end(State.FINISHED, result)
  }

  /** @internal */
  _threw(error: unknown): void {
    if (error instanceof CancelledError) {
      this._cancelled = error
      this._end(State.CANCELLED, undefined)
      return
    }
    this._left()
    this._fail(error)
    if (leavesLoop(error)) throw error
  }

  /** @internal */
  _end(state: (typeof State)["CANCELLED"] | (typeof State)["FINISHED"], value: unknown): void {
    this._left()
    this._finish(state, value)
  }

  /** The coroutine has ended. @internal */
  _left(): void {
    this._loop._removeTask(this)
    if (this.#coroutine instanceof Coroutine) this.#coroutine._ended()
  }

  /** @internal */
  _waitOn(future: Future<unknown>): void {
    if (future._loop !== this._loop) {
      future._blocking = false
      this._throwIn(
        new RuntimeError(`Task ${this} got Future ${future} attached to a different loop: await it where it belongs`),
      )
    } else if (!future._blocking) {
      this._throwIn(
        new RuntimeError(
          `yield was used instead of yield from in task ${this} with ${future}: write yield* to wait for it`,
        ),
      )
    } else if (future === (this as Future<unknown>)) {
      future._blocking = false
      this._throwIn(new RuntimeError(`Task cannot await on itself: ${this}; return the value instead`))
    } else {
      future._blocking = false
      future._addWaiter(this)
      this.#waitsFor = future
      if ((this._flags & Flag.MUST_CANCEL) !== 0 && future.cancel(this._cancelMessage)) {
        this._flags &= ~Flag.MUST_CANCEL
      }
    }
  }

  /** @internal */
  _refuse(yielded: unknown): void {
    if (isGenerator(yielded) || yielded instanceof Coroutine) {
      const what = yielded instanceof Coroutine ? String(yielded) : "generator"
      this._throwIn(
        new RuntimeError(`yield was used instead of yield from for ${what} in task ${this}: write yield* to run it`),
      )
      return
    }
    const hint = "In a coroutine write yield* for awaitables, and yield* until(promise) for promises"
    this._throwIn(new RuntimeError(`Task got bad yield: ${repr(yielded)}. ${hint}`))
  }

  /** @internal */
  _throwIn(error: unknown): void {
    this._value = error
    this._flags |= Flag.THROWS_IN
    this._loop._push(this)
  }

  /** @internal */
  _reportSwallowed(): void {
    _logWarning(
      `RuntimeWarning: ${this} was cancelled and returned all the same: a block caught CancelledError and did not throw it ` +
        "again. Catch what you mean by class, or call uncancel() where ending the cancellation is meant",
    )
  }
}

function notACoroutine(value: unknown): TypeError {
  return new TypeError(`a coroutine was expected, got ${expected(value, "createTask")}`)
}

/** What was given instead of a coroutine, and what to write. @internal */
export function expected(value: unknown, caller?: string): string {
  if (typeof value === "function") {
    const name = (value as { name: string }).name || "main"
    return `${describeFunction(value)}: call it, ${caller === undefined ? `${name}()` : `${caller}(${name}())`}`
  }
  if (isFuture(value)) return `${value}: it runs already; use ensureFuture() for what may be either`
  if (typeof (value as PromiseLike<unknown> | undefined)?.then === "function") {
    return `a ${typeName(value)}: wrap it, until(promise)`
  }
  return `${repr(value)}: call a generator function or a coroutine function`
}

/**
 * Schedules a coroutine on the running loop and returns the task that runs it; the first step comes in the next turn.
 *
 * @throws {RuntimeError} if no loop runs.
 * @throws {TypeError} if `coroutine` is none.
 * @see CPython `asyncio.create_task`
 *
 * ```ts run
 * function* answer() {
 *   yield* asyncio.sleep(1)
 *   return 42
 * }
 * const task = asyncio.createTask(answer(), { name: "deep thought" })
 * task.getName() // => "deep thought"
 * yield* task // => 42
 * ```
 */
export function createTask<T>(coroutine: CoroutineLike<T>, options?: TaskOptions): Task<T> {
  return _runningLoopFor("createTask").createTask(coroutine, options)
}

/**
 * The task that is taking a step right now; `undefined` in a plain callback and in code after a native `await`.
 *
 * @throws {RuntimeError} if no loop runs and none is given.
 * @see CPython `asyncio.current_task`
 */
export function currentTask(loop?: EventLoop): Task<unknown> | undefined {
  return (loop ?? _runningLoopFor("currentTask"))._currentTask
}

/**
 * The tasks of a loop that are not done, in the order in which they were made.
 *
 * @throws {RuntimeError} if no loop runs and none is given.
 * @see CPython `asyncio.all_tasks`
 */
export function allTasks(loop?: EventLoop): Set<Task<unknown>> {
  return new Set((loop ?? _runningLoopFor("allTasks"))._allTasks())
}

/**
 * A future for any awaitable: futures and tasks are returned as they are, everything else becomes a task.
 *
 * @param options.loop the loop for a new task; the current one if not given.
 * @throws {TypeError} if `awaitable` is none.
 * @see CPython `asyncio.ensure_future`
 */
export function ensureFuture<F extends Future<unknown>>(awaitable: F, options?: { loop?: EventLoop | undefined }): F
export function ensureFuture<T>(awaitable: AwaitableOrPromise<T>, options?: { loop?: EventLoop | undefined }): Future<T>
export function ensureFuture(
  awaitable: AwaitableOrPromise<unknown>,
  options?: { loop?: EventLoop | undefined },
): Future<unknown> {
  // The common cases first: asking a generator whether it is a future of another copy of this library is dear.
  if (isCoroutine(awaitable)) return (options?.loop ?? getEventLoop()).createTask(awaitable)
  if (isFuture(awaitable)) {
    if (options?.loop !== undefined && options.loop !== awaitable._loop) {
      throw new ValueError("The future belongs to a different loop than the one specified as the loop argument")
    }
    return awaitable
  }
  const coroutine = _asCoroutine(awaitable)
  return (options?.loop ?? getEventLoop()).createTask(coroutine)
}

/** A coroutine for any awaitable or promise that is no future. @internal */
export function _asCoroutine<T>(awaitable: AwaitableOrPromise<T>): CoroutineLike<T> {
  if (isCoroutine(awaitable)) return awaitable as CoroutineLike<T>
  if (isAwaitable(awaitable)) return _awaiting(awaitable)
  if (typeof (awaitable as PromiseLike<T> | undefined)?.then === "function") return until(awaitable as PromiseLike<T>)
  throw new TypeError(`An asyncio.Future, a coroutine or an awaitable is required: got ${expected(awaitable)}`)
}

/** True for an awaitable and for a promise. @internal */
export function isWaitable(value: unknown): value is AwaitableOrPromise<unknown> {
  return isAwaitable(value) || typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function"
}

/** An awaitable for any awaitable or promise. @internal */
export function _asAwaitable<T>(awaitable: AwaitableOrPromise<T>): Awaitable<T> {
  return isFuture(awaitable) ? (awaitable as Future<T>) : (_asCoroutine(awaitable) as Awaitable<T>)
}

/**
 * Suspends the task for `delay` seconds, then returns `result`.
 *
 * Zero or less is one turn of the loop: everything that is ready goes first. Cancelled, it drops its timer.
 *
 * @param delay seconds; for milliseconds write `sleep(ms(250))`.
 * @throws {ValueError} if `delay` is NaN.
 * @throws {TypeError} if `delay` is not a number.
 * @see CPython `asyncio.sleep`
 *
 * ```ts run
 * yield* asyncio.sleep(0.5, "rested") // => "rested"
 * ```
 */
export function sleep(delay: number): Coroutine<void>
export function sleep<T>(delay: number, result: T): Coroutine<T>
export function sleep<T>(delay: number, result?: T): Coroutine<T> {
  if (typeof delay === "number" && delay <= 0) return new Turn(result as T)
  return new Sleep(delay, result as T)
}

/** One turn of the loop. */
const YIELD = { done: false as const, value: undefined }
const DONE = { done: true as const, value: undefined }

/** A sleep of no length: the task goes to the back of the ready queue once. */
class Turn<T> extends Primitive<T> {
  readonly #result: T

  constructor(result: T) {
    // A forgotten yield* does no harm here: not worth to keep watch over what is made millions of times.
    super(false)
    this.#result = result
  }

  override get name(): string {
    return "sleep"
  }

  override next(): IteratorResult<Suspension | undefined, T> {
    if (this._state === CoroutineState.AWAITED) {
      // The state alone tells the first call from the second.
      this._state = CoroutineState.CLOSED
      return YIELD
    }
    const result = this.#result
    return result === undefined ? (DONE as IteratorResult<never, T>) : { done: true, value: result }
  }

  /** For a task of its own, or by hand; awaited, as nearly always, it needs no generator. @internal */
  override get _steps(): Steps<T> {
    return turn(this.#result)
  }

  override _drop(): void {}
}

function* turn<T>(result: T): CoroutineGenerator<T> {
  yield
  return result
}

/** `sleep()`. */
class Sleep<T> extends Primitive<T> {
  readonly #delay: number
  readonly #result: T
  #wakeUp: WakeUp | undefined = undefined

  constructor(delay: number, result: T) {
    super(true)
    this.#delay = delay
    this.#result = result
  }

  override get name(): string {
    return "sleep"
  }

  override next(): IteratorResult<Suspension | undefined, T> {
    const wakeUp = this.#wakeUp
    if (wakeUp === undefined) return { done: false, value: this._start() as unknown as Suspension }
    this._ended()
    if (wakeUp._state !== State.FINISHED) throw wakeUp._takeError()
    return { done: true, value: this.#result }
  }

  override _drop(): void {
    this.#wakeUp?.cancel()
  }

  /** @internal */
  _start(): WakeUp {
    const delay = this.#delay
    const loop = _runningLoopFor("sleep")
    _checkDelay("sleep", delay, loop)
    const wakeUp = new WakeUp(loop)
    loop._schedule(loop.time() + delay, wakeUp)
    wakeUp._flags |= Flag.BLOCKING
    this.#wakeUp = wakeUp
    return wakeUp
  }
}

/** A future that is its own timer. */
class WakeUp extends Future<void> implements Timer {
  _scheduled = true

  constructor(loop: EventLoop) {
    super(loop._futureOptions)
  }

  get _dropped(): boolean {
    return this._state !== State.PENDING
  }

  /** @internal */
  _run(): void {
    if (this._state === State.PENDING) this._finish(State.FINISHED, undefined)
  }

  override cancel(message?: string): boolean {
    if (!super.cancel(message)) return false
    if (this._scheduled) this._loop._timerCancelled()
    return true
  }
}

/** Refuses what is no duration, and asks in debug mode whether milliseconds were meant. @internal */
export function _checkDelay(caller: string, delay: number, loop: EventLoop): void {
  if (typeof delay !== "number") {
    throw new TypeError(`${caller}() takes a delay in seconds as a number, got ${repr(delay)}`)
  }
  if (Number.isNaN(delay)) throw new ValueError("Invalid delay: NaN (not a number). Delays are in seconds")
  if (loop._debug) loop._questionDelay(caller, delay)
}

/** Milliseconds in seconds: `sleep(ms(250))`. */
export function ms(milliseconds: number): number {
  return milliseconds / 1000
}

/**
 * A task factory under which every task takes its first step before `createTask` returns.
 *
 * @see CPython `asyncio.eager_task_factory`
 */
export function eagerTaskFactory<T>(loop: EventLoop, coroutine: CoroutineLike<T>, options: TaskOptions = {}): Task<T> {
  return new Task(coroutine, { eagerStart: true, ...options, loop })
}

/** An eager task factory for a task class of your own. @see CPython `asyncio.create_eager_task_factory` */
export function createEagerTaskFactory(
  make: <T>(coroutine: CoroutineLike<T>, options: TaskOptions & { loop: EventLoop }) => Task<T>,
): <T>(loop: EventLoop, coroutine: CoroutineLike<T>, options?: TaskOptions) => Task<T> {
  return (loop, coroutine, options) => make(coroutine, { eagerStart: true, ...options, loop })
}
