/**
 * The demo *Responsive*: one job, on the page or in workers, and what the page feels meanwhile.
 *
 * The part to read is the first one; the rest puts it on the page.
 */
import * as asyncio from "asyncio-web"
import { showSources } from "../sources.js"
import { type Stretch, StripChart, type Where } from "./chart.js"
import { duration } from "./format.js"
import { InputError, type Job } from "./job.js"
import { mandelbrot } from "./jobs.js"
import { Factoring } from "./number.js"
import { drawPendulums } from "./pendulums.js"
import { Picture } from "./picture.js"
import { type Outcome, Results } from "./results.js"
import { type Spread, Vitals } from "./vitals.js"

// ---- the two ways to run a job ----

/** One processor is left to the page. */
const WORKERS = Math.min(Math.max(navigator.hardwareConcurrency - 1, 1), 8)

/** In workers: each lane sends a piece, waits for what it gives, and takes the next. Cancelled, all of them end. */
function* inWorkers<A extends unknown[], R>(job: Job<A, R>): asyncio.CoroutineGenerator<void> {
  const pieces = job.pieces()
  function* lane() {
    for (const piece of pieces) job.take((yield* asyncio.toThread(job.fn, ...piece)) as R, ...piece)
  }
  yield* asyncio.gather(Array.from({ length: WORKERS + job.spare }, lane))
}

/** On the page: the same pieces, one after the other. Nobody else has a turn until it returns. */
function onPage<A extends unknown[], R>(job: Job<A, R>, limit: number): void {
  const endMs = performance.now() + 1000 * limit
  for (const piece of job.pieces()) {
    job.take(job.fn(...piece), ...piece)
    if (performance.now() > endMs && job.progress() < 1) throw new asyncio.TimeoutError()
  }
}

/** One run, for `limit` seconds at the most. */
function* runJob(job: Job, stretch: Stretch, limit: number): asyncio.CoroutineGenerator<void> {
  try {
    if (stretch.where === "main") onPage(job, limit)
    else yield* asyncio.asyncWith(asyncio.timeout(limit), () => inWorkers(job))
  } finally {
    stretch.toMs = performance.now()
  }
}

/** Serves the visitor, one request after the other. */
function* main(): asyncio.CoroutineGenerator<void> {
  asyncio.getRunningLoop().setDefaultExecutor(new asyncio.WorkerPoolExecutor({ maxWorkers: WORKERS }))
  asyncio.createTask(showLiveFigures(), { name: "figures" })
  asyncio.createTask(preview(), { name: "preview" })
  for (;;) {
    const { job, places, limit } = yield* nextRequest()
    for (const where of places) {
      const outcome = yield* observe(job(), where, limit)
      if (outcome !== "done") break
    }
  }
}

/** Runs a job and measures the page meanwhile. */
function* observe(job: Job, where: Where, limit: number): asyncio.CoroutineGenerator<Outcome> {
  showStart(job, where)
  // The page must be seen to run before it stands still.
  yield* nextFrame()
  yield* nextFrame()
  const stretch: Stretch = { where, fromMs: performance.now(), toMs: Number.POSITIVE_INFINITY }
  stretches.push(stretch)
  running = asyncio.createTask(runJob(job, stretch, limit), { name: job.label })
  // Somebody may have been quicker than those two frames.
  if (cancelClick !== undefined || waiting !== undefined) running.cancel()
  let outcome: Outcome = "done"
  let problem: unknown
  try {
    yield* running
  } catch (error) {
    if (error instanceof asyncio.CancelledError) outcome = "cancelled"
    else if (error instanceof asyncio.TimeoutError) outcome = "timed out"
    else [outcome, problem] = ["failed", error]
  }
  running = undefined
  // One that was cancelled before its first step has not noted its end.
  stretch.toMs = Math.min(stretch.toMs, performance.now())
  // What the visitor did while the page stood still is only heard now.
  yield* nextFrame()
  yield* nextFrame()
  showEnd(job, stretch, outcome, problem)
  return outcome
}

// ---- requests ----

interface Request {
  readonly job: () => Job
  readonly places: readonly Where[]
  readonly limit: number
}

let running: asyncio.Task<void> | undefined
let waiting: Request | undefined
let bell: asyncio.Future<void> | undefined

/** The latest request; an older one that nobody has seen to is dropped. */
function* nextRequest(): asyncio.CoroutineGenerator<Request> {
  while (waiting === undefined) {
    bell = asyncio.getRunningLoop().createFuture<void>()
    yield* bell
  }
  const request = waiting
  waiting = undefined
  return request
}

/** Asks for a run; one that is under way makes room. */
function request(places: readonly Where[]): void {
  let wanted: Request
  try {
    wanted = { job: chosenJob(), places, limit: readLimit() }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    showHint()
    error.field.focus()
    return
  }
  waiting = wanted
  running?.cancel()
  if (bell?.done() === false) bell.setResult()
}

/** The first look at the picture. */
function* preview(): asyncio.CoroutineGenerator<void> {
  const [view, tile] = picture.preview()
  const pixels = yield* asyncio.toThread(mandelbrot, view, tile)
  picture.showPreview(pixels, view)
}

function nextFrame(): asyncio.Awaitable<number> {
  return asyncio.until(new Promise<number>(requestAnimationFrame))
}

// ---- the page ----

function element<E extends HTMLElement>(id: string): E {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no #${id}`)
  return found as E
}

const form = element<HTMLFormElement>("form")
const hint = element("hint")
const progress = element<HTMLProgressElement>("progress")
const status = element("status")
/** What changes all the time, and is not for a screen reader to announce. */
const detail = element("detail")
const cancel = element("cancel")
const starters = [element<HTMLButtonElement>("run"), element<HTMLButtonElement>("both")]
const limitField = element<HTMLInputElement>("limit")
const pendulums = element<HTMLCanvasElement>("pendulums")
const stillness = matchMedia("(prefers-reduced-motion: reduce)")

const vitals = new Vitals()
const stretches: Stretch[] = []
const chart = new StripChart(element("chart"), vitals, stretches)
const results = new Results(element("results"), element("verdict"))
const factoring = new Factoring(element("number"), element("examples"), element("factors"))
const picture = new Picture(
  element("view"),
  {
    place: element("place"),
    re: element("re"),
    im: element("im"),
    zoom: element("zoom"),
    iterations: element("iterations"),
    samples: element("samples"),
  },
  () => travel(),
)

function chosen(name: "job" | "where"): string {
  return String(new FormData(form).get(name))
}

/** @throws {InputError} */
function chosenJob(): () => Job {
  const read = chosen("job") === "factor" ? () => factoring.job() as Job : () => picture.job() as Job
  // Each run has a job of its own; the first one is made here, so that a mistake is told at once.
  let first: Job | undefined = read()
  return () => {
    const job = first ?? read()
    first = undefined
    return job
  }
}

function readLimit(): number {
  const seconds = Number(limitField.value)
  if (!(seconds >= 1 && seconds <= 60)) throw new InputError("The limit must be from 1 to 60 seconds.", limitField)
  return seconds
}

/** Says what is to be said about the input: what is wrong with it, or what to expect. */
function showHint(): void {
  for (const field of form.elements) field.removeAttribute("aria-invalid")
  let text = "Drag to pan, click to zoom in, Shift-click to zoom out. On the keyboard: arrows, + and −."
  let wrong = false
  try {
    if (chosen("job") === "factor") text = factoring.forecast()
    else picture.job()
    readLimit()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    error.field.setAttribute("aria-invalid", "true")
    text = error.message
    wrong = true
  }
  hint.textContent = text
  hint.classList.toggle("wrong", wrong)
}

let journey: asyncio.Task<void> | undefined

/** Renders the new view, once the visitor has stopped for a moment. */
function travel(): void {
  showHint()
  journey?.cancel()
  journey = asyncio.createTask(
    (function* () {
      yield* asyncio.sleep(0.15)
      request([chosen("where") as Where])
    })(),
    { name: "travel" },
  )
}

const names: Readonly<Record<Where, string>> = {
  main: "on the main thread",
  worker: WORKERS === 1 ? "in a worker" : `in ${WORKERS} workers`,
}

let lastSummary = 0
/** When Cancel was clicked, and when the page heard of it. */
let cancelClick: { atMs: number; heardMs: number } | undefined

function showStart(job: Job, where: Where): void {
  document.body.dataset.state = "running"
  document.body.dataset.where = where
  cancelClick = undefined
  cancel.ariaDisabled = "false"
  progress.value = 0
  status.textContent =
    where === "main" ? "Running on the main thread. The page stands still." : `Running ${names.worker}.`
  shown = { job, where }
}

let shown: { job: Job; where: Where } | undefined

/** Of the job in workers; on the main thread there is no frame to show it in. */
function showProgress(nowMs: number): void {
  if (shown === undefined || running === undefined) return
  progress.value = shown.job.progress()
  if (nowMs - lastSummary < 200) return
  lastSummary = nowMs
  detail.textContent = `${shown.job.summary()}.`
}

function showEnd(job: Job, { where, fromMs, toMs }: Stretch, outcome: Outcome, problem: unknown): void {
  const tookMs = toMs - fromMs
  const took = duration(tookMs)
  const heard = cancelClick
  const late = heard === undefined ? "" : ` The job ended ${duration(Math.max(toMs - heard.atMs, 0))} after the click.`
  const texts: Record<Outcome, string> = {
    done: `Done ${names[where]} in ${took}: ${job.summary()}.`,
    cancelled: `Cancelled after ${took}.${late}`,
    "timed out": `Given up after ${took}: ${job.summary()}.`,
    failed: `Failed after ${took}: ${problem}.`,
  }
  let text = texts[outcome]
  if (where === "main" && heard !== undefined && outcome !== "cancelled") {
    text += ` Your Cancel waited ${duration(heard.heardMs - heard.atMs)} to be heard, and came too late.`
  }
  shown = undefined
  progress.value = outcome === "done" ? 1 : job.progress()
  status.textContent = text
  detail.textContent = ""
  cancel.ariaDisabled = "true"
  const show = () => results.show({ where, label: job.label, outcome, tookMs, figures: vitals.between(fromMs, toMs) })
  show()
  // Event Timing entries come a moment after their frame.
  asyncio.getRunningLoop().callLater(0.5, show)
  document.body.dataset.state = outcome.replace(" ", "-")
}

/** Keeps the table of the last ten seconds up to date. */
function* showLiveFigures(): asyncio.CoroutineGenerator<void> {
  const cells = (row: string) => ["p50", "p95", "p99", "max"].map((rank) => element(`live-${row}-${rank}`))
  const rows = { frame: cells("frame"), delay: cells("delay") }
  const dropped = element("live-dropped")
  const fill = (cells: HTMLElement[], { p50, p95, p99, max }: Spread) => {
    for (const [i, value] of [p50, p95, p99, max].entries()) cells[i]!.textContent = duration(value)
  }
  for (;;) {
    yield* asyncio.sleep(0.5)
    const now = performance.now()
    const figures = vitals.between(now - 10_000, now)
    fill(rows.frame, figures.frames)
    fill(rows.delay, figures.delays)
    dropped.textContent = `${figures.dropped} of ${figures.frames.count + figures.dropped}`
  }
}

function drawFrame(nowMs: number): void {
  showProgress(nowMs)
  if (stillness.matches) {
    // No motion: a figure that grows, and a strip that is changed once a second.
    element("frame-count").textContent = `Frame ${vitals.frames.length.toLocaleString("en")}`
    if (Math.floor(nowMs / 1000) !== Math.floor((nowMs - 17) / 1000)) chart.draw(nowMs)
    return
  }
  const scale = devicePixelRatio
  const [width, height] = [Math.round(pendulums.clientWidth * scale), Math.round(pendulums.clientHeight * scale)]
  if (pendulums.width !== width || pendulums.height !== height) {
    pendulums.width = width
    pendulums.height = height
  }
  drawPendulums(pendulums, getComputedStyle(pendulums).color, nowMs)
  chart.draw(nowMs)
}

const idle = (button: HTMLElement) => button.ariaDisabled !== "true"

form.addEventListener("submit", (event) => {
  event.preventDefault()
  request([chosen("where") as Where])
})
element("both").addEventListener("click", () => request(["main", "worker"]))
cancel.addEventListener("click", (event) => {
  if (!idle(cancel)) return
  cancelClick ??= { atMs: event.timeStamp, heardMs: performance.now() }
  running?.cancel()
})
// Some of the form's fields stand outside of it.
document.addEventListener("input", ({ target }) => {
  if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement) || target.form !== form) return
  document.body.dataset.job = chosen("job")
  showHint()
})
element("number").addEventListener("input", () => factoring.idle())
element("zoom-in").addEventListener("click", () => picture.zoom(3))
element("zoom-out").addEventListener("click", () => picture.zoom(1 / 3))
element("reset").addEventListener("click", () => picture.reset())
vitals.onInput(({ delayMs }) => {
  element("last-input").textContent = duration(delayMs)
})
vitals.onFrame(drawFrame)
vitals.start()
document.body.dataset.job = chosen("job")
showHint()
showSources(element("source"), {
  "main.ts": () => import("./main.ts?raw"),
  "jobs.ts": () => import("./jobs.ts?raw"),
})

asyncio.run(main())

// Before this a click would have sent the form to nobody.
for (const button of starters) button.disabled = false
status.textContent = "Ready."
document.body.dataset.state = "idle"
