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

/**
 * Serves a built page, cross-origin isolated: clocks are precise there.
 *
 * @param {string} folder
 */
export async function serve(folder) {
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
  })
  const url = server.resolvedUrls?.local[0]
  if (url === undefined) throw new Error("the preview server has no address")
  return { url, close: () => server.close() }
}
