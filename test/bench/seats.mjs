// @ts-check
// Where a contender runs: a Node process, a page in Chromium, or a Python process.
import { execFileSync, fork, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

/** @typedef {import("./workloads.mjs").Row} Row */

/**
 * @typedef {object} Seat
 * @property {(row: Row) => Promise<boolean>} prepare false if the contender has no such workload
 * @property {(row: Row) => Promise<number>} sample nanoseconds per operation
 * @property {(row: { run: string, n: number }) => Promise<number>} idleBytes
 * @property {() => Promise<void>} close
 */

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url))

/** @param {string} bundle @param {string} contender @param {string[]} flags @returns {Promise<Seat>} */
export async function nodeSeat(bundle, contender, flags = []) {
  const child = fork(here("node-seat.mjs"), [bundle], { execArgv: ["--expose-gc", ...flags] })
  /** @param {string} method @param {unknown[]} args */
  const call = async (method, ...args) => {
    child.send({ method, args })
    const [answer] = await Promise.race([
      once(child, "message"),
      once(child, "exit").then(([code]) => [{ error: `the Node process ended with ${code}` }]),
    ])
    if (answer.error !== undefined) throw new Error(`${contender} in Node: ${answer.error}`)
    return answer.value
  }
  return {
    prepare: (row) => call("prepare", contender, row),
    sample: (row) => call("sample", row),
    idleBytes: (row) => call("idleBytes", contender, row),
    close: async () => {
      child.disconnect()
      if (child.exitCode === null) await once(child, "exit")
    },
  }
}

/** @param {import("playwright").Browser} browser @param {string} url @param {string} contender @returns {Promise<Seat>} */
export async function pageSeat(browser, url, contender) {
  // A context of its own is a renderer process of its own.
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(url)
  await page.waitForFunction("globalThis.bench !== undefined")
  /** @param {string} method @param {unknown[]} args */
  const call = async (method, ...args) => {
    const list = args.map((arg) => JSON.stringify(arg)).join(", ")
    try {
      return await page.evaluate(`bench.${method}(${list})`)
    } catch (cause) {
      throw new Error(`${contender} in Chromium: ${cause}`)
    }
  }
  return {
    prepare: (row) => call("prepare", contender, row),
    sample: (row) => call("sample", row),
    idleBytes: async (row) => {
      const devtools = await context.newCDPSession(page)
      const usedBytes = async () => {
        await devtools.send("HeapProfiler.collectGarbage")
        return (await devtools.send("Runtime.getHeapUsage")).usedSize
      }
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
