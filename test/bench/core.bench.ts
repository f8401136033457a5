/**
 * What runs in a Node process or on a page of its own, for one contender and one row of the table: `globalThis.bench`.
 */
import type { Contender, Workload } from "./contender.js"
import { ours } from "./ours.js"
import { promises } from "./promises.js"
import { raw } from "./raw.js"

const contenders: Readonly<Record<string, Contender>> = { ours, promises, raw }

/** Milliseconds that a sample should last at least; shorter runs are repeated. */
const SAMPLE_MS = 25
/** Milliseconds of running before anything is measured. */
const WARM_UP_MS = 150

const collect = (globalThis as { gc?: () => void }).gc

let contender: Contender = {}
let release: (() => Promise<void>) | undefined

/** A program has used everything before: what the compiler learns from one workload alone is not what it meets in life. */
async function mix(): Promise<void> {
  const small: [Workload | undefined, number, number][] = [
    [contender.chain, 300, 1],
    [contender.batch, 300, 1],
    [contender.switches, 20, 20],
    [contender.spawn, 100, 3],
    [contender.spawnWrapped, 100, 3],
    [contender.gather, 100, 3],
    [contender.resume, 10, 100],
    [contender.call, 10, 30],
    [contender.cancel, 100, 1],
    [contender.fire, 300, 1],
    [contender.disarm, 300, 1],
  ]
  for (let round = 0; round < 3; round++) {
    for (const [workload, n, k] of small) await workload?.(n, k)
  }
}

interface Row {
  readonly run: string
  readonly n: number
  readonly k: number
  readonly ops?: number
  readonly heavy?: boolean
}

const workloadOf = (row: Row) => contender[row.run as keyof Contender] as Workload | undefined

export const bench = {
  /** The browser's version. */
  version: (): string => /Chrome\/([\d.]+)/.exec(navigator.userAgent)?.[1] ?? "",

  /** Chooses the contender and warms it up for `row`; false if it has no such workload. */
  async prepare(name: string, row: Row): Promise<boolean> {
    const chosen = contenders[name]
    if (chosen === undefined) throw new Error(`no contender ${name}`)
    contender = chosen
    collect?.()
    const workload = workloadOf(row)
    if (workload === undefined) return false
    await mix()
    const begin = performance.now()
    const n = row.heavy ? Math.ceil(row.n / 20) : row.n
    do {
      await workload(n, row.k)
    } while (performance.now() - begin < WARM_UP_MS)
    return true
  },

  /**
   * One sample: nanoseconds per operation, on average and in the best run.
   *
   * Not after a forced collection: that would throw away compiled code which refers to the loop of the sample before, and
   * the sample would measure the compiler.
   */
  async sample(row: Row): Promise<{ mean: number; best: number }> {
    const workload = workloadOf(row) as Workload
    const perOperation = 1e6 / (row.ops ?? row.n * row.k)
    let took = 0
    let best = Number.POSITIVE_INFINITY
    let runs = 0
    do {
      const run = await workload(row.n, row.k)
      took += run
      best = Math.min(best, run)
      runs++
    } while (took < SAMPLE_MS && !row.heavy)
    return { mean: (took / runs) * perOperation, best: best * perOperation }
  },

  /** Makes idle tasks, after a few of them to compile the code. */
  async fill(name: string, row: Row): Promise<void> {
    const make = contenders[name]?.[row.run as "idleSleep" | "idleWait"]
    if (make === undefined) throw new Error(`no ${row.run} for ${name}`)
    release = await make(row.n)
  },

  /** Ends them. */
  async drain(): Promise<void> {
    await release?.()
    release = undefined
  },
}

Object.assign(globalThis, { bench })

/** A page at a seat does what the server says, one thing after the other. */
async function serveSeat(seat: string): Promise<void> {
  for (;;) {
    const { method, args } = await (await fetch(`/next?${seat}`)).json()
    const answer = (body: object) => fetch(`/answer?${seat}`, { method: "POST", body: JSON.stringify(body) })
    if (method === "reload") {
      await answer({})
      location.reload()
      return
    }
    try {
      const value = await (bench[method as keyof typeof bench] as (...args: unknown[]) => unknown)(...args)
      await answer({ value })
    } catch (error) {
      await answer({ error: String(error instanceof Error ? error.stack : error) })
    }
  }
}

if (typeof location !== "undefined") {
  const seat = new URLSearchParams(location.search).get("seat")
  if (seat !== null) void serveSeat(seat)
}
