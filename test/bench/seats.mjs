// @ts-check
// Where a contender runs: a Node process, a page in Chromium, or a Python process.
import { execFileSync, fork, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { chromium } from "playwright"
import { chromiumLaunch } from "../support/browsers.mjs"

/** @typedef {import("./workloads.mjs").Row} Row */

/** @typedef {{ mean: number, best: number }} Sample nanoseconds per operation: on average, and in the best of its runs */

/**
 * @typedef {object} Seat
 * @property {(row: Row) => Promise<boolean>} prepare false if the contender has no such workload
 * @property {(row: Row) => Promise<Sample>} sample
 * @property {(row: { run: string, n: number }) => Promise<number>} idleBytes
 * @property {() => Promise<void>} close
 */

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url))

/** @param {string} bundle @param {string} contender @param {string[]} flags @returns {Promise<Seat>} */
export async function nodeSeat(bundle, contender, flags = []) {
  const child = fork(here("node-seat.mjs"), [bundle], { execArgv: ["--expose-gc", ...flags] })
  /** @type {(answer: { value?: any, error?: string }) => void} */
  let settle = () => {}
  child.on("message", (/** @type {{ value?: any, error?: string }} */ answer) => settle(answer))
  const ended = once(child, "exit")
  ended.then(([code]) => settle({ error: `the process ended with ${code}` }))
  /** @param {string} method @param {unknown[]} args */
  const call = async (method, ...args) => {
    child.send({ method, args })
    /** @type {{ value?: any, error?: string }} */
    const { value, error } = await new Promise((resolve) => {
      settle = resolve
    })
    if (error !== undefined) throw new Error(`${contender} in Node: ${error}`)
    return value
  }
  return {
    prepare: (row) => call("prepare", contender, row),
    sample: (row) => call("sample", row),
    idleBytes: (row) => call("idleBytes", contender, row),
    close: async () => {
      child.disconnect()
      await ended
    },
  }
}

/** How long a page may take to answer, in milliseconds. */
const PATIENCE_MS = 120_000

/**
 * A Chromium without developer tools attached: playwright's presence makes every `new Error` collect its stack for the
 * console. The page asks our server for what to do and sends the answers back.
 *
 * @param {import("./bundle.mjs").Server} server
 * @param {string} contender
 * @returns {Promise<Seat & { version: string }>}
 */
export async function pageSeat(server, contender) {
  const profile = await mkdtemp(join(tmpdir(), "asyncio-web-chromium-"))
  const { executablePath = chromium.executablePath(), args } = chromiumLaunch()
  const quiet = ["--no-first-run", "--disable-background-networking", "--js-flags=--expose-gc"]
  const child = spawn(
    executablePath,
    ["--headless=new", ...args, ...quiet, `--user-data-dir=${profile}`, `${server.url}?seat=${contender}`],
    { stdio: "ignore" },
  )
  const ended = once(child, "exit")
  /** @param {string} method @param {unknown[]} args */
  const call = async (method, ...args) => {
    const { value, error } = await server.ask(contender, { method, args }, PATIENCE_MS)
    if (error !== undefined) throw new Error(`${contender} in Chromium: ${error}`)
    return value
  }
  return {
    version: await call("version"),
    prepare: async (row) => {
      // A page of its own for every row, as a process is in Node.
      await call("reload")
      return call("prepare", contender, row)
    },
    sample: (row) => call("sample", row),
    idleBytes: () => Promise.reject(new Error("only the developer tools know")),
    close: async () => {
      child.kill()
      await ended
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/**
 * A page under playwright, for what only the developer tools know.
 *
 * @param {import("playwright").Browser} browser @param {string} url @param {string} contender
 */
export async function inspectedSeat(browser, url, contender) {
  // A context of its own is a renderer process of its own.
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(url)
  await page.waitForFunction("globalThis.bench !== undefined")
  const devtools = await context.newCDPSession(page)
  /** @param {string} method @param {unknown[]} args */
  const call = (method, ...args) =>
    page.evaluate(`bench.${method}(${args.map((arg) => JSON.stringify(arg)).join(", ")})`)
  const usedBytes = async () => {
    await devtools.send("HeapProfiler.collectGarbage")
    return (await devtools.send("Runtime.getHeapUsage")).usedSize
  }
  return {
    /** @param {{ run: string, n: number }} row */
    idleBytes: async (row) => {
      await call("fill", contender, { ...row, n: 100 })
      await call("drain")
      const before = await usedBytes()
      await call("fill", contender, row)
      const after = await usedBytes()
      await call("drain")
      return (after - before) / row.n
    },
    close: () => context.close(),
  }
}

/** @param {string} python @returns {Promise<Seat>} */
export async function pythonSeat(python) {
  const child = spawn(python, [here("bench.py")], { stdio: ["pipe", "pipe", "inherit"] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  /** @param {string} what @param {object} row */
  const call = async (what, row) => {
    child.stdin.write(`${JSON.stringify({ do: what, row })}\n`)
    const { value, done } = await lines.next()
    if (done) throw new Error(`${python} ended`)
    return JSON.parse(value)
  }
  return {
    prepare: (row) => call("prepare", row),
    sample: (row) => call("sample", row),
    idleBytes: (row) => call("idle", row),
    close: async () => {
      child.stdin.end()
      if (child.exitCode === null) await once(child, "exit")
    },
  }
}

/**
 * The CPython to compare with: the one named by PYTHON, else the fastest `python3` on PATH; undefined if there is none.
 *
 * @returns {{ path: string, version: string } | undefined}
 */
export function findPython() {
  const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "python3"))
  const candidates = process.env.PYTHON ? [process.env.PYTHON] : onPath.filter((path) => existsSync(path))
  const probe = `
import asyncio, json, platform, sys, time
async def main():
    for _ in range(100000): await asyncio.sleep(0)
def once():
    begin = time.perf_counter(); asyncio.run(main()); return time.perf_counter() - begin
print(json.dumps([sys.executable, platform.python_implementation() + " " + platform.python_version(), min(once() for _ in range(3))]))
`
  /** @type {Map<string, { path: string, version: string, seconds: number }>} */
  const found = new Map()
  for (const candidate of candidates) {
    try {
      const answer = execFileSync(candidate, ["-c", probe], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
      const [path, version, seconds] = JSON.parse(answer)
      if (!found.has(version) || (found.get(version)?.seconds ?? 0) > seconds)
        found.set(version, { path, version, seconds })
    } catch {
      // No Python, or one without asyncio.
    }
  }
  return [...found.values()].sort((a, b) => a.seconds - b.seconds)[0]
}
