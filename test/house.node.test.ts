// Keeps the house as its map draws it: who may import whom, and that what is public is documented.
import vm from "node:vm"
import { build } from "vite"
import { describe, expect, test } from "vitest"
import { declaredNames } from "./support/declarations.js"
import {
  docBefore,
  type Module,
  parseModule,
  reachable,
  readModule,
  root,
  sources,
  withoutComments,
} from "./support/source.js"

/** From the ground up. A file stands on its own floor and on those below. */
const floors = [
  ["exceptions", "constants", "deque", "heap", "contextvars", "format-helpers", "log", "instruments", "host"],
  ["events", "mixins", "futures", "coroutines", "tasks", "promises"],
  ["base-events", "browser-host", "runners"],
  ["syntax", "timeouts", "waiting", "locks", "queues", "taskgroups", "staggered", "graph"],
  ["concurrent-futures", "free-names", "jobs", "pool-worker", "worker-pool", "spawn", "spawn.inline", "threads"],
  ["index"],
  // The rooms, lib/<room>/, are here. They have rules of their own.
  ["script"],
]

const floorOf = (path: string) => floors.findIndex((floor) => floor.some((name) => path === `lib/${name}.ts`))
const roomOf = (path: string) => /^lib\/[^/]+\//.exec(path)?.[0]

/** What speaks against one import; nothing if it may be. */
function objection(from: string, to: string): string | undefined {
  // What ends in `?worker` names a file for the bundler; its code stays out.
  const isCode = /^(lib|worker)\//.test(to) && !/\?worker\b/.test(to)
  if (from === "lib/script.ts" || !isCode) return undefined

  if (from.startsWith("worker/")) {
    if (to.startsWith("worker/") || floorOf(to) === 0) return undefined
    return "the worker's half stands on the ground floor of lib/ only"
  }
  if (to.startsWith("worker/")) {
    return to === "worker/protocol.ts" ? undefined : "lib/ shares worker/protocol.ts with the worker, and nothing else"
  }
  const room = roomOf(from)
  if (room) {
    if (to.startsWith(room) || to === "lib/index.ts") return undefined
    return "a room stands on lib/index.ts, as users do"
  }
  if (floorOf(from) < 0) return "put it on a floor (test/house.node.test.ts)"
  if (roomOf(to) || floorOf(to) > floorOf(from)) return "a file stands on its own floor and on those below"
  return undefined
}

const objections = (modules: readonly Module[]) =>
  modules.flatMap(({ path, imports }) =>
    imports.flatMap((target) => {
      const reason = objection(path, target)
      return reason ? [`${path} -> ${target}: ${reason}`] : []
    }),
  )

/** The first cycle of static imports, as the path that closes it. */
function cycle(modules: readonly Module[]): string[] | undefined {
  const imports = new Map(modules.map((module) => [module.path, module.imports]))
  const done = new Set<string>()
  const search = (path: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return undefined
    for (const target of imports.get(path) ?? []) {
      const found = search(target, [...trail, path])
      if (found) return found
    }
    done.add(path)
    return undefined
  }
  for (const { path } of modules) {
    const found = search(path, [])
    if (found) return found
  }
  return undefined
}

/** Exported declarations that no docstring precedes; of an overloaded function, the first one has it. */
function undocumented(module: Module): string[] {
  const documented = new Set<string>()
  const missing = new Set<string>()
  for (const node of module.body) {
    if (node.type !== "ExportNamedDeclaration" || !node.declaration) continue
    const verdict = docBefore(module, node.start) ? documented : missing
    for (const name of declaredNames(module, node.declaration)) verdict.add(name)
  }
  return [...missing].filter((name) => !documented.has(name)).map((name) => `${module.path}: ${name}`)
}

const house = [...sources("lib"), ...sources("worker")].map(readModule)

describe("the map", () => {
  test("every file of lib/ is on a floor or in a room", () => {
    const homeless = sources("lib").filter((path) => floorOf(path) < 0 && !roomOf(path))

    expect(homeless, "put it on a floor: the table `floors` in test/house.node.test.ts").toEqual([])
  })

  test("every import stays on its floor or goes down", () => {
    expect(objections(house)).toEqual([])
  })

  test("no import leads back to where it came from", () => {
    expect(cycle(house)).toBeUndefined()
  })

  test("only spawn.ts constructs a worker", () => {
    const constructs = house.filter((module) => /\bnew Worker\(/.test(withoutComments(module))).map(({ path }) => path)

    expect(constructs.filter((path) => path.startsWith("lib/"))).toEqual(["lib/spawn.ts"])
  })
})

describe("the documentation", () => {
  test("every exported declaration that lib/index.ts reaches has a docstring", () => {
    expect(reachable("lib/index.ts").flatMap(undocumented)).toEqual([])
  })
})

describe("importing lib/index.ts", () => {
  test("works in a bare JavaScript realm and adds no global to it", async () => {
    const globals = "Reflect.ownKeys(globalThis).map(String).sort()"
    // A realm of the language alone: no Worker, document, MessageChannel, setTimeout or console.
    const realm = vm.createContext({})
    const before = vm.runInContext(globals, realm)

    const doors = vm.runInContext(`(() => { ${await bundle("lib/index.ts")}; return Object.keys(asyncio) })()`, realm)

    expect(doors).toContain("run")
    expect(vm.runInContext(globals, realm)).toEqual(before)
  })
})

/** A module and all that it imports, as one script that declares `asyncio`. */
async function bundle(entry: string): Promise<string> {
  const result = await build({
    root,
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      minify: false,
      lib: { entry, name: "asyncio", formats: ["iife"], fileName: "index" },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  })
  const [output] = Array.isArray(result) ? result : [result]
  if (!output || !("output" in output)) throw new Error("the build gave no output")
  return output.output[0].code
}

describe("the rules themselves", () => {
  const objectionTo = (path: string, code: string) => objections([parseModule(path, code)])

  test.each([
    ["a stair up", "lib/deque.ts", 'import "./tasks.js"'],
    ["a re-export from above", "lib/deque.ts", 'export * from "./index.js"'],
    ["a room from the core", "lib/tasks.ts", 'import "./testing/index.js"'],
    ["the core from a room", "lib/testing/clock.ts", 'import "../tasks.js"'],
    ["one room from another", "lib/testing/clock.ts", 'import "../http/index.js"'],
    ["the loop from the worker", "worker/main.ts", 'import "../lib/tasks.js"'],
    ["the worker's inside from lib", "lib/threads.ts", 'import "../worker/main.js"'],
    ["anything from a file without a floor", "lib/misc.ts", 'import "./deque.js"'],
  ])("object to %s", (_, path, code) => {
    expect(objectionTo(path, code)).toHaveLength(1)
  })

  test.each([
    ["a type from above", "lib/deque.ts", 'import type { Task } from "./tasks.js"'],
    ["a neighbour", "lib/tasks.ts", 'import "./futures.js"'],
    ["the protocol", "lib/threads.ts", 'import "../worker/protocol.js"'],
    ["the ground floor from the worker", "worker/main.ts", 'import "../lib/exceptions.js"'],
    ["a door from a room", "lib/testing/clock.ts", 'import "../index.js"'],
    ["the URL of a worker", "lib/spawn.inline.ts", 'import W from "../worker/main.js?worker&inline"'],
    ["a package", "lib/worker-pool.ts", 'import "comlink"'],
  ])("allow %s", (_, path, code) => {
    expect(objectionTo(path, code)).toEqual([])
  })

  test("find a cycle", () => {
    const modules = [
      parseModule("lib/a.ts", 'import "./b.js"'),
      parseModule("lib/b.ts", 'import "./c.js"'),
      parseModule("lib/c.ts", 'export * from "./b.js"'),
    ]

    expect(cycle(modules)).toEqual(["lib/b.ts", "lib/c.ts", "lib/b.ts"])
  })

  test("find what has no docstring", () => {
    const module = parseModule(
      "lib/a.ts",
      `/** Yes. */ export const a = 1
       // No.
       export const b: number = 2
       /** Yes, for both. */
       export function c(x: string): string
       export function c(x: number): number
       export function c(x: unknown) { return x }
       export interface D {}
       function e() {}`,
    )

    expect(undocumented(module)).toEqual(["lib/a.ts: b", "lib/a.ts: D"])
  })
})
