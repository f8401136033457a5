/** The worker's side of the pool: finds the function that a call names, runs it, and answers. */
import { type Endpoint, expose, transfer } from "comlink"
import { CancelledError, RuntimeError } from "../lib/exceptions.js"
import { beginBatch, beginJob, endBatch, isCancelled, onCancel, shareMemory } from "./cancel.js"
import {
  type Answer,
  type Batch,
  type Hello,
  isGenerator,
  PROTOCOL,
  packError,
  type Source,
  type ToPage,
  type ToWorker,
  takeTransfers,
  uncloneable,
  type WorkerApi,
} from "./protocol.js"

/** A batch that takes longer than this hands back what it has not started: another worker may be free. */
const BATCH_MS = 8

/** How long a generator job runs before the worker looks at its messages: a cancel is seen that soon. */
const SLICE_MS = 4

/** Steps of a generator job between two reads of the clock, at the most. */
const MAX_STRIDE = 64

/** How long a call waits for its function: the module may still be loading when another one has made the worker ready. */
const REGISTRATION_MS = 2000

type JobFunction = (...args: unknown[]) => unknown

const functions = /* @__PURE__ */ new Map<string, JobFunction>()
const errorNames = /* @__PURE__ */ new Map<unknown, string>()
const waiting = /* @__PURE__ */ new Map<string, (fn: JobFunction) => void>()

/** Makes a function known under a name. Modules register in the order of their imports, so the entry's names win. */
export function registerFunction(name: string, fn: (...args: never[]) => unknown): void {
  functions.set(name, fn as JobFunction)
  waiting.get(name)?.(fn as JobFunction)
}

/** Makes an error class known, so that its errors arrive as instances of the page's class of that name. */
export function registerError(name: string, cls: unknown): void {
  errorNames.set(cls, name)
}

// --- meeting the page -------------------------------------------------------------------------------------------------

/** The part of a dedicated worker's scope that is used here. */
interface Scope {
  postMessage(message: ToPage, transfer: Transferable[]): void
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void
}

/** The scope of the dedicated worker that this is; `undefined` elsewhere. */
export function workerScope(): Scope | undefined {
  const cls: unknown = Reflect.get(globalThis, "DedicatedWorkerGlobalScope")
  return typeof cls === "function" && globalThis instanceof cls ? (globalThis as unknown as Scope) : undefined
}

let serving = false

/** Waits for a pool to say hello, and from then on runs what it sends. Without effect outside a worker. */
export function serve(): void {
  const scope = workerScope()
  if (scope === undefined || serving) return
  serving = true
  let met = false
  scope.addEventListener("message", (event) => {
    const hello = event.data as Partial<Hello> | null | undefined
    // Messages of the user's own are none of our business, as ours are none of theirs.
    if (typeof hello?.asyncioWeb !== "number") return
    event.stopImmediatePropagation()
    if (met) return
    met = true
    holdLock(hello.lock, () => connect(scope, hello.shared ?? null))
  })
}

/** Calls `then` once this worker holds the lock, and holds it for life. */
function holdLock(name: string | null | undefined, then: () => void): void {
  const { locks } = navigator
  if (typeof name !== "string" || !locks) {
    then()
    return
  }
  // Ready is said inside: were it said before, the page could get the lock and take this worker for dead.
  void locks.request(name, () => {
    then()
    return new Promise<never>(() => {})
  })
}

function connect(scope: Scope, shared: Int32Array | null): void {
  shareMemory(shared)
  const { port1, port2 } = new MessageChannel()
  port1.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
    if ("asyncio" in data) onCancel(data)
  })
  port1.addEventListener("messageerror", () => {
    port1.postMessage({ asyncio: "unreadable" } satisfies ToPage)
  })
  expose({ run } satisfies WorkerApi, forgiving(port1))
  scope.postMessage({ asyncioWeb: PROTOCOL }, [port2])
}

/**
 * The port as comlink shall see it: an answer that cannot be cloned goes out all the same, with an error in place of each
 * result that is to blame.
 */
function forgiving(port: MessagePort): Endpoint {
  return {
    addEventListener: port.addEventListener.bind(port),
    removeEventListener: port.removeEventListener.bind(port),
    start: port.start.bind(port),
    postMessage(message: { value: Answer }, moved: Transferable[] = []) {
      try {
        port.postMessage(message, moved)
      } catch {
        port.postMessage({ ...message, value: sendable(message.value) })
      }
    },
  }
}

function sendable({ ok, out, ms }: Answer): Answer {
  const objections = out.map((value, i) => (ok[i] === true ? uncloneable(value) : undefined))
  return {
    ms,
    ok: ok.map((was, i) => was && objections[i] === undefined),
    out: out.map((value, i) => {
      const objection = objections[i]
      if (objection === undefined) return value
      const job = labelOf(names[i] ?? "the job")
      return packError(new TypeError(`${job}() returned what cannot be sent to the page: ${objection}. Return data`))
    }),
  }
}

// --- running a batch --------------------------------------------------------------------------------------------------

/** Of the functions that the batch calls. */
let names: readonly string[] = []

async function run(batch: Batch): Promise<Answer> {
  for (const source of batch.sources) sources.set(source.name, source)
  names = batch.calls.map(([name]) => name)
  beginBatch(batch.serial)
  const ok: boolean[] = []
  const out: unknown[] = []
  const ms: number[] = []
  const began = performance.now()
  let now = began
  for (const [index, [name, args]] of batch.calls.entries()) {
    if (index > 0 && now - began > BATCH_MS) break
    beginJob(index)
    try {
      const result = start(name, args)
      // Not awaited unless it must be: that would cost a short job more than its own work.
      out.push(isThenable(result) ? await result : result)
      ok.push(true)
    } catch (error) {
      out.push(packError(error, errorNames))
      ok.push(false)
    }
    const end = performance.now()
    ms.push(end - now)
    now = end
  }
  endBatch(batch.calls.length)
  const answer = { ok, out, ms }
  const moved = takeTransfers(out)
  return moved.length === 0 ? answer : transfer(answer, moved)
}

function start(name: string, args: readonly unknown[]): unknown {
  if (isCancelled()) throw new CancelledError()
  const fn = functions.get(name) ?? compiled(name)
  if (fn === undefined) return registration(name).then((late) => settle(late(...args)))
  return settle(fn(...args))
}

function settle(result: unknown): unknown {
  return isGenerator(result) ? drive(result) : result
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
}

function registration(name: string): Promise<JobFunction> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      waiting.delete(name)
      const known = [...functions.keys()].join(", ") || "none"
      reject(
        new RuntimeError(
          `no function ${name}() in this worker: its module registered ${known}; ` +
            "the worker that a threads() call names must run the module in which that call stands",
        ),
      )
    }, REGISTRATION_MS)
    waiting.set(name, (fn) => {
      clearTimeout(timer)
      waiting.delete(name)
      resolve(fn)
    })
  })
}

// --- generator jobs ---------------------------------------------------------------------------------------------------

/** Runs a generator to its end, with a look at the messages between two slices; ends it where it stands if cancelled. */
async function drive(generator: Generator<unknown, unknown, unknown>): Promise<unknown> {
  let stride = 1
  let now = performance.now()
  let sliceEnd = now + SLICE_MS
  for (;;) {
    for (let left = stride; left > 0; left--) {
      const { done, value } = generator.next()
      if (done) return value
    }
    const before = now
    now = performance.now()
    // Reading the clock costs as much as a short step.
    stride = now - before < 1 ? Math.min(stride * 2, MAX_STRIDE) : 1
    if (now >= sliceEnd) {
      await turn()
      sliceEnd = performance.now() + SLICE_MS
    }
    if (isCancelled()) return end(generator)
  }
}

/** Runs its `finally` blocks, to the end if they yield. */
function end(generator: Generator<unknown, unknown, unknown>): never {
  let step = generator.return(undefined)
  while (!step.done) step = generator.next()
  throw new CancelledError()
}

let turns: MessageChannel | undefined

/** Lets the messages that have come be handled. A timer would take 4 ms. */
function turn(): Promise<void> {
  turns ??= new MessageChannel()
  const { port1, port2 } = turns
  return new Promise((resolve) => {
    port1.onmessage = () => resolve()
    port2.postMessage(null)
  })
}

// --- functions that come as text --------------------------------------------------------------------------------------

const sources = /* @__PURE__ */ new Map<string, Source>()

/** `fib#3`, the name of a function that came as text, is `fib` to a reader. */
function labelOf(name: string): string {
  return name.replace(/#\d+$/, "")
}

function compiled(name: string): JobFunction | undefined {
  const source = sources.get(name)
  if (source === undefined) return undefined
  const fn = compile(source)
  functions.set(name, fn)
  return fn
}

function compile({ name, text, self }: Source): JobFunction {
  // In a line of its own: the text may end in a comment. Parenthesised, a declaration is an expression.
  const body = self === null ? `return (${text}\n)` : `const ${self} = (${text}\n)\nreturn ${self}`
  try {
    // esbuild's keepNames wraps functions in __name(fn, "name").
    return new Function("__name", `"use strict"\n${body}`)((fn: unknown) => fn) as JobFunction
  } catch (error) {
    if (!(error instanceof EvalError)) throw error
    throw new RuntimeError(
      `${labelOf(name)}() cannot be run from its source: the page's Content-Security-Policy forbids eval (its script-src ` +
        "lacks 'unsafe-eval'). Put the function into a module of its own and register it there with threads()",
      { cause: error },
    )
  }
}
