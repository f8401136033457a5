/**
 * Coroutine objects: lazy, thenable, with names and stacks; and how they are driven.
 *
 * Awaiting a {@link Coroutine} does not delegate to its generator. Its iterator hands the coroutine itself to whoever
 * drives the outermost one, and that driver keeps the stack of frames: to resume the innermost costs the same at depth 1
 * and at depth 100,000, where `yield*` through generators passes every value along all of them.
 *
 * @see CPython Objects/genobject.c, Lib/asyncio/coroutines.py
 */
import { _getRunningLoop, _runningLoopFor } from "./events.js"
import { RuntimeError, StopIteration } from "./exceptions.js"
import { describeFunction, repr, typeName } from "./format-helpers.js"
import type { Awaitable, CoroutineGenerator, Suspension } from "./futures.js"
import { _logWarning } from "./log.js"

/** What {@link _advance} gives when the outermost coroutine has returned instead of suspending. @internal */
export const RETURNED: unique symbol = /* @__PURE__ */ Symbol("returned")
/** … and when it has thrown. Handed on as a value: throwing it again would cost more than the whole step. @internal */
export const THREW: unique symbol = /* @__PURE__ */ Symbol("threw")

/**
 * CREATED until its `yield*` has OFFERED it to the driver, which has it AWAITED by another; or it belongs to a TASK, or is
 * driven BY_HAND. CLOSED in the end.
 *
 * @internal
 */
export const CoroutineState = { CREATED: 0, OFFERED: 1, AWAITED: 2, TASK: 3, BY_HAND: 4, CLOSED: 5 } as const

/** What a coroutine is driven by: a generator, or an iterator that behaves like one. @internal */
export interface Steps<T> {
  next(value: unknown): IteratorResult<Suspension | undefined, T>
  throw(error: unknown): IteratorResult<Suspension | undefined, T>
  return(value: never): IteratorResult<Suspension | undefined, T>
}

/**
 * What calling a coroutine function returns: nothing runs until it is awaited, wrapped in a task, or sent to.
 *
 * In native code `await coroutine` starts it as a task of the running loop.
 *
 * @see CPython, "coroutine objects" in the language reference
 */
export abstract class Coroutine<T> implements Awaitable<T>, PromiseLike<T> {
  // No private methods here, nor in the futures: each instance would carry a brand for them.

  /** The name of the coroutine function. */
  abstract readonly name: string
  /** @internal */
  abstract readonly _steps: Steps<T>
  /** @internal */
  _state: (typeof CoroutineState)[keyof typeof CoroutineState] = CoroutineState.CREATED
  /**
   * Depends on the state. CREATED: the report that is due if nobody awaits it. AWAITED: the coroutine that awaits it, or
   * `undefined` for the outermost generator. TASK, BY_HAND: its driver.
   *
   * @internal
   */
  _owner: Orphan | Coroutine<unknown> | Driver | undefined = undefined

  /** @param watched warn if it is never awaited. @internal */
  constructor(watched: boolean) {
    if (!watched) return
    const loop = _getRunningLoop()
    if (loop !== undefined) loop._coroutineMade(this as Coroutine<unknown>)
    else watch(this as Coroutine<unknown>)
  }

  /** `created`, `running`, `suspended` or `closed`. @see CPython `inspect.getcoroutinestate` */
  get state(): "created" | "running" | "suspended" | "closed" {
    if (this._state === CoroutineState.CLOSED) return "closed"
    if (this._state <= CoroutineState.OFFERED) return "created"
    const running = active !== undefined && (active === this._driver() || _stackOf(active).includes(this))
    return running ? "running" : "suspended"
  }

  /** The coroutine that this one awaits; `undefined` if it awaits something else or nothing. Python's `cr_await`. */
  get awaiting(): Coroutine<unknown> | undefined {
    // One that is awaited by another does not know its driver; the one that is at work can be asked.
    const driver = this._driver() ?? active
    const stack = driver === undefined ? [] : _stackOf(driver)
    return stack[stack.indexOf(this) + 1]
  }

  /**
   * Resumes it with a value and returns what it yields next.
   *
   * For learners and for loops of your own: a task does this for you.
   *
   * @throws {StopIteration} when it returns; `value` is what it returned.
   * @throws {TypeError} if it has not started and `value` is not undefined.
   * @throws {RuntimeError} if it has ended already, or somebody else drives it.
   *
   * ```ts run
   * const hello = asyncio.coroutine(function* hello() {
   *   yield
   *   return "done"
   * })
   * const it = hello()
   * it.send(undefined) // => undefined
   * it.send(undefined) // throws StopIteration: done
   * ```
   */
  send(value: unknown): unknown {
    if (this._state === CoroutineState.CREATED && value !== undefined) {
      throw new TypeError(
        `can't send non-None value to a just-started coroutine: nothing waits for ${repr(value)} yet, send undefined first`,
      )
    }
    return this._manually(false, value)
  }

  /**
   * Throws `error` where it is suspended and returns what it yields next; one that has not started is closed by it.
   *
   * @throws {StopIteration} when it returns.
   */
  throw(error: unknown): unknown {
    return this._manually(true, error)
  }

  /**
   * Ends it where it is suspended: its `finally` blocks run. Returns what a `finally` block returned.
   *
   * @throws {RuntimeError} if it suspends again instead of ending, or another coroutine awaits it.
   */
  close(): unknown {
    if (this._state === CoroutineState.AWAITED || this._state === CoroutineState.OFFERED) throw awaitedAlready(this)
    const driver = this._driver()
    if (this._state === CoroutineState.CREATED) this._take(CoroutineState.CLOSED)
    this._state = CoroutineState.CLOSED
    return driver === undefined ? undefined : _closeStack(driver)
  }

  /** Waits for it: `yield* coroutine` runs it right here, in the same task, without a turn of the loop. */
  [Symbol.iterator](): Iterator<Suspension | undefined, T, unknown> {
    return new CoroutineIterator(this)
  }

  then<R1 = T, R2 = never>(
    onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    return this._asPromise().then(onFulfilled, onRejected)
  }

  /** As `Promise.prototype.catch`; starts it. */
  catch<R = never>(onRejected?: ((reason: unknown) => R | PromiseLike<R>) | null): Promise<T | R> {
    return this._asPromise().catch(onRejected)
  }

  /** As `Promise.prototype.finally`; starts it. */
  finally(onFinally?: (() => void) | null): Promise<T> {
    return this._asPromise().finally(onFinally)
  }

  /** Python's `repr()`. */
  toString(): string {
    return `<coroutine object ${this.name}>`
  }

  /** Nobody has taken charge of it so far. @internal */
  get _unclaimed(): boolean {
    return this._state === CoroutineState.CREATED
  }

  /** A task has it, or had it. @internal */
  get _isTasks(): boolean {
    if (this._state !== CoroutineState.TASK && this._state !== CoroutineState.CLOSED) return false
    return (this._owner as Partial<Driver> | undefined)?._toPromise !== undefined
  }

  /** Somebody takes charge of it: it is not "never awaited" any more. @internal */
  _take(state: (typeof CoroutineState)[keyof typeof CoroutineState]): void {
    if (this._state === CoroutineState.CLOSED) throw reused(this)
    if (this._state !== CoroutineState.CREATED) throw awaitedAlready(this)
    if (this._owner !== undefined) this._dismiss()
    this._state = state
  }

  /** Gives its steps to a task; a coroutine that somebody has already fails in the task, as in CPython. @internal */
  _adopt(task: Driver): Steps<T> {
    if (this._state !== CoroutineState.CREATED) return delegate(this)
    this._take(CoroutineState.TASK)
    this._owner = task
    return this._steps
  }

  /** Starts it in the hands of the caller. @internal */
  _begin(): void {
    this._take(CoroutineState.BY_HAND)
    this._owner = { _steps: this._steps, _leaf: undefined }
  }

  /** Resumes it by hand. @internal */
  _drive(throwing: boolean, value: unknown): unknown {
    const yielded = _advance(this._owner as Driver, throwing, value)
    if (yielded === RETURNED || yielded === THREW) this._state = CoroutineState.CLOSED
    if (yielded === THREW) throw _takeOutcome()
    return yielded
  }

  /** It has ended. @internal */
  _ended(): void {
    this._state = CoroutineState.CLOSED
  }

  /** @internal */
  _dismiss(): void {
    ;(this._owner as Orphan).dismiss()
    this._owner = undefined
  }

  /** @internal */
  _manually(throwing: boolean, value: unknown): unknown {
    if (this._state !== CoroutineState.BY_HAND) this._begin()
    const yielded = this._drive(throwing, value)
    if (yielded === RETURNED) throw new StopIteration(_takeOutcome())
    return yielded
  }

  /** @internal */
  _driver(): Driver | undefined {
    return this._state === CoroutineState.TASK || this._state === CoroutineState.BY_HAND
      ? (this._owner as Driver)
      : undefined
  }

  /** @internal */
  _asPromise(): Promise<T> {
    try {
      const owner = this._owner as Partial<Driver> | undefined
      if (owner?._toPromise !== undefined) return owner._toPromise() as Promise<T>
      return _runningLoopFor("await").createTask(this)._toPromise()
    } catch (error) {
      return Promise.reject(error)
    }
  }
}

/** A coroutine over a generator. @internal */
export class GeneratorCoroutine<T> extends Coroutine<T> {
  override readonly name: string
  /** @internal */
  override readonly _steps: Steps<T>

  constructor(generator: Steps<T>, name: string) {
    super(true)
    this.name = name
    this._steps = generator
  }
}

/**
 * A coroutine that is its own iterator, and awaits no further one: as cheap as a suspension can be.
 *
 * Invariant: it does nothing about an error but to drop what it waits for, so that `throw` means the same to the engine,
 * which calls it for `yield*`, and to who drives the coroutine by hand.
 *
 * @internal
 */
export abstract class Primitive<T> extends Coroutine<T> implements Steps<T> {
  /** @internal */
  override get _steps(): Steps<T> {
    return this
  }

  abstract next(): IteratorResult<Suspension | undefined, T>

  override throw(error: unknown): never {
    this._state = CoroutineState.CLOSED
    this._drop(error)
    throw error
  }

  return(value?: T): IteratorResult<Suspension | undefined, T> {
    this._state = CoroutineState.CLOSED
    this._drop(undefined)
    return { done: true, value: value as T }
  }

  override [Symbol.iterator](): Iterator<Suspension | undefined, T, unknown> {
    if (this._state === CoroutineState.CREATED && this._owner === undefined) this._state = CoroutineState.AWAITED
    else if (this._state === CoroutineState.CREATED) this._take(CoroutineState.AWAITED)
    else return super[Symbol.iterator]()
    return this
  }

  /** Lets go of what it waits for. @internal */
  abstract _drop(reason: unknown): void
}

/**
 * Who resumes a stack of coroutines: a task, or somebody by hand.
 *
 * @internal
 */
export interface Driver {
  /** Those of the outermost coroutine. */
  readonly _steps: Steps<unknown>
  /** The innermost coroutine, to be resumed next; `undefined` for the outermost one. */
  _leaf: Coroutine<unknown> | undefined
  /** A task has it. */
  _toPromise?(): Promise<unknown>
}

/** The driver that is at work. */
let active: Driver | undefined

/** What the outermost coroutine returned or threw, until whoever called {@link _advance} has fetched it. */
let outcome: unknown

/** Fetches what was returned or thrown after {@link _advance} gave `RETURNED` or `THREW`. @internal */
export function _takeOutcome(): unknown {
  const value = outcome
  outcome = undefined
  return value
}

/**
 * Resumes the innermost coroutine and runs until something suspends: gives what it yielded, or `RETURNED`, or `THREW`.
 *
 * What one throws goes on into the one that awaits it.
 *
 * @internal
 */
export function _advance(driver: Driver, throwing: boolean, value: unknown): unknown {
  const outer = active
  active = driver
  let leaf = driver._leaf
  for (;;) {
    const steps = leaf === undefined ? driver._steps : leaf._steps
    let step: IteratorResult<unknown, unknown>
    try {
      step = throwing ? steps.throw(value) : steps.next(value)
    } catch (error) {
      value = error instanceof StopIteration ? coroutineRaisedStopIteration(error) : error
      if (leaf === undefined) {
        active = outer
        outcome = value
        return THREW
      }
      throwing = true
      leaf = pop(driver, leaf)
      continue
    }
    value = step.value
    if (value === undefined && step.done !== true) {
      active = outer
      return undefined
    }
    if (step.done === true) {
      if (leaf === undefined) {
        active = outer
        outcome = value
        return RETURNED
      }
      throwing = false
      leaf = pop(driver, leaf)
    } else if (value instanceof Coroutine && value._state === CoroutineState.OFFERED) {
      value._state = CoroutineState.AWAITED
      value._owner = leaf
      driver._leaf = leaf = value as Coroutine<unknown>
      throwing = false
      value = undefined
    } else {
      active = outer
      return value
    }
  }
}

function pop(driver: Driver, leaf: Coroutine<unknown>): Coroutine<unknown> | undefined {
  const below = leaf._owner as Coroutine<unknown> | undefined
  leaf._state = CoroutineState.CLOSED
  leaf._owner = undefined
  driver._leaf = below
  return below
}

/**
 * Closes the stack, the innermost coroutine first. Gives what a `finally` block of the outermost one returned.
 *
 * @internal
 */
export function _closeStack(driver: Driver): unknown {
  for (let leaf = driver._leaf; leaf !== undefined; leaf = driver._leaf) {
    let step: IteratorResult<unknown, unknown>
    try {
      step = leaf._steps.return(undefined as never)
    } catch (error) {
      pop(driver, leaf)
      // What the clean-up of an inner coroutine throws, the outer ones may still handle.
      const ended = _advance(driver, true, error)
      if (ended === THREW) throw _takeOutcome()
      if (ended !== RETURNED) throw ignoredExit(leaf.name)
      return _takeOutcome()
    }
    if (step.done !== true) throw ignoredExit(leaf.name)
    pop(driver, leaf)
  }
  const step: IteratorResult<unknown, unknown> = driver._steps.return(undefined as never)
  if (step.done !== true) throw ignoredExit("it")
  return step.value
}

/** The coroutines that the outermost one awaits, one within the other, innermost last. @internal */
export function _stackOf(driver: Driver): Coroutine<unknown>[] {
  const stack: Coroutine<unknown>[] = []
  for (let leaf = driver._leaf; leaf !== undefined; leaf = leaf._owner as Coroutine<unknown> | undefined)
    stack.push(leaf)
  return stack.reverse()
}

/** `yield* coroutine`: first the coroutine is offered to the driver, then its result comes back. */
class CoroutineIterator<T> implements Iterator<Suspension | undefined, T, unknown> {
  readonly #coroutine: Coroutine<T>
  #offered = false
  #delegating = false

  constructor(coroutine: Coroutine<T>) {
    this.#coroutine = coroutine
  }

  next(value: unknown): IteratorResult<Suspension | undefined, T> {
    if (this.#offered) return { done: true, value: value as T }
    const coroutine = this.#coroutine
    if (this.#delegating) return this._delegate(false, value)
    if (active === undefined) {
      // The generator around is driven by hand, with next(): nobody would take an offer.
      coroutine._begin()
      this.#delegating = true
      return this._delegate(false, undefined)
    }
    coroutine._take(CoroutineState.OFFERED)
    this.#offered = true
    return { done: false, value: coroutine as unknown as Suspension }
  }

  throw(error: unknown): IteratorResult<Suspension | undefined, T> {
    if (!this.#delegating) throw error
    return this._delegate(true, error)
  }

  return(value?: T): IteratorResult<Suspension | undefined, T> {
    if (this.#delegating) this.#coroutine.close()
    return { done: true, value: value as T }
  }

  /** @internal */
  _delegate(throwing: boolean, value: unknown): IteratorResult<Suspension | undefined, T> {
    const yielded = this.#coroutine._drive(throwing, value)
    if (yielded === RETURNED) return { done: true, value: _takeOutcome() as T }
    return { done: false, value: yielded as Suspension | undefined }
  }
}

function reused(coroutine: { toString(): string }): RuntimeError {
  return new RuntimeError(
    `cannot reuse already awaited coroutine: ${coroutine} has ended; call the coroutine function again`,
  )
}

function awaitedAlready(coroutine: { toString(): string }): RuntimeError {
  return new RuntimeError(
    `coroutine is being awaited already: ${coroutine}; to wait for it in several places, make a task of it with createTask()`,
  )
}

function ignoredExit(name: string): RuntimeError {
  return new RuntimeError(`coroutine ignored GeneratorExit: ${name} waits inside finally while it is being closed`)
}

function coroutineRaisedStopIteration(error: StopIteration): RuntimeError {
  return new RuntimeError("coroutine raised StopIteration: end a coroutine with return", { cause: error })
}

const COROUTINE_FUNCTION: unique symbol = /* @__PURE__ */ Symbol.for("asyncio-web.coroutine-function")

/**
 * Makes a coroutine function of a generator function.
 *
 * What it returns when called is a {@link Coroutine}: lazy, with a name, a thenable for native code, as cheap to await at
 * depth 1,000 as at depth 1, and it says so if nobody ever awaits it. `this` is passed on, so methods work.
 *
 * ```ts run
 * const double = asyncio.coroutine(function* double(n: number) {
 *   yield* asyncio.sleep(1)
 *   return 2 * n
 * })
 * yield* double(21) // => 42
 * ```
 */
export function coroutine<This, A extends unknown[], T>(
  fn: (this: This, ...args: A) => CoroutineGenerator<T>,
): (this: This, ...args: A) => Coroutine<T> {
  if (typeof fn !== "function") {
    throw new TypeError(
      `coroutine() expects a generator function, got ${repr(fn)}: write coroutine(function* () { … })`,
    )
  }
  const { name } = fn
  const make = function (this: This, ...args: A): Coroutine<T> {
    const generator = fn.apply(this, args)
    if (!isGenerator(generator)) {
      throw new TypeError(
        `coroutine() expects a generator function: ${describeFunction(fn)} returned ${typeName(generator)}`,
      )
    }
    return new GeneratorCoroutine(generator, name)
  }
  Object.defineProperty(make, "name", { value: name, configurable: true })
  Object.defineProperty(make, "length", { value: fn.length, configurable: true })
  Object.defineProperty(make, COROUTINE_FUNCTION, { value: true })
  return make
}

/** True for a {@link Coroutine} and for a generator object. @see CPython `asyncio.iscoroutine` */
export function isCoroutine(value: unknown): value is Coroutine<unknown> | CoroutineGenerator<unknown> {
  return value instanceof Coroutine || isGenerator(value)
}

/** True for what {@link coroutine} returns and for a generator function. @see CPython `inspect.iscoroutinefunction` */
export function isCoroutineFunction(value: unknown): value is (...args: never[]) => Awaitable<unknown> {
  if (typeof value !== "function") return false
  return COROUTINE_FUNCTION in value || Object.prototype.toString.call(value) === "[object GeneratorFunction]"
}

/** True for what can stand behind `yield*` as an awaitable. Strings and collections are iterable, but no awaitables. */
export function isAwaitable(value: unknown): value is Awaitable<unknown> {
  if (typeof value !== "object" || value === null) return false
  if (value instanceof Coroutine || isGenerator(value)) return true
  if (typeof (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] !== "function") return false
  return !(Array.isArray(value) || value instanceof Map || value instanceof Set || ArrayBuffer.isView(value))
}

/** True for a generator object. @internal */
export function isGenerator(value: unknown): value is CoroutineGenerator<unknown> {
  return typeof value === "object" && value !== null && (value as Tagged)[Symbol.toStringTag] === "Generator"
}

/** On a generator object: the task that it was given to. A WeakMap of them would double the collector's work. */
const TASK: unique symbol = /* @__PURE__ */ Symbol("task")

interface Tagged {
  readonly [Symbol.toStringTag]?: unknown
  [TASK]?: Driver
}

/** Gives a generator to a task; one that another task has fails in the task, as in CPython. @internal */
export function _adoptGenerator<T>(generator: CoroutineGenerator<T>, task: Driver): Steps<T> {
  const tagged = generator as Tagged
  if (tagged[TASK] !== undefined) return failing(generatorReused())
  tagged[TASK] = task
  return generator
}

/** The task that runs a coroutine or generator. @internal */
export function _taskOf(coroutine: Coroutine<unknown> | CoroutineGenerator<unknown>): Driver | undefined {
  if (!(coroutine instanceof Coroutine)) return (coroutine as Tagged)[TASK]
  return coroutine._isTasks ? (coroutine._owner as Driver) : undefined
}

function generatorReused(): RuntimeError {
  return new RuntimeError(
    "cannot reuse already awaited coroutine: this generator was given to a task before; call the generator function again",
  )
}

function* failing(error: Error): CoroutineGenerator<never> {
  throw error
}

/** A coroutine that awaits `awaitable`. @internal */
export function _awaiting<T>(awaitable: Awaitable<T>): Coroutine<T> {
  return new GeneratorCoroutine(delegate(awaitable), typeName(awaitable))
}

function* delegate<T>(awaitable: Awaitable<T>): CoroutineGenerator<T> {
  return yield* awaitable
}

// --- never awaited ----------------------------------------------------------------------------------------------------

/**
 * What is left of a coroutine that nobody has awaited so far.
 *
 * @internal
 */
export class Orphan {
  readonly #name: string
  readonly #source: string | undefined
  readonly #orphans: Set<Orphan> | undefined

  /** @param orphans those of the loop in which it was made, to be settled when the run ends. */
  constructor(coroutine: Coroutine<unknown>, orphans?: Set<Orphan>, source?: string) {
    this.#name = coroutine.name
    this.#source = source
    this.#orphans = orphans
    coroutine._owner = this
    orphans?.add(this)
    graveyard ??= new FinalizationRegistry((orphan) => orphan.report())
    graveyard.register(coroutine, this, this)
  }

  /** The coroutine found somebody. */
  dismiss(): void {
    graveyard?.unregister(this)
    this.#orphans?.delete(this)
  }

  /** The coroutine was collected, or the run has ended. */
  report(): void {
    this.dismiss()
    const made = this.#source === undefined ? "" : `\nCoroutine created at (most recent call first)\n${this.#source}`
    _logWarning(`RuntimeWarning: coroutine '${this.#name}' was never awaited${made}`)
  }
}

let graveyard: FinalizationRegistry<Orphan> | undefined

/** A coroutine made while no loop runs: only the collector can tell that nobody wants it. */
function watch(coroutine: Coroutine<unknown>): void {
  queueMicrotask(() => {
    if (coroutine._unclaimed) new Orphan(coroutine)
  })
}
