/** What the page feels: how regular its frames are, and how long events wait for it. Times are `performance.now()`. */

/** The time between two frames. */
export interface Frame {
  readonly startMs: number
  readonly endMs: number
}

/** How long something that happened waited until the page could see to it. */
export interface Delay {
  readonly atMs: number
  readonly delayMs: number
  /** A key or a pointer of the visitor's, or the probe's message. */
  readonly kind: "input" | "probe"
}

/** Figures of a stretch of time, in milliseconds. */
export interface Figures {
  readonly frames: Spread
  /** Refreshes of the screen that had no frame. */
  readonly dropped: number
  readonly delays: Spread
  /** How many of the delays were the visitor's own. */
  readonly inputs: number
  /** From a key or click to the next frame, the slowest; undefined if there was none. */
  readonly paint: number | undefined
}

/** Percentiles of what was measured; NaN of nothing. */
export interface Spread {
  readonly count: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** Measurements are kept for this long. */
const KEPT_MS = 90_000

const INPUTS = ["keydown", "pointerdown"] as const

/** Measures from `start()` on. */
export class Vitals {
  readonly frames: Frame[] = []
  readonly delays: Delay[] = []
  readonly #paints: { atMs: number; durationMs: number }[] = []
  readonly #listeners: ((nowMs: number) => void)[] = []
  readonly #inputListeners: ((delay: Delay) => void)[] = []
  #last: number | undefined
  /** A page that is not seen has no frames; what it missed is nobody's loss. */
  #visibleSince = 0

  start(): void {
    requestAnimationFrame(this.#frame)
    document.addEventListener("visibilitychange", () => {
      this.#last = undefined
      this.#visibleSince = performance.now()
    })
    for (const type of INPUTS) {
      addEventListener(type, (event) => this.#input(event.timeStamp), { capture: true, passive: true })
    }
    this.#observePaints()
    const probe = new Worker(new URL("./probe.ts", import.meta.url), { type: "module" })
    probe.addEventListener("message", ({ data }: MessageEvent<number>) => {
      this.#delay("probe", data - performance.timeOrigin)
    })
  }

  /** Calls `listener` in each frame. */
  onFrame(listener: (nowMs: number) => void): void {
    this.#listeners.push(listener)
  }

  /** Calls `listener` for each key and pointer of the visitor's. */
  onInput(listener: (delay: Delay) => void): void {
    this.#inputListeners.push(listener)
  }

  /** The screen's refresh interval: the shorter frames of the last seconds, since the longer ones have waited. */
  period(): number {
    const recent = this.frames.slice(-240).map(({ startMs, endMs }) => endMs - startMs)
    if (recent.length < 20) return 1000 / 60
    return Math.max(percentile(recent.sort(ascending), 0.25), 2)
  }

  /** The figures of what happened between two times; of frames, of those that began before the second one. */
  between(fromMs: number, toMs: number): Figures {
    const intervals = this.frames
      .filter(({ startMs, endMs }) => endMs > fromMs && startMs < toMs)
      .map(({ startMs, endMs }) => endMs - startMs)
    const during = ({ atMs }: { atMs: number }) => atMs >= fromMs && atMs <= toMs
    const delays = this.delays.filter(during)
    const period = this.period()
    return {
      frames: spread(intervals),
      dropped: intervals.reduce((sum, interval) => sum + Math.max(Math.round(interval / period) - 1, 0), 0),
      delays: spread(delays.map(({ delayMs }) => delayMs)),
      inputs: delays.filter(({ kind }) => kind === "input").length,
      paint: this.#paints.filter(during).reduce<number | undefined>((most, { durationMs }) => {
        return Math.max(most ?? 0, durationMs)
      }, undefined),
    }
  }

  readonly #frame = (timestamp: number): void => {
    requestAnimationFrame(this.#frame)
    const now = performance.now()
    // A frame that was due while the page was busy has the time at which it was due. It is when it came that counts.
    const at = now - timestamp > 10 ? now : Math.min(timestamp, now)
    if (this.#last !== undefined && at > this.#last) this.frames.push({ startMs: this.#last, endMs: at })
    this.#last = Math.max(at, this.#last ?? 0)
    if (this.frames.length % 600 === 0) this.#forget(now - KEPT_MS)
    for (const listener of this.#listeners) listener(now)
  }

  #input(atMs: number): void {
    const delay = this.#delay("input", atMs)
    if (delay === undefined) return
    for (const listener of this.#inputListeners) listener(delay)
    // Where the Event Timing API is missing, the task after the next frame stands for its end.
    if (!timesEvents()) {
      requestAnimationFrame(() => setTimeout(() => this.#paint(atMs, performance.now() - atMs)))
    }
  }

  #delay(kind: Delay["kind"], atMs: number): Delay | undefined {
    if (document.hidden || atMs < this.#visibleSince) return undefined
    // Two clocks may differ by some microseconds.
    const delay: Delay = { kind, atMs, delayMs: Math.max(performance.now() - atMs, 0) }
    this.delays.push(delay)
    return delay
  }

  #observePaints(): void {
    if (!timesEvents()) return
    const observer = new PerformanceObserver((list) => {
      for (const { name, startTime, duration } of list.getEntries()) {
        if (INPUTS.some((type) => type === name)) this.#paint(startTime, duration)
      }
    })
    observer.observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit)
  }

  #paint(atMs: number, durationMs: number): void {
    this.#paints.push({ atMs, durationMs })
  }

  #forget(beforeMs: number): void {
    for (const list of [this.delays, this.#paints]) {
      list.splice(
        0,
        Math.max(
          list.findIndex(({ atMs }) => atMs >= beforeMs),
          0,
        ),
      )
    }
    this.frames.splice(
      0,
      Math.max(
        this.frames.findIndex(({ endMs }) => endMs >= beforeMs),
        0,
      ),
    )
  }
}

/** Whether the browser has the Event Timing API. */
function timesEvents(): boolean {
  return PerformanceObserver.supportedEntryTypes.includes("event")
}

function spread(values: number[]): Spread {
  values.sort(ascending)
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(values, share))
  return { count: values.length, p50: p50!, p95: p95!, p99: p99!, max: values.at(-1) ?? Number.NaN }
}

/** By nearest rank: always one of the values that were measured. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)] ?? Number.NaN
}

function ascending(a: number, b: number): number {
  return a - b
}
