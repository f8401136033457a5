// @ts-check
// The production build that Node and Chromium run, and the server for it.
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build, preview } from "vite"

const root = fileURLToPath(new URL("../..", import.meta.url))
const source = (/** @type {string} */ path) => join(root, path)

/**
 * Builds a page around a module of this folder, in a folder of its own outside of the checkout.
 *
 * @param {string} entry the module's file name
 * @param {{ readable?: boolean }} [options] readable: not minified, for profiles
 */
export async function bundle(entry, { readable = false } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "asyncio-web-bench-"))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    await build({
      root,
      configFile: false,
      logLevel: "error",
      base: "./",
      resolve: {
        alias: [
          { find: /^asyncio-web$/, replacement: source("lib/index.ts") },
          { find: /^asyncio-web\/threads$/, replacement: source("worker/index.ts") },
        ],
      },
      worker: { format: "es" },
      build: {
        outDir: folder,
        emptyOutDir: true,
        minify: !readable,
        modulePreload: false,
        rolldownOptions: { input: { main: source(`test/bench/${entry}`) }, output: { entryFileNames: "[name].js" } },
      },
    })
    await writeFile(join(folder, "package.json"), '{ "type": "module" }')
    await writeFile(
      join(folder, "index.html"),
      '<!doctype html><meta charset="utf-8"><title>bench</title><script type="module" src="./main.js"></script>',
    )
  } catch (error) {
    await remove()
    throw error
  }
  return { folder, script: join(folder, "main.js"), remove }
}

/** @typedef {{ value?: any, error?: string }} Answer */

/**
 * @typedef {object} Server
 * @property {string} url
 * @property {(seat: string, request: object, patienceMs: number) => Promise<Answer>} ask has the page at a seat do something
 * @property {() => Promise<void>} close
 */

/**
 * Serves a built page, cross-origin isolated: clocks are precise there. A page at a seat (`?seat=name`) asks at `/next`
 * for what to do and posts the answer to `/answer`.
 *
 * @param {string} folder
 * @returns {Promise<Server>}
 */
export async function serve(folder) {
  /** @type {Map<string, { request?: object, page?: import("node:http").ServerResponse, settle?: (answer: Answer) => void }>} */
  const seats = new Map()
  const seatOf = (/** @type {string} */ name) => {
    const seat = seats.get(name) ?? {}
    seats.set(name, seat)
    return seat
  }
  const deliver = (/** @type {string} */ name) => {
    const seat = seatOf(name)
    if (seat.page === undefined || seat.request === undefined) return
    seat.page.setHeader("Cache-Control", "no-store").end(JSON.stringify(seat.request))
    delete seat.page
    delete seat.request
  }
  const server = await preview({
    root,
    configFile: false,
    logLevel: "error",
    build: { outDir: folder },
    preview: {
      host: "127.0.0.1",
      port: 0,
      headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" },
    },
    plugins: [
      {
        name: "seats",
        configurePreviewServer({ middlewares }) {
          middlewares.use("/next", (request, response) => {
            const name = request.url?.slice(2) ?? ""
            seatOf(name).page = response
            deliver(name)
          })
          middlewares.use("/answer", async (request, response) => {
            const body = []
            for await (const chunk of request) body.push(chunk)
            response.end()
            seatOf(request.url?.slice(2) ?? "").settle?.(JSON.parse(Buffer.concat(body).toString()))
          })
        },
      },
    ],
  })
  const url = server.resolvedUrls?.local[0]
  if (url === undefined) throw new Error("the preview server has no address")
  return {
    url,
    ask: (name, request, patienceMs) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`the page ${name} does not answer`)), patienceMs)
        const seat = seatOf(name)
        seat.request = request
        seat.settle = (answer) => {
          clearTimeout(timer)
          resolve(answer)
        }
        deliver(name)
      }),
    close: () => server.close(),
  }
}
