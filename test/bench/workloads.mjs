// @ts-check
// The workloads of `npm run bench`: names, sizes and goals. Plain JavaScript: the command, the page and Node share it.

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} run a workload of contender.ts
 * @property {number} n
 * @property {number} k
 * @property {number} [ops] operations in one run; n * k if not given
 * @property {number} [overPython] goal: at least so many times as fast as CPython's asyncio
 * @property {number} [underRaw] goal: at most so many times the bare generator loop's time
 * @property {[of: string, limit: number]} [flat] goal: at most `limit` times the cost per operation of another row
 * @property {string[]} [without] contenders that cannot
 * @property {boolean} [heavy] one run is a sample, and smaller ones warm it up
 */

/** @type {Row[]} */
export const rows = [
  { name: "callSoon chain 100,000", run: "chain", n: 100_000, k: 1, overPython: 15 },
  { name: "callSoon batch 100,000", run: "batch", n: 100_000, k: 1, overPython: 15 },
  { name: "switches, 1 task", run: "switches", n: 1, k: 100_000, overPython: 15, underRaw: 4 },
  { name: "switches, 100 tasks", run: "switches", n: 100, k: 1000, overPython: 15, underRaw: 4 },
  { name: "switches, 10,000 tasks", run: "switches", n: 10_000, k: 20, overPython: 15, underRaw: 4 },
  { name: "spawn and join 1,000", run: "spawn", n: 1000, k: 50, overPython: 15 },
  { name: "spawn and join 100,000", run: "spawn", n: 100_000, k: 1, overPython: 15 },
  { name: "same, coroutine() 1,000", run: "spawnWrapped", n: 1000, k: 50, overPython: 15 },
  { name: "gather 100", run: "gather", n: 100, k: 500, overPython: 15 },
  { name: "gather 10,000", run: "gather", n: 10_000, k: 5, overPython: 15 },
  { name: "resume at depth 1", run: "resume", n: 1, k: 50_000, ops: 50_000, overPython: 15 },
  { name: "resume at depth 10", run: "resume", n: 10, k: 50_000, ops: 50_000, flat: ["resume at depth 1", 1.5] },
  { name: "resume at depth 100", run: "resume", n: 100, k: 20_000, ops: 20_000, flat: ["resume at depth 1", 1.5] },
  { name: "resume at depth 1,000", run: "resume", n: 1000, k: 3000, ops: 3000, flat: ["resume at depth 1", 1.5] },
  {
    name: "resume at depth 100,000",
    run: "resume",
    n: 100_000,
    k: 3000,
    ops: 3000,
    flat: ["resume at depth 1", 1.5],
    without: ["python", "promises", "raw"],
  },
  { name: "call and return, depth 10", run: "call", n: 10, k: 2000 },
  { name: "call and return, depth 1,000", run: "call", n: 1000, k: 20 },
  {
    name: "call and return, depth 100,000",
    run: "call",
    n: 100_000,
    k: 1,
    without: ["python", "promises", "raw"],
  },
  { name: "cancel 1,000 sleepers", run: "cancel", n: 1000, k: 20, overPython: 4 },
  {
    name: "cancel 100,000 sleepers",
    run: "cancel",
    n: 100_000,
    k: 1,
    overPython: 4,
    without: ["promises"],
    heavy: true,
  },
  { name: "timers 100,000, all fire", run: "fire", n: 100_000, k: 1, overPython: 4 },
  { name: "timers 100,000, cancelled", run: "disarm", n: 100_000, k: 1, overPython: 4 },
  { name: "spawn and join 10,000", run: "spawn", n: 10_000, k: 10 },
  {
    name: "spawn and join 1,000,000",
    run: "spawn",
    n: 1_000_000,
    k: 1,
    flat: ["spawn and join 10,000", 2],
    without: ["python"],
    heavy: true,
  },
  {
    name: "switches, 1,000,000 tasks",
    run: "switches",
    n: 1_000_000,
    k: 3,
    flat: ["switches, 10,000 tasks", 2],
    without: ["python"],
    heavy: true,
  },
]

/** Memory: bytes for one of this many idle tasks. */
export const idleRows = [
  { name: "bytes per sleeping task", run: "idleSleep", n: 100_000 },
  { name: "bytes per waiting task", run: "idleWait", n: 100_000 },
]
