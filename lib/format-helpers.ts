/** How things look in messages and reports. @see CPython Lib/asyncio/format_helpers.py */

const LONGEST = 200

/** A short text that tells what `value` is, as Python's `repr()` does. */
export function repr(value: unknown): string {
  const text = describe(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value)
    case "bigint":
      return `${value}n`
    case "symbol":
      return value.toString()
    case "function":
      return describeFunction(value)
    case "object":
      return value === null ? "null" : describeObject(value)
    default:
      return String(value)
  }
}

function describeObject(value: object): string {
  if (value instanceof Error) return describeError(value)
  if (Array.isArray(value)) return describeArray(value)
  try {
    // What says how it looks is believed: our own classes do.
    const text = String(value)
    if (!text.startsWith("[object ")) return text
    const name = typeName(value)
    return name === "Object" ? describePlain(value) : `<${name} object>`
  } catch {
    return "<object>"
  }
}

function describeArray(value: readonly unknown[]): string {
  return `[${value.slice(0, 10).map(repr).join(", ")}${value.length > 10 ? ", …" : ""}]`
}

function describePlain(value: object): string {
  if (Object.prototype.toString.call(value) !== "[object Object]") return Object.prototype.toString.call(value)
  const fields = Object.entries(value).slice(0, 10)
  return fields.length === 0 ? "{}" : `{ ${fields.map(([key, field]) => `${key}: ${shallow(field)}`).join(", ")} }`
}

function shallow(value: unknown): string {
  const plain = Array.isArray(value) || Object.getPrototypeOf(value ?? 0) === Object.prototype
  return plain ? "…" : repr(value)
}

/** `TypeError('message')`. */
export function describeError(error: Error): string {
  return `${error.name}(${error.message === "" ? "" : `'${error.message}'`})`
}

/** `function main`, `coroutine function main`, `class Job`. */
export function describeFunction(fn: (...args: never[]) => unknown): string
export function describeFunction(fn: unknown): string
export function describeFunction(fn: unknown): string {
  const { name } = fn as { name: string }
  const source = Function.prototype.toString.call(fn)
  return `${source.startsWith("class") ? "class" : "function"} ${name === "" ? "(anonymous)" : name}`
}

/** `name(1, 2)`, as a callback stands in a report. */
export function describeCall(fn: unknown, args: readonly unknown[] | undefined): string {
  const name = (fn as { name?: string }).name || "(anonymous)"
  return `${name}(${(args ?? []).map(repr).join(", ")})`
}

interface Described {
  constructor?: { name?: string }
  [Symbol.toStringTag]?: unknown
}

/** What a value is, as Python's `type(x).__name__` names it. */
export function typeName(value: unknown): string {
  if (value === null) return "null"
  if (typeof value !== "object") return typeof value
  // Generator objects have a constructor without a name.
  const { constructor: make, [Symbol.toStringTag]: tag } = value as Described
  return make?.name || (typeof tag === "string" ? tag : "Object")
}

/** Frames that are looked through for the first one outside of this library. */
const DEEP_STACK = 40
const LONG_STACK = 10

/**
 * Where the program called the library: the stack without the library's own frames at its top, ten frames at the most.
 *
 * In a bundle that holds both in one file nothing tells them apart; then all frames stay.
 */
export function callerStack(): string {
  const errors = Error as { stackTraceLimit?: number }
  const limit = errors.stackTraceLimit
  errors.stackTraceLimit = DEEP_STACK
  const stack = new Error().stack ?? ""
  if (limit !== undefined) errors.stackTraceLimit = limit
  const frames = stack.split("\n")
  const here = frames.findIndex((frame) => frame.includes("callerStack"))
  const own = ownFiles(frames[here])
  const rest = frames.slice(here + 1)
  const first = own === undefined ? 0 : rest.findIndex((frame) => !frame.includes(own))
  return rest.slice(Math.max(first, 0), Math.max(first, 0) + LONG_STACK).join("\n")
}

/** What the locations of the library's frames have in common: its folder, or the one file that it was bundled into. */
function ownFiles(frame: string | undefined): string | undefined {
  const file = frame?.match(/((?:[a-z-]+:\/\/|\/).*?):\d+:\d+/)?.[1]
  if (file === undefined) return undefined
  return /format-helpers\.[jt]s/.test(file) ? file.slice(0, file.lastIndexOf("/") + 1) : file
}
