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
    const name = (value.constructor as { name?: string } | undefined)?.name
    return name === undefined || name === "Object" ? describePlain(value) : `<${name} object>`
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
  return typeof value === "object" && value !== null ? "…" : repr(value)
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

/** What a value is, as Python's `type(x).__name__` names it. */
export function typeName(value: unknown): string {
  if (value === null) return "null"
  if (typeof value !== "object") return typeof value
  return (value.constructor as { name?: string } | undefined)?.name ?? "object"
}

/** The stack of the caller, without the first line and without the frames of this library's own machinery. */
export function callerStack(skip: (...args: never[]) => unknown): string {
  const holder: { stack?: string } = {}
  const capture = (Error as { captureStackTrace?: (target: object, skip: unknown) => void }).captureStackTrace
  if (capture === undefined) return new Error().stack ?? ""
  capture(holder, skip)
  return (holder.stack ?? "").replace(/^Error\n?/, "")
}
