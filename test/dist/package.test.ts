// What is published, without a browser: which files, and what a bundler and the compiler make of them.
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { bundle, type Consumer, installPacked } from "../support/packed.js"
import { parseModule, reachable, root } from "../support/source.js"

const doors = ["asyncio-web", "asyncio-web/threads", "asyncio-web/testing"]

let consumer: Consumer
const read = (path: string) => parseModule(path, readFileSync(join(consumer.folder, path), "utf8"))

beforeAll(() => {
  consumer = installPacked()
})

afterAll(() => consumer.remove())

test("the package holds the built files and no sources", () => {
  const { files } = consumer

  const strangers = files.filter(
    (path) => !/^(dist\/.*\.(js|js\.map|d\.ts|LICENSE)|package\.json|README\.md|LICENSE)$/.test(path),
  )
  expect(strangers).toEqual([])
  expect(files).toEqual(
    expect.arrayContaining([
      "LICENSE",
      "dist/asyncio.global.js",
      "dist/lib/index.d.ts",
      "dist/lib/index.js",
      "dist/vendor/comlink.LICENSE",
      "dist/worker/main.js",
    ]),
  )
})

test("an import for side effects only bundles to nothing", async () => {
  for (const door of doors) {
    const [main] = await bundle(consumer, `import "${door}"`)
    expect(main.code.trim(), door).toBe("")
  }
})

test("the worker pool and comlink are loaded on first use", async () => {
  const output = await bundle(
    consumer,
    'import { run, sleep, toThread } from "asyncio-web"\nconsole.log(run, sleep, toThread)',
  )

  const [main] = output
  expect(main.moduleIds.filter((id) => /comlink|worker-pool/.test(id))).toEqual([])
  expect(output.some((file) => file.type === "chunk" && file.moduleIds.some((id) => id.includes("comlink")))).toBe(true)
})

test("a worker module pulls in neither the loop nor the pool", async () => {
  const [main] = await bundle(consumer, 'import { threads } from "asyncio-web/threads"\nconsole.log(threads)')

  expect(main.moduleIds.filter((id) => /lib\/(index|base-events|tasks|worker-pool)\.js/.test(id))).toEqual([])
})

test("nothing that a page loads asks for Node", () => {
  const dist = "node_modules/asyncio-web/dist"
  const files = ["lib/index.js", "lib/testing/index.js", "worker/index.js", "worker/main.js", "asyncio.global.js"]
  const modules = files.flatMap((file) => reachable(`${dist}/${file}`, read))

  expect(
    modules.flatMap(({ path, imports }) =>
      imports.filter((to) => !to.startsWith("node_modules/")).map((to) => [path, to]),
    ),
  ).toEqual([])
  expect(modules.filter(({ code }) => /["'`]node:/.test(code)).map(({ path }) => path)).toEqual([])
})

test.each([
  ["bundler", "ESNext"],
  ["nodenext", "NodeNext"],
])("the types compile for a consumer who resolves as %s", (moduleResolution, module) => {
  const { folder } = consumer
  const compilerOptions = {
    target: "ES2022",
    lib: ["ESNext", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    module,
    moduleResolution,
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }')
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }))
  writeFileSync(
    join(folder, "consumer.ts"),
    [...doors, "asyncio-web/worker"].map((door) => `import "${door}"`).join("\n"),
  )

  const tsc = join(root, "node_modules/typescript/bin/tsc")
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { cwd: folder, encoding: "utf8" })

  expect(stdout).toBe("")
})
