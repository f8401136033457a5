/** The table that sets the last run on the main thread beside the last one in workers. */
import type { Where } from "./chart.js"
import { duration } from "./format.js"
import type { Figures } from "./vitals.js"

/** A run that has ended. */
export interface Run {
  readonly where: Where
  readonly label: string
  readonly outcome: Outcome
  readonly tookMs: number
  readonly figures: Figures
}

/** How a run ended. */
export type Outcome = "done" | "cancelled" | "timed out" | "failed"

interface Row {
  readonly name: string
  /** What a bar of full length would be, if not the larger of the two values. */
  readonly full?: number
  value(run: Run): number
  text(run: Run): string
}

const rows: readonly Row[] = [
  { name: "time", value: (run) => run.tookMs, text: (run) => duration(run.tookMs) },
  { name: "freeze", value: ({ figures }) => figures.frames.max, text: ({ figures }) => duration(figures.frames.max) },
  ...(["p50", "p95", "p99"] as const).map((rank) => ({
    name: `frame-${rank}`,
    value: ({ figures }: Run) => figures.frames[rank],
    text: ({ figures }: Run) => duration(figures.frames[rank]),
  })),
  {
    name: "dropped",
    full: 1,
    value: ({ figures }) => figures.dropped / (figures.dropped + figures.frames.count),
    text: ({ figures: { dropped, frames } }) => `${dropped} of ${dropped + frames.count}`,
  },
  ...(["p50", "p95", "p99"] as const).map((rank) => ({
    name: `delay-${rank}`,
    value: ({ figures }: Run) => figures.delays[rank],
    text: ({ figures }: Run) => duration(figures.delays[rank]),
  })),
  {
    name: "paint",
    value: ({ figures }) => figures.paint ?? Number.NaN,
    text: ({ figures }) => (figures.paint === undefined ? "no input" : duration(figures.paint)),
  },
]

/** The table on the page; its cells are marked with `data-run` and `data-figure`. */
export class Results {
  readonly #table: HTMLTableElement
  readonly #verdict: HTMLElement
  readonly #runs = new Map<Where, Run>()

  constructor(table: HTMLTableElement, verdict: HTMLElement) {
    this.#table = table
    this.#verdict = verdict
  }

  show(run: Run): void {
    this.#runs.set(run.where, run)
    for (const { name, full, value, text } of rows) {
      const most = full ?? Math.max(...[...this.#runs.values()].map(value).filter((it) => !Number.isNaN(it)))
      for (const [where, run] of this.#runs) {
        const cell = this.#cell(where, name)
        const share = value(run) / most
        const bar = document.createElement("i")
        // One alone has nothing to be measured by.
        bar.hidden = Number.isNaN(share) || this.#runs.size < 2
        bar.style.setProperty("--share", String(share))
        const figure = document.createElement("div")
        figure.className = "bar-figure"
        figure.append(text(run), bar)
        cell.replaceChildren(figure)
      }
    }
    const { label, outcome } = run
    this.#cell(run.where, "job").textContent = outcome === "done" ? label : `${label} (${outcome})`
    this.#verdict.textContent = this.#compare()
  }

  #cell(where: Where, figure: string): HTMLElement {
    return this.#table.querySelector<HTMLElement>(`[data-run="${where}"][data-figure="${figure}"]`)!
  }

  #compare(): string {
    const [main, worker] = [this.#runs.get("main"), this.#runs.get("worker")]
    if (main === undefined) return "Now run it on the main thread, to compare."
    if (worker === undefined) return "Now run it in a worker, to compare."
    const [most, least] = [main.figures.frames.max, worker.figures.frames.max]
    const other = main.label === worker.label ? "" : " Two different jobs: compare the frames, not the times."
    if (!(most > 2 * least)) return `Too short a job to freeze the page. Try a longer one.${other}`
    const times = most / least
    return `The page froze for ${duration(most)} on the main thread. In a worker its longest frame took ${duration(least)}, ${
      times < 10 ? times.toFixed(1) : Math.round(times)
    } times less.${other}`
  }
}
