// Runs every example of the documentation, in README files and docstrings. How to write one: test/support/doc-fences.ts.
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as asyncio from "asyncio-web"
import * as testing from "asyncio-web/testing"
import * as threads from "asyncio-web/threads"
import { describe, expect, test } from "vitest"
import { fencesIn, runFence, type World } from "./support/doc-fences.js"
import { root, sources } from "./support/source.js"

const world: World = {
  modules: { "asyncio-web": asyncio, "asyncio-web/testing": testing, "asyncio-web/threads": threads },
  runVirtually: (main) =>
    asyncio.run(main as asyncio.Awaitable<unknown>, { loopFactory: () => new testing.TestEventLoop() }),
}

const documents = ["README.md", "lib/README.md", "worker/README.md", ...sources("lib"), ...sources("worker")]
const fences = documents
  .filter((path) => existsSync(join(root, path)))
  .flatMap((path) => fencesIn(path, readFileSync(join(root, path), "utf8")))

describe("the documentation's examples", () => {
  test("are found", () => {
    expect(fences.length).toBeGreaterThan(0)
  })

  test.each(fences)("$path:$line", async (fence) => {
    await runFence(fence, world)
  })
})

describe("an example", () => {
  const run = (code: string) => runFence({ path: "sample.md", line: 1, code }, world)

  test.each([
    ["a number", "1 + 1 // => 2"],
    ["a string, in either quotes", `"a" + "b" // => "ab"\n"a" // => 'a'`],
    ["an array", "[1, [2]].concat(3) // => [1, [2], 3]"],
    ["a declaration, whose type is stripped", "const a: number = 3 // => 3\nlet b = a + 1 // => 4"],
    ["a pattern", 'const [a, b] = [1, 2] // => [1, 2]\nconst { c } = { c: "x" } // => { c: "x" }'],
    ["an object with a text of its own", "new (class { toString() { return '<it>' } })() // => <it>"],
    ["what is printed", 'console.log("a", 1) // => a 1'],
    ["an error", 'throw new TypeError("no way") // throws TypeError: no'],
    ["await at the top", "await Promise.resolve(4) // => 4"],
    ["the library, imported or not", 'import { run, type Task } from "asyncio-web"\nrun === asyncio.run // => true'],
    ["a statement over several lines", "[\n  1,\n].length // => 1"],
    ["code inside a function", "function f() {\n  return 1 // a comment\n}\nfor (const x of [f()]) {\n  x // => 1\n}"],
  ])("claims %s", async (_, code) => {
    await run(code)
  })

  test.each([
    ["a wrong value", "\n1 + 1 // => 3", "sample.md:2 is 2, not 3"],
    ["a wrong print", 'console.log("a") // => b', "sample.md:1 is a, not b"],
    ["no error", "1 // throws TypeError", "sample.md:1 throws nothing, not TypeError"],
    ["another error", 'throw new Error("x") // throws TypeError', "sample.md:1 throws Error: x, not TypeError"],
    ["a claim that is not reached", "if (1 > 2) {\n  1 // => 1\n}", "sample.md:2 was never reached: // => 1"],
    ["a claim about nothing", "// => 1", "sample.md:1: no statement ends before // =>"],
    ["an error nobody claimed", 'throw new RangeError("far")', "far"],
    ["an unknown import", 'import { x } from "left-pad"\nx // => 1', "an example imports from left-pad"],
  ])("fails for %s", async (_, code, message) => {
    await expect(run(code)).rejects.toThrow(message)
  })

  test("with yield* at the top runs on a virtual clock", async () => {
    await run('import { sleep } from "asyncio-web"\nyield* sleep(86_400, "done") // => "done"')
    await expect(run('yield* asyncio.sleep(86_400, "done") // => "gone"')).rejects.toThrow('is "done", not "gone"')
  })

  test("is found in Markdown and in docstrings, with its line", () => {
    const markdown =
      "text\n\n```ts run\n1 // => 1\n```\n```ts\nnot this\n```\n- item\n  ```ts run\n  if (1) {\n    2\n  }\n  ```\n"
    const source =
      "const x = 1\n/**\n * Says.\n *\n * ```ts run\n * x // => 1\n *\n *   y\n * ```\n */\nconst y = `\n```ts run\nno\n```\n`"

    expect(fencesIn("a.md", markdown)).toEqual([
      { path: "a.md", line: 4, code: "1 // => 1\n" },
      { path: "a.md", line: 11, code: "if (1) {\n  2\n}\n" },
    ])
    expect(fencesIn("a.ts", source)).toEqual([{ path: "a.ts", line: 6, code: "x // => 1\n\n  y\n" }])
  })
})
