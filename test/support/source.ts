// Reads the checkout's own sources, for tests about structure and documentation.
import { readdirSync, readFileSync } from "node:fs"
import { join, posix, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { parseSync } from "vite"

type Parsed = ReturnType<typeof parseSync>

/** The top of the checkout. */
export const root = fileURLToPath(new URL("../../", import.meta.url))

/** A parsed file. Paths are relative to the checkout. */
export interface Module {
  readonly path: string
  readonly code: string
  readonly body: Parsed["program"]["body"]
  readonly comments: Parsed["comments"]
  /** What it imports or re-exports statically, without `import type`: paths, or names of packages. */
  readonly imports: readonly string[]
}

/** The files below a folder; none if there is no such folder. */
export function files(folder: string): string[] {
  try {
    return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw error
  }
}

/** The TypeScript sources below a folder. */
export function sources(folder: string): string[] {
  return files(folder).filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))
}

/** Reads and parses a file of the checkout. */
export function readModule(path: string): Module {
  return parseModule(path, readFileSync(join(root, path), "utf8"))
}

/** Parses the text of a file. The path tells its language, and where its relative imports lead. */
export function parseModule(path: string, code: string): Module {
  const { program, comments, errors } = parseSync(path, code)
  const [error] = errors
  if (error) throw new SyntaxError(`${path}: ${error.message}\n${error.codeframe ?? ""}`)
  return {
    path,
    code,
    body: program.body,
    comments,
    imports: staticImports(program.body).map((to) => resolve(path, to)),
  }
}

function staticImports(body: Module["body"]): string[] {
  return body.flatMap((node) => {
    if (node.type === "ImportDeclaration") return node.importKind === "type" ? [] : [node.source.value]
    if (node.type !== "ExportNamedDeclaration" && node.type !== "ExportAllDeclaration") return []
    return node.source && node.exportKind !== "type" ? [node.source.value] : []
  })
}

/** In lib/a.ts, `./x.js` is lib/x.ts; in a declaration file it is x.d.ts. A package keeps its name. */
export function resolve(importer: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier
  const path = posix.join(posix.dirname(importer), specifier)
  if (importer.endsWith(".d.ts")) return path.replace(/\.js$/, ".d.ts")
  return importer.endsWith(".ts") ? path.replace(/\.js$/, ".ts") : path
}

/** The text of the docstring that ends right before an offset. */
export function docBefore({ comments, code }: Module, offset: number): string | undefined {
  const comment = comments.findLast(({ end }) => end <= offset)
  if (comment?.type !== "Block" || !comment.value.startsWith("*")) return undefined
  return code.slice(comment.end, offset).trim() === "" ? comment.value : undefined
}

/** The code without its comments. */
export function withoutComments({ comments, code }: Module): string {
  const ends = [0, ...comments.map(({ end }) => end)]
  const starts = [...comments.map(({ start }) => start), code.length]
  return ends.map((end, i) => code.slice(end, starts[i])).join("")
}

/** Every module that a file reaches by relative static imports, itself first. */
export function reachable(start: string, read: (path: string) => Module = readModule): Module[] {
  const found = new Map<string, Module>()
  const visit = (path: string) => {
    if (found.has(path)) return
    const module = read(path)
    found.set(path, module)
    for (const target of module.imports) if (target.includes("/") && /\.(ts|js)$/.test(target)) visit(target)
  }
  visit(start)
  return [...found.values()]
}
