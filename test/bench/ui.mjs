// @ts-check
// npm run bench:ui: what a page feels while it works, in Chromium. See README.md.
import { setTimeout as delay } from "node:timers/promises"
import { parseArgs } from "node:util"
import { chromium } from "playwright"
import { chromiumLaunch } from "../support/browsers.mjs"
import { bundle, serve } from "./bundle.mjs"
import { tooMany, watchOthers } from "./cpu.mjs"
import { asText, Goals, median, medianRatio, quantile, save, short } from "./report.mjs"

/** @typedef {{ frames: number[], delays: number[], jobs: number, took: number }} Felt */

const usage = `npm run bench:ui -- [options]
  --only PATTERN   workloads or contenders that match this regular expression (the idle page is always there)
  --quick          one short round
  --rounds N       rounds (3)
  --out FILE       write the table there, or the data if it ends in .json`

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    out: { type: "string" },
    help: { type: "boolean", default: false },
  },
})
if (options.help) {
  console.log(usage)
  process.exit()
}

/**
 * @typedef {object} Workload
 * @property {string} name as ui.bench.ts calls it
 * @property {string} title
 * @property {number} ms
 * @property {string} ours the contender with the goals
 * @property {number} [frames] goal: the 99th percentile of the frame intervals, at most so many times the idle page's
 * @property {number} [throughput] goal: at least this part of what one block does
 */

/** @type {Workload[]} */
const workloads = [
  { name: "steps", title: "200,000 tiny steps of 1,000 tasks", ms: 2500, ours: "ours", throughput: 0.5 },
  { name: "spawns", title: "200,000 tiny tasks, 100 at a time", ms: 2500, ours: "ours" },
  { name: "slices", title: "600 slices of 1 ms of 100 tasks", ms: 2500, ours: "ours", frames: 1.2, throughput: 0.9 },
  { name: "job", title: "a job of 3 seconds", ms: 3000, ours: "ours, toThread", frames: 1.2 },
]

const rounds = Number(options.rounds ?? (options.quick ? 1 : 3))
const share = options.quick ? 0.3 : 1
const wanted = new RegExp(options.only, "i")

const begin = Date.now()
const built = await bundle("ui.bench.ts")
const server = await serve(built.folder)
const browser = await chromium.launch(chromiumLaunch())
const IDLE = "idle page"
/** @type {Map<string, Felt[]>} */
const felt = new Map()
const keyOf = (/** @type {string} */ workload, /** @type {string} */ contender) =>
  contender === IDLE ? IDLE : `${workload}: ${contender}`

/** What is run once a round. @type {[Workload, string][]} */
let runs = []
/** Runs that had to be used although others had the processors, of how many. */
let disturbed = 0
let count = 0
/** Runs that may be repeated. */
let patience = 5 * rounds
try {
  const page = await (await browser.newContext()).newPage()
  await page.goto(server.url)
  await page.waitForFunction("globalThis.ui !== undefined")
  const devtools = await page.context().newCDPSession(page)
  /** @type {Record<string, string[]>} */
  const contenders = await page.evaluate("ui.contenders")
  runs = workloads.flatMap((workload) =>
    (contenders[workload.name] ?? [])
      .filter((contender) => wanted.test(`${workload.name}: ${contender}`) || wanted.test(workload.title))
      .map((contender) => /** @type {[Workload, string]} */ ([workload, contender])),
  )
  if (runs.length === 0) throw new Error(`no workload or contender matches ${options.only}`)
  await page.evaluate("ui.prepare()")

  let pressing = true
  /**
   * Presses and releases the mouse every 110 to 190 ms, as a busy user does; nothing waits for the page. Not more often:
   * for some time after each press Chromium puts frames before messages and timers, which flatters every contender.
   */
  const press = async () => {
    for (let i = 0; pressing; i++) {
      const type = i % 2 === 0 ? "mousePressed" : "mouseReleased"
      void devtools
        .send("Input.dispatchMouseEvent", { type, x: 50, y: 50, button: "left", clickCount: 1 })
        .catch(() => {})
      await delay(110 + ((i * 37) % 81))
    }
  }
  const pressed = press()

  /**
   * Once more if others had the processors meanwhile, as long as there is patience; the calmer of the two counts.
   *
   * @param {Workload} workload
   * @param {string} contender
   */
  const run = async (workload, contender) => {
    const once = async () => {
      const others = watchOthers()
      const args = [workload.name, contender, workload.ms * share].map((arg) => JSON.stringify(arg))
      /** @type {Felt} */
      const result = await page.evaluate(`ui.run(${args.join(", ")})`)
      return { result, others: others() ?? 0 }
    }
    let best = await once()
    if (best.others > tooMany && patience > 0) {
      patience--
      const second = await once()
      if (second.others < best.others) best = second
    }
    if (best.others > tooMany) disturbed++
    count++
    return best.result
  }
  for (let round = 0; round < rounds; round++) {
    const [first] = /** @type {[[Workload, string]]} */ (/** @type {unknown} */ (runs))
    /** @type {[Workload, string][]} */
    const order = [[first[0], IDLE], ...runs.slice(round % runs.length), ...runs.slice(0, round % runs.length)]
    // The idle page twice: it is what all others are compared with.
    order.splice(order.length >> 1, 0, [first[0], IDLE])
    for (const [workload, contender] of order) {
      if (process.stderr.isTTY)
        process.stderr.write(`\r\x1b[K${round + 1}/${rounds} ${keyOf(workload.name, contender)}`)
      const key = keyOf(workload.name, contender)
      const all = felt.get(key) ?? []
      felt.set(key, all)
      all.push(await run(workload, contender))
    }
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K")
  pressing = false
  await pressed
} finally {
  await browser.close()
  await server.close()
  await built.remove()
}

// ---- the table ----

const goals = new Goals()
const idle = felt.get(IDLE) ?? []
/** A metric is computed for each run; its median over the rounds is shown. @param {readonly Felt[]} all @param {(felt: Felt) => number} metric */
const over = (all, metric) => median(all.map(metric))
const period = over(idle, ({ frames }) => median(frames))
const frame =
  (/** @type {number} */ share) =>
  (/** @type {Felt} */ { frames }) =>
    quantile(frames, share)
/** There are few events in one round: those of all rounds together. @param {readonly Felt[]} all */
const inputs = (all) => {
  const delays = all.flatMap((one) => one.delays)
  return [0.5, 0.95, 0.99, 1].map((share) => short(quantile(delays, share)))
}
const perSecond = (/** @type {Felt} */ { jobs, took }) => (jobs / took) * 1000
/** Frames that did not come in time, in percent of those that should have come. @param {Felt} felt */
const dropped = ({ frames }) => {
  const missed = frames.map((interval) => Math.max(0, Math.round(interval / period) - 1))
  const lost = missed.reduce((sum, count) => sum + count, 0)
  return (100 * lost) / (lost + frames.length)
}
const idleP99 = over(idle, frame(0.99))

/** @param {string} title @param {string} name @param {readonly Felt[]} all @param {Workload} [workload] */
function rowOf(title, name, all, workload) {
  const block = felt.get(keyOf(workload?.name ?? "", "one block")) ?? []
  const throughput = medianRatio(all.map(perSecond), block.map(perSecond))
  const ratio = over(all, frame(0.99)) / idleP99
  const verdicts = []
  if (workload !== undefined && name === workload.ours) {
    if (workload.frames !== undefined)
      verdicts.push(goals.judge(ratio <= workload.frames, `frames <=${workload.frames}x idle`))
    if (workload.throughput !== undefined && block.length > 0) {
      verdicts.push(goals.judge(throughput >= workload.throughput, `>=${100 * workload.throughput} % of a block`))
    }
  }
  return [
    title,
    name,
    ...[0.5, 0.95, 0.99, 1].map((share) => short(over(all, frame(share)))),
    short(ratio),
    short(over(all, dropped)),
    ...inputs(all),
    workload === undefined ? "" : short(over(all, perSecond)),
    short(100 * throughput),
    verdicts.join(", "),
  ]
}

const table = {
  names: 2,
  title: `Chromium ${browser.version()}: milliseconds between frames and until an input event arrives, medians of ${rounds} rounds`,
  head: [
    "workload",
    "contender",
    ...["frame p50", "p95", "p99", "max", "p99 / idle", "dropped %"],
    ...["input p50", "p95", "p99", "max", "jobs/s", "% of block", "goal"],
  ],
  rows: [
    rowOf("", IDLE, idle),
    ...runs.map(([workload, contender]) =>
      rowOf(workload.title, contender, felt.get(keyOf(workload.name, contender)) ?? [], workload),
    ),
  ],
}
const notes = [
  `${disturbed} of ${count} runs were under way while others kept the processors busy`,
  `${Math.round((Date.now() - begin) / 1000)} s in all`,
  String(goals),
]
console.log(`${asText(table)}\n`)
for (const note of notes) console.log(note)
if (options.out !== undefined) await save(options.out, { rounds, felt: Object.fromEntries(felt) }, [table], notes)
