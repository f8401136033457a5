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
import type { Awaitable, CoroutineGenerator, Future, Suspension } from "./futures.js"
import { _logWarning } from "./log.js"

/** What `_advance` returns when the coroutine has returned instead of suspending. @internal */
export const RETURNED: unique symbol = /* @__PURE__ */ Symbol("returned")

const State = { CREATED: 0, OFFERED: 1, STARTED: 2, CLOSED: 3 } as const

/** The coroutine whose driver is at work. */
let active: Frame<unknown> | undefined

/**
 * What calling a coroutine function returns: nothing runs until it is awaited, wrapped in a task, or sent to.
 *
 * In native code `await coroutine` starts it as a task of the running loop.
 *
 * @see CPython, "coroutine objects" in the language reference
 */
export abstract class Coroutine<T> implements Awaitable<T>, PromiseLike<T> {
  /** The task that runs it, if it was given to one. @internal */
  _task: Future<T> | undefined = undefined
  /** Somebody has taken charge of it: it cannot be "never awaited" any more. @internal */
  _taken = false
  /** The report that is due if nobody does. @internal */
  _orphan: Orphan | undefined = undefined

  constructor() {
    const loop = _getRunningLoop()
    if (loop !== undefined) loop._coroutineMade(this)
    else watch(this)
  }

  /** The name of the coroutine function. */
  abstract get name(): string

  /** `created`, `running`, `suspended` or `closed`. @see CPython `inspect.getcoroutinestate` */
  get state(): "created" | "running" | "suspended" | "closed" {
    return this._frame().state
  }

  /** The coroutine that this one awaits; `undefined` if it awaits something else or nothing. Python's `cr_await`. */
  get awaiting(): Coroutine<unknown> | undefined {
    return this._frame().awaiting
  }

  /**
   * Resumes it with a value and returns what it yields next.
   *
   * For learners and for loops of your own: a task does this for you.
   *
   * @throws {StopIteration} when it returns; `value` is what it returned.
   * @throws {TypeError} if it has not started and `value` is not undefined.
   * @throws {RuntimeError} if it has ended already.
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
    return this._frame().send(value)
  }

  /**
   * Throws `error` where it is suspended and returns what it yields next; one that has not started is closed by it.
   *
   * @throws {StopIteration} when it returns.
   */
  throw(error: unknown): unknown {
    return this._frame().throw(error)
  }

  /**
   * Ends it where it is suspended: its `finally` blocks run. Returns what a `finally` block returned.
   *
   * @throws {RuntimeError} if it suspends again instead of ending.
   */
  close(): unknown {
    return this._frame().close()
  }

  /** Waits for it: `yield* coroutine` runs it right here, in the same task, without a turn of the loop. */
  abstract [Symbol.iterator](): Iterator<Suspension | undefined, T, unknown>

  /** The form that can be driven. @internal */
  abstract _frame(): Frame<T>

  /** Whoever awaits, wraps, sends to or closes it, calls this. @internal */
  _take(): void {
    this._taken = true
    if (this._orphan !== undefined) this._orphan.dismiss()
  }

  // biome-ignore lint/suspicious/noThenProperty: native code awaits a coroutine by this.
  then<R1 = T, R2 = never>(
    onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    return this.#toPromise().then(onFulfilled, onRejected)
  }

  /** As `Promise.prototype.catch`; starts it. */
  catch<R = never>(onRejected?: ((reason: unknown) => R | PromiseLike<R>) | null): Promise<T | R> {
    return this.#toPromise().catch(onRejected)
  }

  /** As `Promise.prototype.finally`; starts it. */
  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.#toPromise().finally(onFinally)
  }

  /** Python's `repr()`. */
  toString(): string {
    return `<coroutine object ${this.name}>`
  }

  #toPromise(): Promise<T> {
    try {
      this._task ??= _runningLoopFor("await").createTask(this)
      return this._task._toPromise()
    } catch (error) {
      return Promise.reject(error)
    }
  }
}

/**
 * A coroutine over a generator: one frame of a task's stack.
 *
 * Invariant: while it is awaited, `_parent` is the frame that awaits it, and that frame's `_child` is this one.
 *
 * @internal
 */
export class Frame<T> extends Coroutine<T> {
  _state: (typeof State)[keyof typeof State] = State.CREATED
  _parent: Frame<unknown> | undefined = undefined
  _child: Frame<unknown> | undefined = undefined
  /** Of the outermost frame: the one that is to be resumed. */
  #leaf: Frame<unknown> = this
  #result: T | undefined = undefined

  constructor(
    readonly _generator: CoroutineGenerator<T>,
    readonly name: string,
  ) {
    super()
  }

  override get state(): "created" | "running" | "suspended" | "closed" {
    if (this._state === State.CLOSED) return "closed"
    if (this._state !== State.STARTED) return "created"
    return active !== undefined && active._stack().includes(this) ? "running" : "suspended"
  }

  override get awaiting(): Coroutine<unknown> | undefined {
    return this._child
  }

  /** What it returned. */
  get _result(): T {
    return this.#result as T
  }

  override _frame(): Frame<T> {
    return this
  }

  override [Symbol.iterator](): Iterator<Suspension | undefined, T, unknown> {
    return new FrameIterator(this)
  }

  override send(value: unknown): unknown {
    if (this._state === State.CREATED && value !== undefined) {
      throw new TypeError(
        `can't send non-None value to a just-started coroutine: nothing waits for ${repr(value)} yet, send undefined first`,
      )
    }
    return this.#manually(false, value)
  }

  override throw(error: unknown): unknown {
    return this.#manually(true, error)
  }

  override close(): unknown {
    this._take()
    if (this._state !== State.STARTED) {
      this._state = State.CLOSED
      return undefined
    }
    // Ending the outermost generator reaches those of plain delegation; frames of the stack are ended one by one.
    for (let frame: Frame<unknown> = this.#leaf; frame !== this; frame = this.#leaf) this.#closeFrame(frame)
    return this.#closeFrame(this)
  }

  /** The frames from the outermost to the innermost. @internal */
  _stack(): Frame<unknown>[] {
    const stack: Frame<unknown>[] = []
    for (let frame: Frame<unknown> | undefined = this; frame !== undefined; frame = frame._child) stack.push(frame)
    return stack
  }

  /**
   * Resumes the innermost frame and runs until something suspends: what it yielded is returned, or `RETURNED`.
   *
   * What a frame throws goes on into the frame that awaits it; out of the outermost it is thrown.
   *
   * @internal
   */
  _advance(throwing: boolean, value: unknown): unknown {
    if (this._state !== State.STARTED) this.#start()
    const outer = active
    active = this as Frame<unknown>
    let frame: Frame<unknown> = this.#leaf
    for (;;) {
      let step: IteratorResult<unknown, unknown>
      try {
        step = throwing ? frame._generator.throw(value) : frame._generator.next(value)
      } catch (error) {
        frame._state = State.CLOSED
        value = error instanceof StopIteration ? coroutineRaisedStopIteration(error) : error
        if (frame === (this as Frame<unknown>)) {
          active = outer
          throw value
        }
        throwing = true
        frame = this.#pop(frame)
        continue
      }
      value = step.value
      if (step.done) {
        frame._state = State.CLOSED
        if (frame === (this as Frame<unknown>)) {
          active = outer
          this.#result = value as T
          return RETURNED
        }
        throwing = false
        frame = this.#pop(frame)
      } else if (value instanceof Frame && value._state === State.OFFERED) {
        value._state = State.STARTED
        value._parent = frame
        frame._child = value
        this.#leaf = frame = value
        throwing = false
        value = undefined
      } else {
        active = outer
        return value
      }
    }
  }

  #pop(frame: Frame<unknown>): Frame<unknown> {
    const parent = frame._parent as Frame<unknown>
    frame._parent = undefined
    parent._child = undefined
    this.#leaf = parent
    return parent
  }

  #start(): void {
    if (this._state === State.CLOSED) throw reused(this)
    if (this._state === State.OFFERED) throw awaitedAlready(this)
    this._take()
    this._state = State.STARTED
  }

  #manually(throwing: boolean, value: unknown): unknown {
    if (this._state === State.CLOSED) throw reused(this)
    if (this._parent !== undefined || this._task !== undefined) throw awaitedAlready(this)
    const yielded = this._advance(throwing, value)
    if (yielded === RETURNED) throw new StopIteration(this.#result)
    return yielded
  }

  #closeFrame(frame: Frame<unknown>): unknown {
    let step: IteratorResult<unknown, unknown>
    try {
      step = frame._generator.return(undefined)
    } catch (error) {
      frame._state = State.CLOSED
      if (frame === (this as Frame<unknown>)) throw error
      this.#pop(frame)
      // What the clean-up of an inner frame throws, the outer ones may still handle.
      this._advance(true, error)
      return undefined
    }
    if (!step.done) {
      throw new RuntimeError(
        `coroutine ignored GeneratorExit: ${this.name} waits inside finally while it is being closed`,
      )
    }
    frame._state = State.CLOSED
    if (frame !== (this as Frame<unknown>)) this.#pop(frame)
    return step.value
  }
}

/** `yield* coroutine`: first the coroutine is offered to the driver, then its result comes back. */
class FrameIterator<T> implements Iterator<Suspension | undefined, T, unknown> {
  readonly #frame: Frame<T>
  #offered = false
  #delegating = false

  constructor(frame: Frame<T>) {
    this.#frame = frame
  }

  next(value: unknown): IteratorResult<Suspension | undefined, T> {
    if (this.#delegating) return this.#delegate(false, value)
    if (this.#offered) return { done: true, value: value as T }
    const frame = this.#frame
    if (frame._state !== State.CREATED) throw frame._state === State.CLOSED ? reused(frame) : awaitedAlready(frame)
    if (frame._task !== undefined) throw awaitedAlready(frame)
    frame._take()
    if (active === undefined) {
      // Driven by hand, with next(): nobody would take the offer.
      this.#delegating = true
      return this.#delegate(false, undefined)
    }
    this.#offered = true
    frame._state = State.OFFERED
    return { done: false, value: frame as unknown as Suspension }
  }

  throw(error: unknown): IteratorResult<Suspension | undefined, T> {
    if (this.#delegating) return this.#delegate(true, error)
    throw error
  }

  return(value?: T): IteratorResult<Suspension | undefined, T> {
    if (this.#delegating) this.#frame.close()
    return { done: true, value: value as T }
  }

  #delegate(throwing: boolean, value: unknown): IteratorResult<Suspension | undefined, T> {
    const yielded = this.#frame._advance(throwing, value)
    if (yielded === RETURNED) return { done: true, value: this.#frame._result }
    return { done: false, value: yielded as Suspension | undefined }
  }
}

function reused(coroutine: Coroutine<unknown>): RuntimeError {
  return new RuntimeError(
    `cannot reuse already awaited coroutine: ${coroutine} has ended; call the coroutine function again`,
  )
}

function awaitedAlready(coroutine: Coroutine<unknown>): RuntimeError {
  return new RuntimeError(
    `coroutine is being awaited already: ${coroutine}; to wait for it in several places, make a task of it with createTask()`,
  )
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
    return new Frame(generator, name) as Coroutine<T>
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
  return Object.prototype.toString.call(value) === "[object Generator]"
}

const started = /* @__PURE__ */ new WeakSet<object>()

/** The frame for a coroutine or a bare generator; a generator that was given away before is refused. @internal */
export function _toFrame<T>(source: Coroutine<T> | CoroutineGenerator<T>): Frame<T> {
  if (source instanceof Coroutine) return source._frame()
  if (started.has(source)) {
    throw new RuntimeError(
      "cannot reuse already awaited coroutine: this generator was given to a task before; call the generator function again",
    )
  }
  started.add(source)
  return new Frame(source, "generator")
}

/** A coroutine that awaits `awaitable`. @internal */
export function _awaiting<T>(awaitable: Awaitable<T>, name = typeName(awaitable)): Frame<T> {
  return new Frame(delegate(awaitable), name)
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
  readonly #coroutine: WeakRef<Coroutine<unknown>>
  readonly #name: string
  readonly #source: string | undefined
  readonly #orphans: Set<Orphan> | undefined

  /** @param orphans those of the loop in which it was made, to be settled when the run ends. */
  constructor(coroutine: Coroutine<unknown>, orphans?: Set<Orphan>, source?: string) {
    this.#coroutine = new WeakRef(coroutine)
    this.#name = coroutine.name
    this.#source = source
    this.#orphans = orphans
    coroutine._orphan = this
    orphans?.add(this)
    graveyard ??= new FinalizationRegistry((orphan) => orphan.report())
    graveyard.register(coroutine, this, this)
  }

  /** The coroutine found somebody. */
  dismiss(): void {
    graveyard?.unregister(this)
    this.#orphans?.delete(this)
    const coroutine = this.#coroutine.deref()
    if (coroutine !== undefined) coroutine._orphan = undefined
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
    if (!coroutine._taken) new Orphan(coroutine)
  })
}
