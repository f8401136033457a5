/**
 * A function and its arguments become a {@link Call} that can be sent to a worker, or an error that says why not.
 *
 * A function reaches a worker in one of two ways. Registered with `threads()`, it goes by its name to a worker that runs
 * its module: the way that works everywhere. Otherwise it goes as text to the pool's own worker, which needs a function
 * that stands alone, and a page that allows eval.
 */
import {
  type ErrorClass,
  type Source,
  type StartWorker,
  takeTransfers,
  threadMark,
  uncloneable,
} from "../worker/protocol.js"
import { isCoroutineFunction } from "./coroutines.js"
import { repr } from "./format-helpers.js"
import { isNative, isWorkerGlobal, scanSource } from "./free-names.js"

/** How a function is found in a worker. One object per function, so that what it costs can be kept by it. */
export interface Target {
  /** The function's name in messages. */
  readonly label: string
  /** Its name in a worker. */
  readonly name: string
  /** Starts a worker that has it; `undefined` if any worker does, because the function goes as text. */
  readonly start: StartWorker | undefined
  /** The function as text. */
  readonly source: Source | undefined
  /** Error classes of its module. */
  readonly errors: ReadonlyMap<string, ErrorClass> | undefined
}

/** A function as a worker can find it, and the arguments for it. */
export interface Call {
  readonly target: Target
  readonly args: readonly unknown[]
  /** What among the arguments is moved instead of being copied. */
  readonly moved: readonly Transferable[]
}

/**
 * Prepares a call; sends nothing.
 *
 * @throws {TypeError} if `fn` cannot be run in a worker, with the reason and the cure.
 */
export function callOf(fn: unknown, args: readonly unknown[]): Call {
  return { target: targetOf(fn), args, moved: takeTransfers(args) }
}

/** What `postMessage` refused: the first argument that cannot be cloned, and what in it. */
export function cannotSend({ target, args, moved }: Call, error: unknown): TypeError {
  for (const [i, arg] of args.entries()) {
    const objection = uncloneable(arg, moved)
    if (objection === undefined) continue
    const text = `toThread() cannot send argument ${i + 1} of ${target.label}(): ${objection}`
    return new TypeError(`${text}. Pass data, or export the function from a worker module`, { cause: error })
  }
  const reason = error instanceof Error ? error.message : String(error)
  return new TypeError(`toThread() cannot send the arguments of ${target.label}(): ${reason}`, { cause: error })
}

// --- finding the target -----------------------------------------------------------------------------------------------

const targets = /* @__PURE__ */ new WeakMap<object, Target>()

/** Targets of functions that go as text, by that text: `toThread(n => n + 1, 1)` makes a new function at each call. */
const bySource = /* @__PURE__ */ new Map<string, Target>()
const MAX_SOURCES = 1000

function targetOf(fn: unknown): Target {
  if (typeof fn !== "function") throw new TypeError(`toThread() expects a function, got ${repr(fn)}`)
  const mark = threadMark(fn)
  let target = targets.get(fn)
  if (target === undefined || target.start !== mark?.start) {
    target = mark === undefined ? targetBySource(fn) : { ...mark, label: mark.name, source: undefined }
    targets.set(fn, target)
  }
  return target
}

let sourceCount = 0

function targetBySource(fn: object): Target {
  const label = (fn as { name?: unknown }).name || "(anonymous)"
  const text = Function.prototype.toString.call(fn)
  const key = `${String(label)} ${text}`
  let target = bySource.get(key)
  if (target === undefined) {
    const self = checkSource(fn, String(label), text)
    const name = `${String(label)}#${++sourceCount}`
    target = { label: String(label), name, start: undefined, source: { name, text, self }, errors: undefined }
    // Whoever makes functions out of text without end does not fill the memory with them.
    if (bySource.size >= MAX_SOURCES) bySource.clear()
    bySource.set(key, target)
  }
  return target
}

/** Throws if the function cannot go as text; returns the name by which it calls itself, if it needs that. */
function checkSource(fn: object, label: string, text: string): string | null {
  const refuse = (reason: string) => new TypeError(`${label} cannot be sent to a worker: ${reason}`)
  if (isNative(fn)) {
    throw label.startsWith("bound ")
      ? refuse("it is a bound function, whose source cannot be read. Pass what it is bound to as arguments")
      : refuse("it is built into the browser. Wrap it: (...args) => Math.max(...args)")
  }
  if (isCoroutineFunction(fn) && Object.prototype.toString.call(fn) !== "[object GeneratorFunction]") {
    throw refuse("it is a coroutine function, which runs in the loop. Await it: yield* main()")
  }
  const { form, free } = scanSource(text)
  if (form === "class") throw refuse("it is a class. Send a function that constructs it")
  if (form === "method") throw refuse("it is a method, and its this would stay behind. Write it as a function")
  const missing = free.filter((name) => !isWorkerGlobal(name))
  const outside = missing.filter((name) => name !== label)
  if (outside.length > 0) throw refuse(usesNames(outside))
  return missing.length > 0 ? label : null
}

const PAGE_NAMES = ["window", "document", "localStorage", "sessionStorage", "alert", "confirm", "prompt", "screen"]

function usesNames(names: readonly string[]): string {
  const list = names.map((name) => `"${name}"`).join(", ")
  const it = names.length === 1 ? "it as an argument" : "them as arguments"
  if (names.every((name) => PAGE_NAMES.includes(name))) {
    return `it uses ${list}, which only a page has. Read there what the function needs, and pass that as an argument`
  }
  const does = names.length === 1 ? "does" : "do"
  return (
    `it uses ${list} from around it, which ${does} not exist there. Pass ${it}, or register the function ` +
    "with threads() in a module of its own"
  )
}
