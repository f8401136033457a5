// Programs in a Node process of their own, on a build of the library.
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { build } from "vite"
import { root } from "./source.js"

/** What a process left behind. */
export interface Ended {
  /** `null` if it had to be ended. */
  readonly status: number | null
  readonly printed: string
}

/** The library, built for Node. */
export interface Built {
  /** Runs a module that may use `asyncio` and `log`, to its end, for ten seconds at the most. */
  run(code: string): Ended
  remove(): void
}

/** Builds the library into a folder of its own. */
export async function buildForNode(): Promise<Built> {
  const folder = mkdtempSync(join(tmpdir(), "asyncio-web-node-"))
  await build({
    root,
    configFile: false,
    logLevel: "error",
    build: {
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      lib: { entry: "lib/index.ts", formats: ["es"], fileName: () => "asyncio.mjs" },
    },
  })
  const url = pathToFileURL(join(folder, "asyncio.mjs")).href
  const prelude = `import * as asyncio from "${url}"\nconst log = (text) => process.stdout.write(text + "\\n")\n`
  return {
    run(code) {
      const args = ["--input-type=module", "-e", prelude + code]
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 10_000 })
      return { status, printed: stdout + stderr }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
