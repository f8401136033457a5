/**
 * A bare generator loop: the physical limit.
 *
 * A ring buffer of things with `run()`, generators driven by `next()`, a heap of numbers. No futures, states, contexts,
 * handles, errors or reports, no clock, no host: it runs in one block. Nobody could use it; nothing can be much faster.
 */
import { type Contender, check, shuffled, sumBelow } from "./contender.js"

interface Runnable {
  run(): void
}

/** What a generator yields: nothing (run me again), or the job to wait for. */
type Steps<T> = Generator<Job<unknown> | undefined, T, void>

let ring: (Runnable | undefined)[] = new Array(1024).fill(undefined)
let mask = 1023
let head = 0
let length = 0

function push(item: Runnable): void {
  if (length > mask) {
    const bigger: (Runnable | undefined)[] = []
    for (let i = 0; i < length; i++) bigger.push(ring[(head + i) & mask])
    mask = mask * 2 + 1
    while (bigger.length <= mask) bigger.push(undefined)
    ring = bigger
    head = 0
  }
  ring[(head + length++) & mask] = item
}

function runAll(): void {
  while (length > 0) {
    const item = ring[head] as Runnable
    ring[head] = undefined
    head = (head + 1) & mask
    length--
    item.run()
  }
}

class Job<T> implements Runnable {
  readonly #steps: Steps<T>
  done = false
  cancelled = false
  value: T | undefined = undefined
  #waiter: Runnable | undefined = undefined

  constructor(steps: Steps<T>) {
    this.#steps = steps
    push(this)
  }

  run(): void {
    const step = this.cancelled ? this.#throw() : this.#steps.next()
    if (step.done) {
      this.done = true
      this.value = step.value
      if (this.#waiter !== undefined) push(this.#waiter)
    } else if (step.value === undefined) {
      push(this)
    } else {
      step.value.#waiter = this as Runnable
    }
  }

  #throw(): IteratorResult<Job<unknown> | undefined, T> {
    try {
      return this.#steps.throw(CANCELLED)
    } catch {
      return { done: true, value: undefined as T }
    }
  }

  cancel(): void {
    this.cancelled = true
    push(this)
  }

  *wait(): Steps<T> {
    if (!this.done) yield this as Job<unknown>
    return this.value as T
  }
}

const CANCELLED = new Error("cancelled")

/** Not done before the end of time. */
function endless(): Job<unknown> {
  function* itself(): Steps<void> {
    yield job
  }
  const job: Job<unknown> = new Job(itself())
  return job
}

function* leaf(i: number): Steps<number> {
  return i
}

function* sleeper(alarm: Job<unknown>): Steps<void> {
  yield alarm
}

/** Runs `main` and all that it starts; gives what it returns. */
function run<T>(main: Steps<T>): T {
  const job = new Job(main)
  runAll()
  return job.value as T
}

// A binary heap of numbers; timers are told apart by their index.
function heapPush(times: number[], ids: number[], time: number, id: number): void {
  let hole = times.length
  times.push(time)
  ids.push(id)
  while (hole > 0) {
    const parent = (hole - 1) >> 1
    if ((times[parent] as number) <= time) break
    times[hole] = times[parent] as number
    ids[hole] = ids[parent] as number
    hole = parent
  }
  times[hole] = time
  ids[hole] = id
}

function heapPop(times: number[], ids: number[]): number {
  const first = ids[0] as number
  const time = times.pop() as number
  const id = ids.pop() as number
  const size = times.length
  if (size === 0) return first
  let hole = 0
  for (;;) {
    let child = 2 * hole + 1
    if (child >= size) break
    if (child + 1 < size && (times[child + 1] as number) < (times[child] as number)) child++
    if ((times[child] as number) >= time) break
    times[hole] = times[child] as number
    ids[hole] = ids[child] as number
    hole = child
  }
  times[hole] = time
  ids[hole] = id
  return first
}

export const raw: Contender = {
  chain: (n) => {
    let left = n
    const step = {
      run() {
        if (--left > 0) push(step)
      },
    }
    const begin = performance.now()
    push(step)
    runAll()
    const took = performance.now() - begin
    check(left, 0)
    return took
  },

  batch: (n) => {
    let count = 0
    const step = {
      run() {
        count++
      },
    }
    const begin = performance.now()
    for (let i = 0; i < n; i++) push(step)
    runAll()
    const took = performance.now() - begin
    check(count, n)
    return took
  },

  switches: (n, k) => {
    let switches = 0
    let begin = 0
    function* worker(): Steps<void> {
      for (let i = 0; i < k; i++) {
        yield
        switches++
      }
    }
    function* start(): Steps<void> {
      begin = performance.now()
    }
    for (let i = 0; i < n; i++) new Job(worker())
    new Job(start())
    runAll()
    const took = performance.now() - begin
    check(switches, n * k)
    return took
  },

  spawn: (n, k) =>
    run(
      (function* () {
        let total = 0
        const begin = performance.now()
        for (let j = 0; j < k; j++) {
          const jobs: Job<number>[] = []
          for (let i = 0; i < n; i++) jobs.push(new Job(leaf(i)))
          for (const job of jobs) total += yield* job.wait()
        }
        const took = performance.now() - begin
        check(total, k * sumBelow(n))
        return took
      })(),
    ),

  gather: (n, k) =>
    run(
      (function* () {
        let total = 0
        const begin = performance.now()
        for (let j = 0; j < k; j++) {
          const jobs: Job<number>[] = []
          for (let i = 0; i < n; i++) jobs.push(new Job(leaf(i)))
          const values: number[] = []
          for (const job of jobs) values.push(yield* job.wait())
          for (const value of values) total += value
        }
        const took = performance.now() - begin
        check(total, k * sumBelow(n))
        return took
      })(),
    ),

  resume: (n, k) => {
    let took = 0
    function* level(depth: number): Steps<number> {
      if (depth > 1) return 1 + (yield* level(depth - 1))
      yield
      const begin = performance.now()
      for (let i = 0; i < k; i++) yield
      took = performance.now() - begin
      return 1
    }
    check(run(level(n)), n)
    return took
  },

  call: (n, k) => {
    function* level(depth: number): Steps<number> {
      return depth > 1 ? 1 + (yield* level(depth - 1)) : 1
    }
    return run(
      (function* () {
        let total = 0
        const begin = performance.now()
        for (let i = 0; i < k; i++) total += yield* level(n)
        const took = performance.now() - begin
        check(total, n * k)
        return took
      })(),
    )
  },

  cancel: (n, k) => {
    let took = 0
    for (let j = 0; j < k; j++) {
      const alarm = endless()
      const jobs: Job<void>[] = []
      for (let i = 0; i < n; i++) jobs.push(new Job(sleeper(alarm)))
      runAll()
      const begin = performance.now()
      for (const job of jobs) job.cancel()
      runAll()
      took += performance.now() - begin
      let cancelled = 0
      for (const job of jobs) if (job.done && job.cancelled) cancelled++
      check(cancelled, n)
    }
    return took
  },

  fire: (n) => {
    const order = shuffled(n)
    const times: number[] = []
    const ids: number[] = []
    let total = 0
    const fired = (i: number) => {
      total += i
    }
    const begin = performance.now()
    for (let i = 0; i < n; i++) heapPush(times, ids, (order[i] as number) / n, i)
    while (times.length > 0) fired(heapPop(times, ids))
    const took = performance.now() - begin
    check(total, sumBelow(n))
    return took
  },

  disarm: (n) => {
    const order = shuffled(n)
    const times: number[] = []
    const ids: number[] = []
    const cancelled = new Uint8Array(n)
    const begin = performance.now()
    for (let i = 0; i < n; i++) heapPush(times, ids, (order[i] as number) / n, i)
    for (const i of order) cancelled[i] = 1
    const left = ids.filter((id) => cancelled[id] === 0)
    const took = performance.now() - begin
    check(left.length, 0)
    return took
  },

  idleSleep: async (n) => {
    const times: number[] = []
    const ids: number[] = []
    const alarm = endless()
    const jobs: Job<void>[] = []
    for (let i = 0; i < n; i++) {
      jobs.push(new Job(sleeper(alarm)))
      heapPush(times, ids, i, i)
    }
    runAll()
    return async () => check(jobs.length + times.length + ids.length, 3 * n)
  },

  idleWait: async (n) => {
    const alarm = endless()
    const jobs: Job<void>[] = []
    for (let i = 0; i < n; i++) jobs.push(new Job(sleeper(alarm)))
    runAll()
    return async () => check(jobs.length, n)
  },
}
