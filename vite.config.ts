// The demo server, the builds and the test projects.
//
//   vite                 serves /demos/
//   vite build --mode M  one of the builds below: esm, worker, global, demos
//   vitest run           the test projects at the end
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { playwright } from "@vitest/browser-playwright"
import type { Plugin } from "vite"
import { defineConfig, type TestProjectInlineConfiguration, type ViteUserConfig } from "vitest/config"
import { chromiumLaunch } from "./test/support/browsers.mjs"
import { closingLine } from "./test/support/closing-line.js"

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The HTML files below a folder. */
const pages = (folder: string) =>
  existsSync(here(folder))
    ? readdirSync(here(folder), { encoding: "utf8", recursive: true })
        .filter((path) => path.endsWith(".html"))
        .map((path) => `${folder}/${path}`)
    : []

/** With these a page may share memory with its workers. */
const isolationHeaders = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
}

/** The doors as sources, so that demos, tests and documentation import what users import (also in tsconfig.json). */
const doors = [
  { find: /^asyncio-web$/, replacement: here("lib/index.ts") },
  { find: /^asyncio-web\/threads$/, replacement: here("worker/index.ts") },
  { find: /^asyncio-web\/testing$/, replacement: here("lib/testing/index.ts") },
]

// ---- builds ----

/**
 * Leaves `new Worker(new URL(…))` in the ESM files as written, for the consumer's bundler. Vite would make it a
 * root-absolute asset path, which resolves for no consumer. The placeholder is as long as what it replaces, so that
 * source maps stay right.
 */
const keepWorkerUrl = (): Plugin => ({
  name: "keep-worker-url",
  enforce: "pre",
  transform: {
    filter: { id: /lib\/spawn\.ts$/ },
    handler: (code) => ({ code: code.replace("new URL(", "__KURL_("), map: null }),
  },
  renderChunk: (code) => ({ code: code.replace("__KURL_(", "new URL("), map: null }),
})

/** The script-tag file has no worker file beside it, so it takes the twin of lib/spawn.ts that carries the worker inside. */
const inlineWorker = (): Plugin => ({
  name: "inline-worker",
  enforce: "pre",
  resolveId: {
    filter: { id: /\/spawn\.js$/ },
    handler: () => here("lib/spawn.inline.ts"),
  },
})

/** comlink is bundled; its licence asks to travel along. */
const comlinkLicense = (): Plugin => ({
  name: "comlink-license",
  generateBundle() {
    const source = readFileSync(here("node_modules/comlink/LICENSE"), "utf8")
    this.emitFile({ type: "asset", fileName: "vendor/comlink.LICENSE", source })
  },
})

const entries = ["lib/index", "lib/testing/index", "worker/index"]
const builds: Record<string, ViteUserConfig> = {
  development: { server: { headers: isolationHeaders } },

  // One file per module, with the .d.ts beside it. comlink is inside: a page without bundler could not resolve it,
  // and import maps do not reach workers.
  esm: {
    plugins: [keepWorkerUrl(), comlinkLicense()],
    build: {
      minify: false,
      sourcemap: true,
      lib: { entry: Object.fromEntries(entries.map((entry) => [entry, `${entry}.ts`])), formats: ["es"] },
      rolldownOptions: {
        output: {
          preserveModules: true,
          preserveModulesRoot: ".",
          // npm would leave a folder named node_modules out of the package.
          entryFileNames: ({ name }) => `${name.replace(/^node_modules\//, "vendor/").replace(/\?.*/, "")}.js`,
        },
      },
    },
  },

  // The pool worker in one file, which a page may also host elsewhere.
  worker: {
    build: {
      emptyOutDir: false,
      minify: false,
      lib: { entry: { "worker/main": "worker/main.ts" }, formats: ["es"] },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  },

  // The script tag's file: the global `asyncio`.
  global: {
    plugins: [inlineWorker()],
    build: {
      emptyOutDir: false,
      lib: { entry: "lib/script.ts", name: "asyncio", formats: ["iife"], fileName: () => "asyncio.global.js" },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  },

  // The demos as a static folder.
  demos: { base: "./", build: { outDir: "dist-demos", rolldownOptions: { input: pages("demos") } } },
}

// ---- tests ----

/** The logic, which runs anywhere; and, on Node only, what reads files. */
const logic = "test/*.test.ts"
const parity = "test/parity/**/*.test.ts"
const nodeOnly = "test/*.node.test.ts"
const isolatedOnly = "test/browser/**/*.isolated.test.ts"

const browserProject = (
  name: string,
  headers: Record<string, string>,
  exclude: string[] = [],
): TestProjectInlineConfiguration => ({
  extends: true,
  server: { headers },
  test: {
    include: [logic, "test/browser/**/*.test.ts"],
    exclude: [nodeOnly, ...exclude],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: chromiumLaunch() }),
      // The instance has the name: it is what --project selects.
      instances: [{ browser: "chromium", name }],
    },
  },
})

const projects: TestProjectInlineConfiguration[] = [
  { extends: true, test: { name: "node", environment: "node", include: [logic, parity] } },
  {
    extends: true,
    test: { name: "happy-dom", environment: "happy-dom", include: [logic, parity], exclude: [nodeOnly] },
  },
  {
    extends: true,
    test: {
      name: "types",
      include: [],
      typecheck: { enabled: true, only: true, include: ["test/types/**/*.test-d.ts"], tsconfig: "tsconfig.json" },
    },
  },
  browserProject("chromium", isolationHeaders),
  browserProject("chromium-plain", {}, [isolatedOnly]),
  // Needs `npm run build` first.
  {
    extends: true,
    test: { name: "dist", include: ["test/dist/**/*.test.ts"], testTimeout: 30_000, hookTimeout: 60_000 },
  },
]

export default defineConfig(({ mode }) => ({
  ...builds[mode],
  resolve: { alias: doors },
  worker: { format: "es" },
  // Found only in the middle of a test otherwise, and then Vite reloads the page under it.
  optimizeDeps: { include: ["comlink"] },
  test: { reporters: ["default", closingLine], projects },
}))
