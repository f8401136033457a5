/**
 * The door `asyncio-web/threads`: makes a module its own worker script, and is what a job finds in the worker.
 *
 * All that a worker carries of this library: neither the loop nor the pool.
 */
import { registerError, registerFunction, serve, workerScope } from "./calls.js"
import { type ErrorClass, type StartWorker, THREAD, type ThreadMark } from "./protocol.js"

export { cancelSignal, checkCancelled } from "./cancel.js"
export type { ErrorClass, StartWorker } from "./protocol.js"
export { transfer } from "./transfer.js"

/**
 * Makes functions of this module runnable by `toThread()` and by executors, in a worker that runs this very module.
 *
 * They stay ordinary functions: `fib(10)` still runs here. Plain and async functions will do; a `function*` can in
 * addition be cancelled at every `yield`, and gives what it returns. Error classes may stand among them: the module's
 * errors then arrive as instances of these classes.
 *
 * @param members functions and error classes by name; returned as they are.
 * @param start constructs the worker. Write it out like this, for that is what bundlers look for.
 *
 * ```ts
 * // fib.ts
 * import { threads } from "asyncio-web/threads"
 * export function fib(n: number): number {
 *   return n < 2 ? n : fib(n - 1) + fib(n - 2)
 * }
 * threads({ fib }, () => new Worker(new URL("./fib.ts", import.meta.url), { type: "module" }))
 * ```
 */
export function threads<T extends Readonly<Record<string, ((...args: never[]) => unknown) | ErrorClass>>>(
  members: T,
  start: StartWorker,
): T {
  if (typeof start !== "function") {
    const how = '() => new Worker(new URL("./this-file.ts", import.meta.url), { type: "module" })'
    throw new TypeError(`threads() expects as its second argument a function that starts the worker: write ${how}`)
  }
  const inWorker = workerScope() !== undefined
  const errors = new Map<string, ErrorClass>()
  for (const [name, member] of Object.entries(members)) {
    if (typeof member !== "function") {
      throw new TypeError(`threads() expects functions and error classes, got ${typeof member} as ${name}`)
    }
    if (isErrorClass(member)) {
      errors.set(name, member)
      if (inWorker) registerError(name, member)
    } else {
      const mark: ThreadMark = { start, name, errors }
      Object.defineProperty(member, THREAD, { value: mark, configurable: true })
      if (inWorker) registerFunction(name, member)
    }
  }
  if (inWorker) serve()
  return members
}

function isErrorClass(member: ((...args: never[]) => unknown) | ErrorClass): member is ErrorClass {
  return (member.prototype as unknown) instanceof Error
}
