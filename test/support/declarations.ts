// What a declaration file (.d.ts) exports, as text.
import { type Module, resolve } from "./source.js"

type Statement = Module["body"][number]
type Read = (path: string) => Module

/** All names that a declaration file exports, each with its declaration, wherever that is. */
export function exportedDeclarations(path: string, read: Read): Map<string, string> {
  const module = read(path)
  const names = new Map<string, string>()
  for (const node of module.body) {
    if (node.type === "ExportDefaultDeclaration") throw new Error(`${path}: a default export; doors have names only`)

    if (node.type === "ExportAllDeclaration") {
      const target = resolve(path, node.source.value)
      if (node.exported) names.set(text(module, node.exported), `* from "${target}"`)
      else for (const [name, declaration] of exportedDeclarations(target, read)) names.set(name, declaration)
    }

    if (node.type === "ExportNamedDeclaration") {
      for (const name of declaredNames(module, node.declaration)) names.set(name, declarationOf(module, name, read))
      for (const { local, exported } of node.specifiers) {
        const from = text(module, local)
        const to = text(module, exported)
        const declaration = node.source
          ? declarationIn(resolve(path, node.source.value), from, read)
          : declarationOf(module, from, read)
        names.set(to, from === to ? declaration : `// ${to} is\n${declaration}`)
      }
    }
  }
  return names
}

const text = ({ code }: Module, { start, end }: { start: number; end: number }) => code.slice(start, end)

/** The declaration of a name in the file or package that it was imported from. */
function declarationIn(target: string, name: string, read: Read): string {
  return target.endsWith(".d.ts") && name !== "*" ? declarationOf(read(target), name, read) : `${name} from "${target}"`
}

/** The declaration of a name that a module declares, imports or re-exports; all of them where it is overloaded. */
function declarationOf(module: Module, name: string, read: Read): string {
  const found = module.body.flatMap((node) => {
    const declaration = node.type === "ExportNamedDeclaration" ? node.declaration : node
    if (declaration && declaredNames(module, declaration).includes(name)) {
      return [plainText(module, declaration.start, declaration.end)]
    }
    const source = sourceOf(module, node, name)
    return source && "source" in node && node.source
      ? [declarationIn(resolve(module.path, node.source.value), source, read)]
      : []
  })
  if (found.length > 0) return found.join("\n")

  for (const node of module.body) {
    if (node.type !== "ExportAllDeclaration") continue
    const declaration = exportedDeclarations(resolve(module.path, node.source.value), read).get(name)
    if (declaration) return declaration
  }
  throw new Error(`${module.path}: ${name} is exported and not declared`)
}

/** The name that an import or re-export of `name` has where it comes from. */
function sourceOf(module: Module, node: Statement, name: string): string | undefined {
  if (node.type === "ImportDeclaration") {
    const specifier = node.specifiers.find(({ local }) => local.name === name)
    if (!specifier) return undefined
    return specifier.type === "ImportSpecifier" ? text(module, specifier.imported) : "*"
  }
  if (node.type === "ExportNamedDeclaration" && node.source) {
    const specifier = node.specifiers.find(({ exported }) => text(module, exported) === name)
    return specifier && text(module, specifier.local)
  }
  return undefined
}

/** The names that a statement, or what follows `export`, declares. */
export function declaredNames(
  module: Module,
  node: Statement | Extract<Statement, { type: "ExportNamedDeclaration" }>["declaration"],
): string[] {
  if (!node) return []
  if (node.type === "VariableDeclaration") {
    return node.declarations.map(({ id }) => (id.type === "Identifier" ? id.name : text(module, id)))
  }
  return "id" in node && node.id ? [text(module, node.id)] : []
}

/** A part of the text without its comments, blank lines, and the mark that a class has private fields. */
function plainText({ code, comments }: Module, start: number, end: number): string {
  const inside = comments.filter((comment) => comment.start >= start && comment.end <= end)
  const ends = [start, ...inside.map((comment) => comment.end)]
  const starts = [...inside.map((comment) => comment.start), end]
  return ends
    .map((from, i) => code.slice(from, starts[i]))
    .join("")
    .split("\n")
    .filter((line) => !["", "#private;"].includes(line.trim()))
    .map((line) => line.trimEnd())
    .join("\n")
}
