/**
 * Callbacks in the loop's hands, and which loop runs.
 *
 * @see CPython Lib/asyncio/events.py
 */
import type { EventLoop } from "./base-events.js"
import { _contextOf, _currentVars, _enterContext, type Context, type Vars } from "./contextvars.js"
import { leavesLoop, RuntimeError } from "./exceptions.js"
import { describeCall } from "./format-helpers.js"
import type { Future } from "./futures.js"

/** What stands in the ready queue: a callback, or a task that is to take its next step. @internal */
export interface Runnable {
  _run(): void
}

/** What stands in the heap of timers. @internal */
export interface Timer extends Runnable {
  /** True while it stands there. */
  _scheduled: boolean
  /** It need not run any more. */
  readonly _dropped: boolean
}

/** A callback, however many arguments it takes. */
export type Callback<A extends unknown[] = unknown[]> = (...args: A) => unknown

/**
 * A callback that was given to the loop; {@link cancel} takes it back.
 *
 * @see CPython Lib/asyncio/events.py, `Handle`
 */
export class Handle {
  /** @internal */
  _context: Context | undefined
  /** @internal */
  _vars: Vars
  /** @internal */
  readonly _loop: EventLoop
  /** @internal */
  _callback: Callback | undefined
  /** Several arguments, or just the future whose done callback this is. @internal */
  _args: unknown[] | Future<unknown> | undefined

  /** @internal */
  constructor(
    callback: Callback,
    args: unknown[] | Future<unknown> | undefined,
    loop: EventLoop,
    context: Context | undefined,
  ) {
    this._context = context
    this._vars = context === undefined ? _currentVars() : undefined
    this._loop = loop
    this._callback = callback
    this._args = args
  }

  /** Takes the callback back: it will not run. Without effect once it ran. */
  cancel(): void {
    this._callback = undefined
    this._args = undefined
  }

  /** True if the callback was taken back. */
  cancelled(): boolean {
    return this._callback === undefined
  }

  /** The context in which the callback runs. */
  getContext(): Context {
    return _contextOf(this)
  }

  /** @internal */
  _run(): void {
    const callback = this._callback
    if (callback === undefined) return
    _enterContext(this)
    const args = this._args
    try {
      if (args === undefined) callback()
      else if (Array.isArray(args)) callback(...args)
      else callback(args)
    } catch (error) {
      if (leavesLoop(error)) throw error
      this._loop.callExceptionHandler({
        message: `Exception in callback ${describeCall(callback, asList(args))}`,
        exception: error,
        handle: this,
        ...this._loop._sourceOf(this),
      })
    }
  }

  toString(): string {
    return `<${this._describe()}>`
  }

  /** @internal */
  protected _describe(): string {
    return this._callback === undefined
      ? "Handle cancelled"
      : `Handle ${describeCall(this._callback, asList(this._args))}`
  }
}

/**
 * A callback with a deadline.
 *
 * @see CPython Lib/asyncio/events.py, `TimerHandle`
 */
export class TimerHandle extends Handle {
  /** True while it stands in the loop's heap. @internal */
  _scheduled = true

  /** @internal */
  constructor(
    readonly _when: number,
    callback: Callback,
    args: unknown[] | undefined,
    loop: EventLoop,
    context: Context | undefined,
  ) {
    super(callback, args, loop, context)
  }

  /** When the callback is due, in seconds on the clock of `loop.time()`. */
  when(): number {
    return this._when
  }

  /** @internal */
  get _dropped(): boolean {
    return this._callback === undefined
  }

  override cancel(): void {
    if (this._callback === undefined) return
    super.cancel()
    if (this._scheduled) this._loop._timerCancelled()
  }

  protected override _describe(): string {
    const what = this._callback === undefined ? "cancelled" : describeCall(this._callback, asList(this._args))
    return `TimerHandle when=${this._when} ${what}`
  }
}

function asList(args: unknown[] | Future<unknown> | undefined): unknown[] {
  return args === undefined ? [] : Array.isArray(args) ? args : [args]
}

let running: EventLoop | undefined
let chosen: EventLoop | undefined
let reserved: EventLoop | undefined

/** The loop that runs in this realm, or `undefined`. @internal */
export function _getRunningLoop(): EventLoop | undefined {
  return running
}

/** @internal */
export function _setRunningLoop(loop: EventLoop | undefined): void {
  running = loop
}

/**
 * Keeps the realm for one loop while a runner is between two of its runs, in which no loop is running.
 *
 * @internal
 */
export function _reserveRealm(loop: EventLoop | undefined): void {
  reserved = loop
}

/** The loop for which a runner keeps the realm. @internal */
export function _realmReservedFor(): EventLoop | undefined {
  return reserved
}

/**
 * The event loop that is running.
 *
 * "Running" spans ticks: a click handler sees the loop that `run()` started.
 *
 * @throws {RuntimeError} if none is.
 * @see CPython `asyncio.get_running_loop`
 */
export function getRunningLoop(): EventLoop {
  return _runningLoopFor("getRunningLoop")
}

/** The running loop, or the error that says what to do about `caller`. @internal */
export function _runningLoopFor(caller: string): EventLoop {
  if (running === undefined) throw _noRunningLoop(caller)
  return running
}

/** @internal */
export function _noRunningLoop(caller: string): RuntimeError {
  return new RuntimeError(
    `no running event loop: call ${caller}() inside a coroutine or loop callback, or start a loop with run(main())`,
  )
}

/**
 * The running loop, else the one given to {@link setEventLoop}.
 *
 * @throws {RuntimeError} if there is neither.
 * @see CPython `asyncio.get_event_loop`
 */
export function getEventLoop(): EventLoop {
  const loop = running ?? chosen
  if (loop === undefined) {
    throw new RuntimeError(
      "There is no current event loop in this realm: start one with run(main()), or setEventLoop(newEventLoop())",
    )
  }
  return loop
}

/** Makes `loop` what {@link getEventLoop} returns while no loop runs; `undefined` takes it back. */
export function setEventLoop(loop: EventLoop | undefined): void {
  chosen = loop
}
