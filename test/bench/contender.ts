/** What every contender of `npm run bench` is made of: the same workloads, each giving the milliseconds that it took. */

/** One run of a workload with `n` things and `k` repetitions, in milliseconds; what is set up before is not counted. */
export type Workload = (n: number, k: number) => number | Promise<number>

/** A contender may leave out what it has no means for. */
export interface Contender {
  /** `n` callbacks, each of which schedules the next. */
  chain?: Workload
  /** `n` callbacks scheduled at once. */
  batch?: Workload
  /** `n` tasks that give up control `k` times each. */
  switches?: Workload
  /** `n` tasks are made and waited for one after the other, `k` times. */
  spawn?: Workload
  /** The same with coroutine objects that the library wraps. */
  spawnWrapped?: Workload
  /** `n` coroutines are gathered, `k` times. */
  gather?: Workload
  /** `n` coroutines await each other; the innermost gives up control `k` times. */
  resume?: Workload
  /** `n` coroutines await each other and return, `k` times. */
  call?: Workload
  /** `n` sleeping tasks are cancelled and waited for, `k` times. */
  cancel?: Workload
  /** `n` timers, out of order, that all fire. */
  fire?: Workload
  /** `n` timers, out of order, that are all cancelled. */
  disarm?: Workload
  /** Makes `n` tasks that sleep for an hour; the function ends them. */
  idleSleep?: (n: number) => Promise<() => Promise<void>>
  /** Makes `n` tasks that wait for one future; the function ends them. */
  idleWait?: (n: number) => Promise<() => Promise<void>>
}

/** Makes sure that the work was done, and that its result is used. */
export function check(actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`the workload gave ${actual} instead of ${expected}`)
}

/** The sum of 0 … n - 1. */
export const sumBelow = (n: number): number => (n * (n - 1)) / 2

/** The numbers below `n` in an order without a pattern, always the same. */
export function shuffled(n: number): number[] {
  const order = Array.from({ length: n }, (_, i) => i)
  let seed = 12345
  for (let i = n - 1; i > 0; i--) {
    seed = (seed * 1103515245 + 12345) % 2147483648
    const j = seed % (i + 1)
    ;[order[i], order[j]] = [order[j] as number, order[i] as number]
  }
  return order
}
