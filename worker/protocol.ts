/**
 * Every message between a page and a pool's worker, and how values and errors travel in them. Read by both sides.
 *
 * A worker's life, as messages: the page says {@link Hello} on the worker's own scope until the worker answers
 * {@link Ready} with a private port. On that port comlink carries {@link WorkerApi}: one batch of calls at a time, one
 * answer to each. What cannot wait for an answer goes beside it: {@link Cancel} to the worker, {@link Unreadable} back.
 * comlink ignores these, because they have neither its `type` nor its `id`.
 */
import * as exceptions from "../lib/exceptions.js"

/** Raised with every change that an older other side would misunderstand. */
export const PROTOCOL = 1

/** The most jobs that travel in one message. */
export const MAX_BATCH = 256

// --- messages ---------------------------------------------------------------------------------------------------------

/** To a new worker. Sent again until it answers: its module may still be on its way to `threads()`. */
export interface Hello {
  /** The page's {@link PROTOCOL}. This field, and its name, never change. */
  readonly asyncioWeb: number
  /** A Web Lock to hold for life, which is how the page learns of its end; `null` where there are none. */
  readonly lock: string | null
  /** Memory for {@link RUNNING} and {@link CANCELLED}; `null` where the page may not share any. */
  readonly shared: Int32Array | null
}

/** The worker's first message, with its end of the private port. From here on the page may send calls. */
export interface Ready {
  /** The worker's {@link PROTOCOL}. This field, and its name, never change. */
  readonly asyncioWeb: number
}

/** To the worker: one job of a batch is not wanted any more. */
export interface Cancel {
  readonly asyncio: "cancel"
  readonly batch: number
  /** Place of the job in the batch. */
  readonly index: number
}

/** To the page: the batch came, but this worker cannot read what is in it. */
export interface Unreadable {
  readonly asyncio: "unreadable"
}

/** What a page posts, without comlink's. */
export type ToWorker = Hello | Cancel

/** What a worker posts, without comlink's. */
export type ToPage = Ready | Unreadable

/** What comlink carries. */
export interface WorkerApi {
  /** Runs the calls of a batch one after another. */
  run(batch: Batch): Promise<Answer>
}

/** A function by the name under which the worker knows it, and its arguments. */
export type Call = readonly [name: string, args: readonly unknown[]]

/** A function as text, and the name under which calls will ask for it; `self` is the name by which it calls itself. */
export interface Source {
  readonly name: string
  readonly text: string
  readonly self: string | null
}

/** One message's worth of calls. */
export interface Batch {
  readonly serial: number
  readonly calls: readonly Call[]
  /** Functions among them that this worker meets for the first time. */
  readonly sources: readonly Source[]
}

/**
 * What became of the calls, in their order.
 *
 * Shorter than the batch if the worker found that it took too long and handed the rest back, not started.
 */
export interface Answer {
  readonly ok: readonly boolean[]
  /** What the call returned; if it failed, a {@link WireError}. */
  readonly out: readonly unknown[]
  /** Milliseconds that each took. */
  readonly ms: readonly number[]
}

// --- shared memory ----------------------------------------------------------------------------------------------------

/** Where the worker writes the place of the job that it is running: -1 before the first, the batch's length at the end. */
export const RUNNING = 0

/** From here on one cell per job of the batch; the page writes 1 to cancel it. */
export const CANCELLED = 1

/** Cells in all. */
export const SHARED_CELLS = CANCELLED + MAX_BATCH

// --- what rides on values ---------------------------------------------------------------------------------------------

/** Starts a worker in whose module the function is registered. */
export type StartWorker = () => Worker

/** An error class; how to construct it is its own business. */
export type ErrorClass = abstract new (...args: never[]) => Error

/** What `threads()` leaves on a function. */
export interface ThreadMark {
  readonly start: StartWorker
  readonly name: string
  /** Error classes of the same module. */
  readonly errors: ReadonlyMap<string, ErrorClass>
}

/** Where it leaves that. A registered symbol: it still works where a page has two copies of this library. */
export const THREAD: unique symbol = /* @__PURE__ */ Symbol.for("asyncio-web.thread")

/** Where `transfer()` leaves the list of what is to be moved. */
export const TRANSFER: unique symbol = /* @__PURE__ */ Symbol.for("asyncio-web.transfer")

/** The mark that `threads()` left on a function. */
export function threadMark(fn: object): ThreadMark | undefined {
  return (fn as { [THREAD]?: ThreadMark })[THREAD]
}

/** What `transfer()` asked to move, of all these values. The request is good for one journey, so it is taken off. */
export function takeTransfers(values: readonly unknown[]): Transferable[] {
  const moved: Transferable[] = []
  for (const value of values) {
    if (typeof value !== "object" || value === null || !(TRANSFER in value)) continue
    moved.push(...(value[TRANSFER] as Transferable[]))
    Reflect.deleteProperty(value, TRANSFER)
  }
  return moved
}

/** True for a generator object: what a generator job returns when it is called. */
export function isGenerator(value: unknown): value is Generator<unknown, unknown, unknown> {
  return Object.prototype.toString.call(value) === "[object Generator]"
}

// --- what cannot be cloned --------------------------------------------------------------------------------------------

/**
 * What in `value` structured clone refuses, for a message: `a function cannot be cloned (at .onDone)`; `undefined` if
 * nothing does. Dear: it clones what it looks at, so it is for the moment when something has gone wrong.
 *
 * @param moved what travels by transfer, and so need not be cloneable.
 */
export function uncloneable(value: unknown, moved: readonly unknown[] = []): string | undefined {
  return refused(value, "", new Set(moved))
}

function refused(value: unknown, path: string, seen: Set<unknown>): string | undefined {
  if (seen.has(value) || isCloneable(value)) return undefined
  const at = path === "" ? "" : ` (at ${path})`
  if (typeof value === "function") return `a function cannot be cloned${at}`
  if (typeof value === "symbol") return `a symbol cannot be cloned${at}`
  seen.add(value)
  for (const [key, part] of partsOf(value as object)) {
    const found = refused(part, path + key, seen)
    if (found !== undefined) return found
  }
  return isCollection(value as object) ? undefined : `${article(value as object)} cannot be cloned${at}`
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}

function* partsOf(value: object): Generator<[key: string, part: unknown], void, void> {
  if (value instanceof Map) {
    for (const [key, part] of value) yield* [[".key", key] as [string, unknown], [`.get(${String(key)})`, part]]
  } else if (value instanceof Set) {
    for (const part of value) yield [".item", part]
  } else if (isCollection(value)) {
    for (const key of Object.keys(value)) yield [Array.isArray(value) ? `[${key}]` : `.${key}`, Reflect.get(value, key)]
  }
}

/** What is cloned part by part. */
function isCollection(value: object): boolean {
  if (Array.isArray(value) || value instanceof Map || value instanceof Set) return true
  return Object.prototype.toString.call(value) === "[object Object]"
}

function article(value: object): string {
  const name = (value.constructor as { name?: string } | undefined)?.name || "object"
  return `${/^[AEIOU]/i.test(name) ? "an" : "a"} ${name}`
}

// --- errors -----------------------------------------------------------------------------------------------------------

/**
 * Something thrown, as data. Structured clone would keep the message and the stack, and lose the class, the cause's
 * class, the fields and the grouped errors.
 */
export type WireError =
  | { readonly kind: "error"; readonly error: PackedError }
  | { readonly kind: "dom"; readonly name: string; readonly message: string; readonly stack: string }
  | { readonly kind: "value"; readonly value: unknown }

/** An `Error`, as data. */
export interface PackedError {
  /** Names of its class and of those above, the nearest first: the other side takes the first that it knows. */
  readonly types: readonly string[]
  /** What it calls itself. */
  readonly name: string
  readonly message: string
  readonly stack: string
  /** Own fields, as far as they can be cloned. */
  readonly fields: Readonly<Record<string, unknown>>
  /** There if the error has a cause, which may be any value. */
  readonly cause?: WireError
  /** The errors of a group. */
  readonly errors?: readonly WireError[]
}

/** How `unpackError()` finds classes and says where the error comes from. */
export interface Unpacking {
  /** Error classes that the job's module registered. */
  readonly errors?: ReadonlyMap<string, ErrorClass> | undefined
  /** `worker 2 of 4, running fib()`. */
  readonly where: string
}

const SPECIAL_FIELDS = /* @__PURE__ */ new Set(["name", "message", "stack", "cause", "errors", "remoteStack"])

/** Makes data of whatever was thrown; `registered` says under which name the module registered a class. */
export function packError(
  thrown: unknown,
  registered?: ReadonlyMap<unknown, string>,
  ancestors: readonly unknown[] = [],
): WireError {
  if (typeof DOMException === "function" && thrown instanceof DOMException) {
    return { kind: "dom", name: thrown.name, message: thrown.message, stack: thrown.stack ?? "" }
  }
  if (thrown instanceof Error) {
    return { kind: "error", error: packInstance(thrown, registered, [...ancestors, thrown]) }
  }
  const objection = uncloneable(thrown)
  if (objection === undefined) return { kind: "value", value: thrown }
  return packError(new exceptions.RuntimeError(`the job threw a value that cannot be sent: ${objection}`))
}

function packInstance(
  error: Error,
  registered: ReadonlyMap<unknown, string> | undefined,
  ancestors: readonly unknown[],
): PackedError {
  const { message, stack = "" } = error
  // A chain that leads back to itself ends there.
  const parts = (values: readonly unknown[]) =>
    values.filter((part) => !ancestors.includes(part)).map((part) => packError(part, registered, ancestors))
  const [cause] = "cause" in error ? parts([error.cause]) : []
  return {
    types: typesOf(error, registered),
    name: nameOf(error, registered),
    message: String(message),
    stack: String(stack),
    fields: cloneableFields(error),
    ...(cause === undefined ? {} : { cause }),
    ...(error instanceof AggregateError ? { errors: parts(error.errors) } : {}),
  }
}

function typesOf(error: Error, registered: ReadonlyMap<unknown, string> | undefined): string[] {
  const types: string[] = []
  for (let proto: unknown = Object.getPrototypeOf(error); proto; proto = Object.getPrototypeOf(proto)) {
    const type = registered?.get((proto as Error).constructor)
    if (type !== undefined) types.push(type)
    // The language's and ours have their name on the prototype, where no minifier changes it.
    else if (Object.hasOwn(proto as object, "name")) types.push(String((proto as Error).name))
  }
  return types
}

/** A class that never set its name still has one, which a minifier may have changed. */
function nameOf(error: Error, registered: ReadonlyMap<unknown, string> | undefined): string {
  const isSet = Object.hasOwn(error, "name") || Object.hasOwn(Object.getPrototypeOf(error) as object, "name")
  return isSet ? String(error.name) : (registered?.get(error.constructor) ?? (error.constructor.name || error.name))
}

function cloneableFields(error: Error): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(error)) {
    if (!SPECIAL_FIELDS.has(key) && isCloneable(value)) fields[key] = value
  }
  return fields
}

/**
 * Makes the error again: an object of the same class with its message, fields, cause and grouped errors.
 *
 * The class is one that the job's module registered, one of ours or one of the language's, or else the nearest of these
 * above it, with the name that the error had. Its constructor does not run: fields come as they were, and private ones
 * (`#x`) do not come. `stack` is the worker's, with a line at the end that says where that was; `remoteStack` is the
 * worker's stack as it came. A thrown value that is no error arrives as it is.
 */
export function unpackError(wire: WireError, unpacking: Unpacking): unknown {
  switch (wire.kind) {
    case "value":
      return wire.value
    case "dom":
      return withRemoteStack(new DOMException(wire.message, wire.name), wire.stack, unpacking)
    case "error":
      return unpackInstance(wire.error, unpacking)
  }
}

function unpackInstance(packed: PackedError, unpacking: Unpacking): Error {
  // Only what `new Error()` made is an error to the engine, to devtools and to structured clone.
  const error = new Error(packed.message)
  Object.setPrototypeOf(error, classOf(packed, unpacking).prototype)
  Object.assign(error, packed.fields)
  if (error.name !== packed.name) define(error, "name", packed.name)
  if (packed.cause !== undefined) define(error, "cause", unpackError(packed.cause, unpacking))
  if (packed.errors !== undefined) {
    const errors = packed.errors.map((part) => unpackError(part, unpacking))
    define(error, "errors", errors)
  }
  return withRemoteStack(error, packed.stack, unpacking)
}

function classOf({ types }: PackedError, { errors }: Unpacking): ErrorClass {
  for (const type of types) {
    const cls = errors?.get(type) ?? libraryClass(type)
    if (cls !== undefined) return cls
  }
  return Error
}

function withRemoteStack<E extends Error>(error: E, stack: string, { where }: Unpacking): E {
  define(error, "stack", `${stack}\n    in ${where}`)
  define(error, "remoteStack", stack)
  return error
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable: false })
}

let classes: ReadonlyMap<string, ErrorClass> | undefined

/** The class of the language or of ours that has this name. */
function libraryClass(name: string): ErrorClass | undefined {
  classes ??= new Map(knownClasses())
  return classes.get(name)
}

function* knownClasses(): Generator<[name: string, cls: ErrorClass], void, void> {
  const language = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError]
  for (const cls of language) yield [cls.name, cls]
  for (const [name, cls] of Object.entries(exceptions) as [string, unknown][]) {
    if (typeof cls === "function" && cls.prototype instanceof Error) yield [name, cls as unknown as ErrorClass]
  }
}
