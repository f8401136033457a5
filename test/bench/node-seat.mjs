// @ts-check
// A Node process that runs one contender: requests come by message, one at a time.
import { pathToFileURL } from "node:url"

await import(pathToFileURL(/** @type {string} */ (process.argv[2])).href)
const { bench, gc } = /** @type {any} */ (globalThis)

const usedBytes = () => {
  for (let i = 0; i < 3; i++) gc()
  return process.memoryUsage().heapUsed
}

const methods = {
  ...bench,
  /** @param {string} contender @param {{ run: string, n: number }} row */
  async idleBytes(contender, row) {
    await bench.fill(contender, { ...row, n: 100 })
    await bench.drain()
    const before = usedBytes()
    await bench.fill(contender, row)
    const after = usedBytes()
    await bench.drain()
    return (after - before) / row.n
  },
}

process.on("message", async (/** @type {{ method: string, args: unknown[] }} */ { method, args }) => {
  try {
    process.send?.({ value: await methods[method](...args) })
  } catch (error) {
    process.send?.({ error: String(error instanceof Error ? error.stack : error) })
  }
})
