/// <reference types="vite/client" />
// For test/parity: what a Python program prints and what its twin in TypeScript prints, in the same words.
import { sleep } from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { onTestFinished } from "vitest"
import { _getRunningLoop } from "../../lib/events.js"
import { setLogger } from "../../lib/log.js"

const texts = import.meta.glob<string>("../parity/probes/*.txt", { query: "?raw", import: "default", eager: true })

/** How our output differs from CPython's where it means the same. */
export interface Translation {
  /** CPython's text, and how it reads here: paths, reprs, camelCase. Applied first. */
  readonly spelling?: Readonly<Record<string, string>>
  /** CPython's text of an error, and what our message says after it; a list if it says something else each time. */
  readonly hints?: Readonly<Record<string, string | readonly string[]>>
}

/** The lines that CPython printed for a probe, translated. Every part of the translation must have something to do. */
export function recorded(id: string, { spelling = {}, hints = {} }: Translation = {}): string[] {
  let text = texts[`../parity/probes/${id}.txt`]
  if (text === undefined) throw new Error(`there is no recording of ${id}`)
  const mustContain = (part: string) => {
    if (!text?.includes(part)) throw new Error(`the recording of ${id} does not contain ${part}`)
  }
  for (const [theirs, ours] of Object.entries(spelling)) {
    mustContain(theirs)
    text = text.replaceAll(theirs, ours)
  }
  for (const [theirs, hint] of Object.entries(hints)) {
    mustContain(theirs)
    let count = 0
    text = text.replaceAll(theirs, () => theirs + (typeof hint === "string" ? hint : hint[count++]))
  }
  return text.trimEnd().split("\n")
}

/** What a probe writes to. */
export interface Probe {
  /** The lines so far. */
  readonly printed: string[]
  /** Python's `print`. */
  print(...values: unknown[]): void
  /** `print` with the number of the loop's iteration in front; `-` if no loop runs. */
  p(...values: unknown[]): void
}

/** Begins a probe. Until it ends, what the library logs is printed with `LOG` in front, as the Python programs do. */
export function probe(): Probe {
  const printed: string[] = []
  const before = tasksSoFar()
  const print = (...values: unknown[]) => {
    const line = values.map(str).join(" ")
    // Tasks are counted from 1 in each program.
    printed.push(line.replace(/\bTask-(\d+)/g, (_, number) => `Task-${Number(number) - before}`))
  }
  setLogger({
    error: (message) => print("LOG ERROR", message),
    warn: (message) => print("LOG WARNING", message),
  })
  onTestFinished(() => setLogger())
  return { printed, print, p: (...values) => print(`[${_getRunningLoop()?.iterations ?? "-"}]`, ...values) }
}

function tasksSoFar(): number {
  const loop = new TestEventLoop()
  const task = loop.createTask(sleep(0))
  void loop.runUntilComplete(task)
  loop.close()
  return Number(task.getName().slice("Task-".length))
}

/** A tuple, which prints with round brackets. */
export class Tuple {
  readonly items: readonly unknown[]

  constructor(...items: unknown[]) {
    this.items = items
  }
}

/** Python's `str()`. */
export function str(value: unknown): string {
  if (typeof value === "string") return value
  return value instanceof Error ? value.message : repr(value)
}

/** Python's `repr()`. */
export function repr(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value.includes("'") && !value.includes('"') ? `"${value}"` : `'${value.replaceAll("'", "\\'")}'`
    case "boolean":
      return value ? "True" : "False"
    case "undefined":
      return "None"
    case "object":
      return value === null ? "None" : reprOfObject(value)
    default:
      return String(value)
  }
}

function reprOfObject(value: object): string {
  if (value instanceof Error) return `${value.name}(${value.message === "" ? "" : repr(value.message)})`
  if (value instanceof Tuple) return `(${value.items.map(repr).join(", ")}${value.items.length === 1 ? "," : ""})`
  if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`
  if (Object.getPrototypeOf(value) !== Object.prototype) return String(value)
  return `{${Object.entries(value)
    .map(([key, item]) => `${repr(key)}: ${repr(item)}`)
    .join(", ")}}`
}

/** An argument of a type that the parameter does not take. */
export function wrong(value: unknown): never {
  return value as never
}

/** Python's `error.args`, as far as it has one: the message. */
export function args(error: unknown): Tuple {
  const { message } = error as Error
  return message === "" ? new Tuple() : new Tuple(message)
}
