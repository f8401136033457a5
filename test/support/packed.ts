// The package as npm would publish it, installed in a folder of its own.
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { build, type Rolldown } from "vite"
import { root } from "./source.js"

/** A consumer's project that has the package and nothing else. */
export interface Consumer {
  readonly folder: string
  /** The files of the package, as npm lists them. */
  readonly files: readonly string[]
  remove(): void
}

/** Packs dist/, so it wants `npm run build` first. */
export function installPacked(): Consumer {
  const folder = mkdtempSync(join(tmpdir(), "asyncio-web-dist-"))
  const target = join(folder, "node_modules", "asyncio-web")
  mkdirSync(target, { recursive: true })
  const listing = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  })
  const [packed] = JSON.parse(listing) as { filename: string; files: { path: string }[] }[]
  if (!packed) throw new Error("npm pack made nothing")
  execFileSync("tar", ["-xzf", join(folder, packed.filename), "--strip-components=1", "-C", target])
  return {
    folder,
    files: packed.files.map(({ path }) => path),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Bundles the program `main.js` of a consumer for the browser, in memory. */
export async function bundle({ folder }: Consumer, code: string): Promise<Rolldown.RolldownOutput["output"]> {
  const entry = "virtual:main.js"
  const result = await build({
    root: folder,
    configFile: false,
    logLevel: "error",
    base: "./",
    build: { write: false, modulePreload: false, rolldownOptions: { input: { main: entry } } },
    plugins: [
      {
        name: "main",
        resolveId: (id) => (id === entry ? join(folder, "main.js") : null),
        load: (id) => (id === join(folder, "main.js") ? code : null),
      },
    ],
  })
  if (!("output" in result)) throw new Error("the build gave no output")
  return result.output
}
