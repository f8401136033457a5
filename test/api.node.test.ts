// The public API as text: every name of every door with its declaration. test/api.txt is the version agreed on.
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { exportedDeclarations } from "./support/declarations.js"
import { parseModule, root } from "./support/source.js"

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>
}

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "asyncio-web-api-"))
  // As `npm run build:types` does.
  for (const project of ["lib", "test/support/tsconfig.worker.json"]) {
    const args = ["node_modules/typescript/bin/tsc", "-p", project, "--outDir", folder]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" })
    if (status !== 0) throw new Error(`tsc -p ${project}:\n${stdout}${stderr}`)
  }
}, 60_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test("the public API is the one in api.txt", async () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest
  const read = (path: string) => parseModule(path, readFileSync(join(folder, path), "utf8"))

  const parts = Object.entries(manifest.exports).flatMap(([door, target]) => {
    if (typeof target === "string") return []
    const declarations = [...exportedDeclarations(target.types.replace("./dist/", ""), read)]
    declarations.sort(([a], [b]) => (a < b ? -1 : 1))
    return [`==== ${manifest.name}${door.slice(1)} ====`, ...declarations.map(([, text]) => text)]
  })

  await expect(
    `${parts.join("\n\n")}\n`,
    "The public API is not what test/api.txt says. If that is meant, run `npm run api` and commit the file",
  ).toMatchFileSnapshot("api.txt")
})

test("the text has a name's declaration from behind re-exports, overloads together, without comments", () => {
  const texts: Record<string, string> = {
    "index.d.ts": `export { f, C as D } from "./a.js";
      export * from "./b.js";
      export type { T } from "./b.js";
      export { proxy } from "comlink";`,
    "a.d.ts": `import { C } from "./b.js";
      /** One. */
      export declare function f(a: string): void;
      export declare function f(a: number /* any */): void;
      export { C };`,
    "b.d.ts": `export declare class C {
        #private;
        /** Two. */
        x: number;
      }
      export type T = C;
      declare const hidden: 1;
      export { hidden as shown };`,
  }

  const declarations = exportedDeclarations("index.d.ts", (path) => parseModule(path, texts[path] ?? ""))

  expect(Object.fromEntries(declarations)).toEqual({
    f: "declare function f(a: string): void;\ndeclare function f(a: number ): void;",
    C: "declare class C {\n        x: number;\n      }",
    D: "// D is\ndeclare class C {\n        x: number;\n      }",
    T: "type T = C;",
    shown: "// shown is\ndeclare const hidden: 1;",
    proxy: 'proxy from "comlink"',
  })
})
