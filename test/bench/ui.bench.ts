/**
 * The page of `npm run bench:ui`: a frame clock, input events, and work under one contender. `globalThis.ui`.
 */
import * as asyncio from "asyncio-web"
import { burn } from "./jobs.js"

/** What a page has felt. */
export interface Felt {
  /** Milliseconds between one frame and the next. */
  frames: number[]
  /** Milliseconds from an input event to its listener. */
  delays: number[]
  /** Jobs done. */
  jobs: number
  /** Milliseconds that the work took. */
  took: number
}

/** Says when the time is over. Every contender asks it as often: before each job. */
class Clock {
  readonly begin = performance.now()
  readonly #end: number
  readonly #every: number
  #asked = 0
  #over = false
  jobs = 0
  sum = 0

  constructor(ms: number, every: number) {
    this.#end = this.begin + ms
    this.#every = every
  }

  /** A clock that is read for each tiny step would be most of the work: it is read every so many. */
  over(): boolean {
    if (++this.#asked < this.#every) return this.#over
    this.#asked = 0
    this.#over ||= performance.now() >= this.#end
    return this.#over
  }
}

/** A step of about a tenth of a microsecond. */
function tiny(clock: Clock): void {
  let x = clock.jobs + 1
  for (let i = 0; i < 32; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
  }
  clock.sum += x
  clock.jobs++
}

/** A slice of one millisecond. */
function slice(clock: Clock): void {
  const end = performance.now() + 1
  while (performance.now() < end) clock.sum++
  clock.jobs++
}

type Job = (clock: Clock) => void
type Contender = (clock: Clock, strands: number, steps: number, job: Job) => Promise<void> | void

/** `strands` tasks of `steps` jobs each, again and again until the time is over: each contender with its own means. */
const steps: Readonly<Record<string, Contender>> = {
  ours: (clock, strands, count, job) => {
    function* strand(): asyncio.CoroutineGenerator<void> {
      for (let i = 0; i < count && !clock.over(); i++) {
        job(clock)
        yield* asyncio.sleep(0)
      }
    }
    function* main(): asyncio.CoroutineGenerator<void> {
      while (!clock.over()) {
        const tasks: asyncio.Task<void>[] = []
        for (let i = 0; i < strands; i++) tasks.push(asyncio.createTask(strand()))
        for (const task of tasks) yield* task
      }
    }
    return asyncio.run(main())
  },

  "one message per job": async (clock, strands, count, job) => {
    const { port1, port2 } = new MessageChannel()
    while (!clock.over()) {
      await new Promise<void>((resolve) => {
        let left = strands
        const done = new Int32Array(strands)
        port1.onmessage = ({ data }: MessageEvent<number>) => {
          if (clock.over() || done[data] === count) {
            if (--left === 0) resolve()
            return
          }
          job(clock)
          done[data] = (done[data] as number) + 1
          port2.postMessage(data)
        }
        for (let i = 0; i < strands; i++) port2.postMessage(i)
      })
    }
    port1.close()
  },

  setTimeout: async (clock, strands, count, job) => {
    while (!clock.over()) {
      await new Promise<void>((resolve) => {
        let left = strands
        for (let i = 0; i < strands; i++) {
          let done = 0
          const step = () => {
            if (clock.over() || done === count) {
              if (--left === 0) resolve()
              return
            }
            job(clock)
            done++
            setTimeout(step)
          }
          setTimeout(step)
        }
      })
    }
  },

  promises: async (clock, strands, count, job) => {
    async function strand(): Promise<void> {
      for (let i = 0; i < count && !clock.over(); i++) {
        job(clock)
        await null
      }
    }
    while (!clock.over()) {
      const all: Promise<void>[] = []
      for (let i = 0; i < strands; i++) all.push(strand())
      await Promise.all(all)
    }
  },

  // The ceiling: the same generators, resumed in turn by nothing but a loop.
  "one block": (clock, strands, count, job) => {
    function* strand(): Generator<undefined, void, void> {
      for (let i = 0; i < count && !clock.over(); i++) {
        job(clock)
        yield
      }
    }
    while (!clock.over()) {
      let running: Generator<undefined, void, void>[] = []
      for (let i = 0; i < strands; i++) running.push(strand())
      while (running.length > 0) running = running.filter((one) => !one.next().done)
    }
  },
}

/** 100 strands that make a task for each tiny job and wait for it. */
const spawns: Readonly<Record<string, Contender>> = {
  ours: (clock, strands, _, job) => {
    function* child(): asyncio.CoroutineGenerator<void> {
      job(clock)
    }
    function* strand(): asyncio.CoroutineGenerator<void> {
      while (!clock.over()) yield* asyncio.createTask(child())
    }
    function* main(): asyncio.CoroutineGenerator<void> {
      const all: asyncio.CoroutineGenerator<void>[] = []
      for (let i = 0; i < strands; i++) all.push(strand())
      yield* asyncio.gather(all)
    }
    return asyncio.run(main())
  },

  promises: async (clock, strands, _, job) => {
    async function child(): Promise<void> {
      job(clock)
    }
    async function strand(): Promise<void> {
      while (!clock.over()) await child()
    }
    const all: Promise<void>[] = []
    for (let i = 0; i < strands; i++) all.push(strand())
    await Promise.all(all)
  },

  "one message per job": steps["one message per job"] as Contender,
  setTimeout: steps.setTimeout as Contender,

  "one block": (clock, _strands, _count, job) => {
    function* child(): Generator<undefined, void, void> {
      job(clock)
    }
    while (!clock.over()) child().next()
  },
}

/** How many rounds of `burn` take a millisecond here, once it is compiled. */
function roundsPerMs(): number {
  const rounds = 10_000_000
  let best = 0
  for (let i = 0; i < 6; i++) {
    const begin = performance.now()
    if (burn(rounds + i) === 0) throw new Error("it never gives zero")
    best = Math.max(best, rounds / (performance.now() - begin))
  }
  return best
}

let perMs = 0

/** A computation that cannot be cut, of as many milliseconds. */
const job: Readonly<Record<string, (clock: Clock, ms: number) => Promise<void> | void>> = {
  "ours, toThread": (clock, ms) =>
    asyncio.run(
      (function* () {
        clock.sum += yield* asyncio.toThread(burn, Math.round(perMs * ms))
        clock.jobs++
      })(),
    ),
  "one block": (clock, ms) => {
    clock.sum += burn(Math.round(perMs * ms))
    clock.jobs++
  },
}

/** The contenders of each workload. */
export const contenders: Readonly<Record<string, readonly string[]>> = {
  steps: Object.keys(steps),
  slices: Object.keys(steps),
  spawns: Object.keys(spawns),
  job: Object.keys(job),
}

async function work(workload: string, contender: string, ms: number): Promise<{ jobs: number; took: number }> {
  const clock = new Clock(ms, workload === "slices" ? 1 : 64)
  if (contender === "idle page") await new Promise((resolve) => setTimeout(resolve, ms))
  else if (workload === "steps") await steps[contender]?.(clock, 1000, 200, tiny)
  else if (workload === "slices") await steps[contender]?.(clock, 100, 6, slice)
  else if (workload === "spawns") await spawns[contender]?.(clock, 100, 2000, tiny)
  else await job[contender]?.(clock, ms)
  const took = performance.now() - clock.begin
  if (contender !== "idle page" && clock.jobs === 0) throw new Error(`${workload}: ${contender} has done nothing`)
  return { jobs: clock.jobs, took }
}

const frames: number[] = []
const delays: number[] = []
let watching = false
let lastFrame = 0

/** A page that has something to show: the bar moves with every frame. */
function watchFrames(bar: HTMLElement): void {
  const frame = () => {
    const now = performance.now()
    if (watching) frames.push(now - lastFrame)
    lastFrame = now
    bar.style.transform = `translateX(${(now / 10) % 300}px)`
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
}

/** Resolves after so many frames. */
const afterFrames = (count: number): Promise<void> =>
  new Promise((resolve) => {
    const frame = () => (--count < 0 ? resolve() : requestAnimationFrame(frame))
    requestAnimationFrame(frame)
  })

const bar = document.createElement("div")
bar.style.cssText = "width: 100px; height: 100px; background: teal; will-change: transform"
document.body.append(bar)
watchFrames(bar)
for (const type of ["mousedown", "mouseup"]) {
  document.addEventListener(type, (event) => {
    if (watching) delays.push(performance.now() - event.timeStamp)
  })
}

export const ui = {
  contenders,

  /** Once: measures the processor, compiles, and starts the pool's worker. */
  async prepare(): Promise<void> {
    perMs = roundsPerMs()
    for (const [workload, names] of Object.entries(contenders)) {
      for (const name of names) await work(workload, name, 200)
    }
  },

  /** Works for about `ms` milliseconds and tells what the page felt meanwhile. */
  async run(workload: string, contender: string, ms: number): Promise<Felt> {
    await afterFrames(12)
    frames.length = delays.length = 0
    watching = true
    const { jobs, took } = await work(workload, contender, ms)
    // The frame that the work has kept from coming belongs to it.
    await afterFrames(1)
    watching = false
    return { frames: [...frames], delays: [...delays], jobs, took }
  },
}

Object.assign(globalThis, { ui })
