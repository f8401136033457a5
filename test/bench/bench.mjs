// @ts-check
// npm run bench: the core's speed beside CPython's asyncio, native promises and a bare generator loop. See README.md.
import { parseArgs } from "node:util"
import { chromium } from "playwright"
import { chromiumLaunch } from "../support/browsers.mjs"
import { bundle, serve } from "./bundle.mjs"
import { tooMany, watchOthers } from "./cpu.mjs"
import { asText, Goals, median, medianRatio, save, short } from "./report.mjs"
import { findPython, inspectedSeat, nodeSeat, pageSeat, pythonSeat } from "./seats.mjs"
import { idleRows, rows } from "./workloads.mjs"

/** @typedef {import("./workloads.mjs").Row} Row */
/** @typedef {import("./seats.mjs").Seat} Seat */
/** @typedef {import("./seats.mjs").Sample} Sample */
/** @typedef {{ samples: Record<string, Sample[]>, calmly: boolean }} Result samples by place and round */

const usage = `npm run bench -- [options]
  --node, --chromium   only there (both if not given)
  --only PATTERN       rows whose name matches this regular expression
  --quick              two rounds, without the largest rows
  --rounds N           rounds to keep (5)
  --out FILE           write the tables there, or the data if it ends in .json
  --profile FOLDER     Node's CPU profiles of our processes, from a build with readable names`

const { values: options } = parseArgs({
  options: {
    node: { type: "boolean", default: false },
    chromium: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    out: { type: "string" },
    profile: { type: "string" },
    help: { type: "boolean", default: false },
  },
})
if (options.help) {
  console.log(usage)
  process.exit()
}

const contenders = ["ours", "promises", "raw"]
const both = options.node === options.chromium
const places = [...(both || options.node ? ["Node"] : []), ...(both || options.chromium ? ["Chromium"] : [])]
const wanted = new RegExp(options.only, "i")
const rounds = Number(options.rounds ?? (options.quick ? 2 : 5))
const chosen = withBases(rows.filter((row) => wanted.test(row.name) && !(options.quick && row.heavy)))
const chosenIdle = idleRows.filter((row) => wanted.test(row.name))

/** The rows, and those that their goals refer to. @param {Row[]} some */
function withBases(some) {
  const names = new Set(some.flatMap((row) => [row.name, ...(row.flat === undefined ? [] : [row.flat[0]])]))
  return rows.filter((row) => names.has(row.name))
}

const begin = Date.now()
const python = findPython()
const built = await bundle("core.bench.ts", { readable: options.profile !== undefined })
const server = await serve(built.folder)
const version = { Node: process.version, Chromium: "" }
/** @type {Map<string, Seat>} */
const pages = new Map()
if (places.includes("Chromium")) {
  for (const contender of contenders) {
    const page = await pageSeat(server, contender)
    version.Chromium = page.version
    pages.set(contender, page)
  }
}

/** @param {string} place @param {string} contender @returns {Promise<Seat>} */
async function open(place, contender) {
  if (place === "CPython") return pythonSeat(python?.path ?? "python3")
  const page = pages.get(contender)
  if (place === "Chromium" && page !== undefined) return { ...page, close: async () => {} }
  const profiled = options.profile !== undefined && contender === "ours"
  return nodeSeat(built.script, contender, profiled ? ["--cpu-prof", `--cpu-prof-dir=${options.profile}`] : [])
}

/** The seats of a row, warmed up; the two engines at the same time, there is nothing to be measured yet. @param {Row} row */
async function seatsFor(row) {
  /** @type {Record<string, Seat>} */
  const seats = {}
  const seat = async (/** @type {string} */ place, /** @type {string} */ contender) => {
    if (row.without?.includes(contender)) return
    const opened = await open(place, contender)
    if (await opened.prepare(row)) seats[keyOf(place, contender)] = opened
    else await opened.close()
  }
  await Promise.all(
    places.map(async (place) => {
      for (const contender of contenders) await seat(place, contender)
    }),
  )
  if (python !== undefined) await seat("CPython", "python")
  return seats
}

const keyOf = (/** @type {string} */ place, /** @type {string} */ contender) =>
  place === "CPython" ? "CPython" : `${place} ${contender}`

/** Rows in most of whose rounds others had the processors. */
let disturbed = 0

/**
 * Every contender once a round, each round begun by another one. Rounds in which others had the processors are discarded
 * and replaced by at most two more; where the machine is never ours, the calmest rounds are taken.
 *
 * @param {Row} row
 * @returns {Promise<Result>}
 */
async function measure(row) {
  const seats = Object.entries(await seatsFor(row))
  /** @type {{ others: number, samples: Record<string, Sample> }[]} */
  const all = []
  const calm = () => all.filter(({ others }) => others <= tooMany).length
  for (let round = 0; calm() < rounds && round < rounds + 2; round++) {
    const others = watchOthers()
    /** @type {Record<string, Sample>} */
    const samples = {}
    for (let i = 0; i < seats.length; i++) {
      const [key, seat] = /** @type {[string, Seat]} */ (seats[(i + round) % seats.length])
      samples[key] = await seat.sample(row)
    }
    all.push({ others: others() ?? 0, samples })
  }
  for (const [, seat] of seats) await seat.close()
  const used = all.sort((a, b) => a.others - b.others).slice(0, rounds)
  const calmly = used.filter(({ others }) => others <= tooMany).length > rounds / 2
  if (!calmly) disturbed++
  const of = (/** @type {string} */ key) => used.map(({ samples }) => /** @type {Sample} */ (samples[key]))
  return { calmly, samples: Object.fromEntries(seats.map(([key]) => [key, of(key)])) }
}

/** @type {import("playwright").Browser | undefined} */
let browser
/** @param {string} contender */
async function inspected(contender) {
  browser ??= await chromium.launch(chromiumLaunch())
  return inspectedSeat(browser, server.url, contender)
}

/** @type {Map<string, Result>} */
const results = new Map()
/** @type {Map<string, Record<string, number>>} */
const memory = new Map()
try {
  for (const row of chosen) {
    progress(row.name)
    results.set(row.name, await measure(row))
  }
  for (const row of chosenIdle) {
    progress(row.name)
    /** @type {Record<string, number>} */
    const bytes = {}
    const seats = [
      ...places.flatMap((place) => contenders.map((contender) => [place, contender])),
      ["CPython", "python"],
    ]
    for (const [place = "", contender = ""] of seats) {
      if (contender === "python" && python === undefined) continue
      const seat = place === "Chromium" ? await inspected(contender) : await open(place, contender)
      bytes[keyOf(place, contender)] = await seat.idleBytes(row)
      await seat.close()
    }
    memory.set(row.name, bytes)
  }
} finally {
  progress("")
  await browser?.close()
  for (const page of pages.values()) await page.close()
  await server.close()
  await built.remove()
}

/** @param {string} text */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

// ---- the tables ----

const goals = new Goals()

/** The best run of all rounds. @param {readonly Sample[]} samples */
const best = (samples) => Math.min(...samples.map((sample) => sample.best))
const means = (/** @type {readonly Sample[]} */ samples) => samples.map(({ mean }) => mean)

/**
 * How a row is read: medians of the rounds; or, if others had the processors in most of them, the best runs, which were
 * disturbed least.
 *
 * @param {string} name
 * @param {string} place
 */
function reader(name, place) {
  const { calmly, samples } = results.get(name) ?? { calmly: true, samples: {} }
  const of = (/** @type {string} */ contender) =>
    samples[keyOf(contender === "python" ? "CPython" : place, contender)] ?? []
  const time = (/** @type {string} */ contender) => {
    const all = of(contender)
    return all.length === 0 ? Number.NaN : calmly ? median(means(all)) : best(all)
  }
  /** How many times as long one takes. @param {string} one @param {string} other */
  const ratio = (one, other) =>
    calmly && of(one).length > 0 ? medianRatio(means(of(one)), means(of(other))) : time(one) / time(other)
  return { calmly, of, time, ratio }
}

/** @param {string} place */
function speedTable(place) {
  const cells = chosen.map((row) => {
    const { calmly, of, time, ratio } = reader(row.name, place)
    const overPython = ratio("python", "ours")
    const underRaw = ratio("ours", "raw")
    const verdicts = []
    if (row.overPython !== undefined && of("python").length > 0) {
      verdicts.push(goals.judge(overPython >= row.overPython, `>=${row.overPython}x CPython`))
    }
    if (row.underRaw !== undefined) verdicts.push(goals.judge(underRaw <= row.underRaw, `<=${row.underRaw}x raw`))
    if (row.flat !== undefined) {
      const [base, limit] = row.flat
      const growth = (/** @type {string} */ contender) => time(contender) / reader(base, place).time(contender)
      // The collector and the caches make a million of anything dearer: the bare loop shows by how much.
      const inevitable = row.run === "spawn" || row.run === "switches" ? 1.25 * growth("raw") : 0
      const goal = Math.max(limit, inevitable)
      verdicts.push(goals.judge(growth("ours") <= goal, `${short(growth("ours"))} <=${short(goal)}x '${base}'`))
    }
    return [
      `${calmly ? "" : "~ "}${row.name}`,
      short(time("ours")),
      short(best(of("ours"))),
      ...["python", "promises", "raw"].map((contender) => short(time(contender))),
      ...[overPython, ratio("promises", "ours"), underRaw].map(short),
      verdicts.join(", "),
    ]
  })
  return {
    title: `${place} ${version[/** @type {"Node" | "Chromium"} */ (place)]}: nanoseconds per operation, medians; how many times as fast`,
    head: ["workload", "ours", "best", "CPython", "promises", "raw", "x CPython", "x promises", "time / raw", "goal"],
    rows: cells,
  }
}

function memoryTable() {
  const columns = [...places.flatMap((place) => contenders.map((contender) => keyOf(place, contender))), "CPython"]
  return {
    title: "Memory: bytes for each of 100,000 idle tasks",
    head: ["", ...columns],
    rows: [...memory].map(([name, bytes]) => [name, ...columns.map((column) => short(bytes[column]))]),
  }
}

const tables = [...(chosen.length > 0 ? places.map(speedTable) : []), ...(chosenIdle.length > 0 ? [memoryTable()] : [])]
const notes = [
  python === undefined ? "no python3 here: the column CPython is empty" : `CPython: ${python.version}`,
  `${rounds} rounds, every contender once in each; ${disturbed} of ${chosen.length} rows (~) show the best runs, because others kept the processors busy`,
  `${Math.round((Date.now() - begin) / 1000)} s in all`,
  String(goals),
]
for (const table of tables) console.log(`${asText(table)}\n`)
for (const note of notes) console.log(note)
if (options.out !== undefined) {
  const data = {
    versions: { ...version, python: python?.version },
    rounds,
    speed: Object.fromEntries(results),
    memory: Object.fromEntries(memory),
  }
  await save(options.out, data, tables, notes)
}
