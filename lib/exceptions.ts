/**
 * Every error class of the library.
 *
 * JavaScript has no `BaseException`: a bare `catch` sees {@link CancelledError} too, so a block that swallows must ask
 * for it by class. Names are getters on the prototype: minifiers cannot change them, and bundlers can drop a class that
 * nobody uses, which a static block would prevent.
 */

/** Base of errors that mean "this cannot be done now" and that a correct program does not meet. */
export class RuntimeError extends Error {
  override get name(): string {
    return "RuntimeError"
  }
}

/** An argument has the right type and an impossible value. */
export class ValueError extends Error {
  override get name(): string {
    return "ValueError"
  }
}

/** A key, a name or a context variable has no value. */
export class LookupError extends Error {
  override get name(): string {
    return "LookupError"
  }
}

/** A mapping has no such key. */
export class KeyError extends LookupError {
  override get name(): string {
    return "KeyError"
  }
}

/** The operation exists in asyncio and has no meaning, or no means, in a browser. The message says what to use instead. */
export class NotImplementedError extends RuntimeError {
  override get name(): string {
    return "NotImplementedError"
  }
}

/**
 * The task, or the future that was awaited, has been cancelled.
 *
 * Thrown at the `yield*` at which the task waits. Clean up in `finally`, or catch it and throw it again: a block that
 * swallows it keeps the task alive.
 *
 * @see CPython Lib/asyncio/exceptions.py, `CancelledError`
 */
export class CancelledError extends Error {
  override get name(): string {
    return "CancelledError"
  }
}

/** An operation of the outside world failed. */
export class OSError extends Error {
  override get name(): string {
    return "OSError"
  }
}

/**
 * The operation has exceeded the given deadline. Not a DOMException: `AbortSignal.timeout()` throws that one.
 *
 * `cause` is the {@link CancelledError} by which the deadline ended the work.
 */
export class TimeoutError extends OSError {
  override get name(): string {
    return "TimeoutError"
  }
}

/** A connection failed; base of its more specific kin. */
export class ConnectionError extends OSError {
  override get name(): string {
    return "ConnectionError"
  }
}

/** Written to a pipe or connection whose other end is closed. */
export class BrokenPipeError extends ConnectionError {
  override get name(): string {
    return "BrokenPipeError"
  }
}

/** The other side gave up the connection attempt. */
export class ConnectionAbortedError extends ConnectionError {
  override get name(): string {
    return "ConnectionAbortedError"
  }
}

/** Nobody listens at the other end. */
export class ConnectionRefusedError extends ConnectionError {
  override get name(): string {
    return "ConnectionRefusedError"
  }
}

/** The other side dropped the connection. */
export class ConnectionResetError extends ConnectionError {
  override get name(): string {
    return "ConnectionResetError"
  }
}

/** A program or file is not there. */
export class FileNotFoundError extends OSError {
  override get name(): string {
    return "FileNotFoundError"
  }
}

/** The page's policy or the user forbids it. */
export class PermissionError extends OSError {
  override get name(): string {
    return "PermissionError"
  }
}

/** The process is gone. */
export class ProcessLookupError extends OSError {
  override get name(): string {
    return "ProcessLookupError"
  }
}

/** The future or task is not in the state that the operation needs. */
export class InvalidStateError extends Error {
  override get name(): string {
    return "InvalidStateError"
  }
}

/** `sendfile` is not available for this transport. */
export class SendfileNotAvailableError extends RuntimeError {
  override get name(): string {
    return "SendfileNotAvailableError"
  }
}

/** The stream ended although more was asked for. */
export class EOFError extends Error {
  override get name(): string {
    return "EOFError"
  }
}

/** The stream ended before `expected` bytes had come; `partial` is what was read. */
export class IncompleteReadError extends EOFError {
  override get name(): string {
    return "IncompleteReadError"
  }

  /** @param expected bytes asked for; `null` where a separator was waited for. */
  constructor(
    readonly partial: Uint8Array,
    readonly expected: number | null,
    options?: ErrorOptions,
  ) {
    super(`${partial.length} bytes read on a total of ${expected ?? "undefined"} expected bytes`, options)
  }
}

/** The buffer limit was reached while looking for a separator; `consumed` bytes should be read off. */
export class LimitOverrunError extends Error {
  override get name(): string {
    return "LimitOverrunError"
  }

  constructor(
    message: string,
    readonly consumed: number,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** `getNowait()` on an empty queue. */
export class QueueEmpty extends Error {
  override get name(): string {
    return "QueueEmpty"
  }
}

/** `putNowait()` on a full queue. */
export class QueueFull extends Error {
  override get name(): string {
    return "QueueFull"
  }
}

/** `put()` on a queue that was shut down, or `get()` once it is empty as well. */
export class QueueShutDown extends Error {
  override get name(): string {
    return "QueueShutDown"
  }
}

/** The barrier was reset or aborted while tasks waited on it. */
export class BrokenBarrierError extends RuntimeError {
  override get name(): string {
    return "BrokenBarrierError"
  }
}

/**
 * An executor can no longer do what it was asked to: a worker died under the job, or the pool cannot start workers.
 *
 * @see CPython Lib/concurrent/futures/_base.py, `BrokenExecutor`
 */
export class BrokenExecutorError extends RuntimeError {
  override get name(): string {
    return "BrokenExecutorError"
  }
}

/** The program asks to end: leaves the loop at once, whoever runs. */
export class SystemExit extends Error {
  override get name(): string {
    return "SystemExit"
  }

  /** @param code exit status; 0 or `undefined` is success. */
  constructor(
    readonly code?: number | string,
    options?: ErrorOptions,
  ) {
    super(code === undefined ? "" : String(code), options)
  }
}

/** The user asked the program to stop; `Runner.interrupt()` is the page's Ctrl-C. */
export class KeyboardInterrupt extends Error {
  override get name(): string {
    return "KeyboardInterrupt"
  }
}

/** Thrown by `Coroutine.send()` and `throw()` when the coroutine returns; `value` is what it returned. */
export class StopIteration extends Error {
  override get name(): string {
    return "StopIteration"
  }

  constructor(
    readonly value?: unknown,
    options?: ErrorOptions,
  ) {
    super(value === undefined ? "" : String(value), options)
  }
}

/** Thrown by `anext()` when the iterator is exhausted. */
export class StopAsyncIteration extends Error {
  override get name(): string {
    return "StopAsyncIteration"
  }
}

/** What `Coroutine.close()` means to the code inside. A generator's `catch` cannot see it: `finally` runs. */
export class GeneratorExit extends Error {
  override get name(): string {
    return "GeneratorExit"
  }
}

/** Category of reports about code that is probably wrong. */
export class RuntimeWarning extends Error {
  override get name(): string {
    return "RuntimeWarning"
  }
}

/** Category of reports about something that should have been closed. */
export class ResourceWarning extends Error {
  override get name(): string {
    return "ResourceWarning"
  }
}

/** True for the two errors that leave the loop at once instead of going to the exception handler. */
export function leavesLoop(error: unknown): boolean {
  return error instanceof SystemExit || error instanceof KeyboardInterrupt
}

/**
 * Makes the error that the loop itself throws into a cancelled task. It has no stack trace: that would only show the loop,
 * and taking it costs more than all the rest of a cancellation.
 */
export function makeCancelledError(message: string | undefined): CancelledError {
  const errors = Error as { stackTraceLimit?: number }
  const limit = errors.stackTraceLimit
  // Only V8 and JavaScriptCore have the switch.
  if (typeof limit !== "number") return new CancelledError(message)
  try {
    errors.stackTraceLimit = 0
    return new CancelledError(message)
  } catch {
    // The page has frozen `Error`.
    return new CancelledError(message)
  } finally {
    if (errors.stackTraceLimit !== limit) errors.stackTraceLimit = limit
  }
}

/**
 * Several errors that happened together.
 *
 * The platform's `AggregateError` with Python's face: `exceptions` is `errors`; the message ends in their number.
 *
 * @see CPython Objects/exceptions.c, `BaseExceptionGroup`
 *
 * ```ts run
 * const group = new asyncio.ExceptionGroup("two failed", [new TypeError("a"), new RangeError("b")])
 * group.message // => "two failed (2 sub-exceptions)"
 * group.subgroup(RangeError)?.exceptions.length // => 1
 * ```
 */
export class ExceptionGroup extends AggregateError {
  override get name(): string {
    return "ExceptionGroup"
  }

  /** The message as given, without the count. */
  readonly summary: string

  /** @throws {ValueError} if `exceptions` is empty. */
  constructor(summary: string, exceptions: readonly unknown[], options?: ErrorOptions) {
    if (exceptions.length === 0) {
      throw new ValueError("second argument (exceptions) must be a non-empty sequence: pass the errors to group")
    }
    super(exceptions, `${summary} (${exceptions.length} sub-exception${exceptions.length === 1 ? "" : "s"})`, options)
    this.summary = summary
  }

  /** The grouped errors, as in Python; the same array as `errors`. */
  get exceptions(): readonly unknown[] {
    return this.errors
  }

  /** A group of the same shape that holds only what matches; `null` if nothing does. */
  subgroup(condition: ErrorCondition): ExceptionGroup | null {
    return this.split(condition)[0]
  }

  /** The matching part and the rest, each a group of the same shape or `null`. */
  split(condition: ErrorCondition): [match: ExceptionGroup | null, rest: ExceptionGroup | null] {
    const matches = predicate(condition)
    if (matches(this)) return [this, null]
    const match: unknown[] = []
    const rest: unknown[] = []
    for (const error of this.errors) {
      if (error instanceof ExceptionGroup) {
        const [inside, outside] = error.split(condition)
        if (inside !== null) match.push(inside)
        if (outside !== null) rest.push(outside)
      } else {
        ;(matches(error) ? match : rest).push(error)
      }
    }
    return [this.#part(match), this.#part(rest)]
  }

  /** Makes the group that `split` and `subgroup` return: a subclass overrides it to keep its own class and fields. */
  derive(exceptions: readonly unknown[]): ExceptionGroup {
    return new ExceptionGroup(this.summary, exceptions)
  }

  #part(exceptions: readonly unknown[]): ExceptionGroup | null {
    if (exceptions.length === 0) return null
    const part = this.derive(exceptions)
    if (this.cause !== undefined) part.cause = this.cause
    if (this.stack !== undefined) part.stack = this.stack
    return part
  }
}

/** A class, several classes, or a function that says which errors are meant. */
export type ErrorCondition = ErrorClass | readonly ErrorClass[] | ((error: unknown) => boolean)

type ErrorClass = abstract new (...args: never[]) => unknown

function predicate(condition: ErrorCondition): (error: unknown) => boolean {
  if (typeof condition === "object") return (error) => condition.some((cls) => error instanceof cls)
  if (isClass(condition)) return (error) => error instanceof condition
  return condition
}

function isClass(value: ErrorClass | ((error: unknown) => boolean)): value is ErrorClass {
  return (
    typeof value.prototype === "object" && (value.prototype instanceof Error || value.prototype === Error.prototype)
  )
}
