// Runs the examples of the documentation: fences marked ```ts run.
//
//   queue.qsize() // => 1                          the value of the statement on this line
//   const [a, b] = yield* pair() // => [1, 2]      or of what it declares
//   console.log("a", 1) // => a 1                  or what it prints
//   queue.putNowait(1) // throws QueueFull: 10 of  or the error, with the beginning of its message
//
// `asyncio` is there without an import. `await` may stand at the top; so may `yield*`, and then all of the example is
// the main coroutine of a loop on a virtual clock.
import { format, inspect } from "node:util"
import { transformWithOxc } from "vite"
import { type Module, parseModule } from "./source.js"

/** One example, and where its first line of code is. */
export interface Fence {
  readonly path: string
  readonly line: number
  readonly code: string
}

/** What an example may import, by specifier; and how to run a main coroutine on a virtual clock. */
export interface World {
  readonly modules: Readonly<Record<string, object>>
  runVirtually(main: Generator<unknown, unknown, unknown>): PromiseLike<unknown>
}

/** The examples of a Markdown file, or of the docstrings of a TypeScript file. */
export function fencesIn(path: string, text: string): Fence[] {
  const docs = path.endsWith(".md") ? text : docstringsOnly(text)
  return [...docs.matchAll(/^([ \t]*)```ts run\n([\s\S]*?)^[ \t]*```[ \t]*$/gm)].map(
    ({ index, 1: indent = "", 2: code = "" }) => ({
      path,
      line: docs.slice(0, index).split("\n").length + 1,
      code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    }),
  )
}

/** The text of the docstrings on the lines where they are; all other lines empty. */
function docstringsOnly(code: string): string {
  const lines = code.split("\n").map(() => "")
  for (const { index, 0: comment } of code.matchAll(/^[ \t]*\/\*\*$[\s\S]*?\*\//gm)) {
    const first = code.slice(0, index).split("\n").length - 1
    for (const [i, line] of comment.split("\n").entries()) lines[first + i] = line.replace(/^[ \t]*\*? ?/, "")
  }
  return lines.join("\n")
}

/** Runs an example. Rejects with what is wrong, by line of the file. */
export async function runFence(fence: Fence, world: World): Promise<void> {
  const { script, claims, coroutine } = await compile(fence)
  const checks = new Checks(fence, claims)
  const load = (specifier: string) => {
    const module = world.modules[specifier]
    if (!module) throw new Error(`an example imports from ${specifier}, which is none of ${Object.keys(world.modules)}`)
    return module
  }
  // The code is our own documentation. In a block, so that an example may import `asyncio` itself.
  const body = new Function(
    "__check",
    "__load",
    "asyncio",
    "console",
    `"use strict"; {\n${script}\nreturn __example() }`,
  )
  const result = body(checks, load, world.modules["asyncio-web"], checks.console) as PromiseLike<unknown>
  await (coroutine ? world.runVirtually(result as unknown as Generator<unknown, unknown, unknown>) : result)
  checks.end()
}

// ---- compiling ----

/** What a comment says about the statement on its line. */
interface Claim {
  readonly line: number
  readonly kind: "value" | "error"
  readonly text: string
}

interface Compiled {
  readonly script: string
  readonly claims: readonly Claim[]
  readonly coroutine: boolean
}

async function compile({ path, line, code }: Fence): Promise<Compiled> {
  const [imports, rest] = takeImports(code)
  // Parsed as what allows both `await` and `yield`; the code then stays on its lines.
  const head = "async function* __example() {"
  const module = parseModule(`${path}.ts`, `${head} ${rest}\n}`)
  const coroutine = yieldsAtTop(module)

  const claims: Claim[] = []
  let checked = module.code
  for (const comment of module.comments.toReversed()) {
    const [, arrow, text = ""] = /^ (=>|throws) (.*)$/.exec(comment.value) ?? []
    if (comment.type !== "Line" || !arrow) continue
    const claimLine = line + module.code.slice(0, comment.start).split("\n").length - 1
    const statement = statementBefore(module, comment.start)
    if (!statement) throw new SyntaxError(`${path}:${claimLine}: no statement ends before // ${arrow}`)
    const claim = claims.push({ line: claimLine, kind: arrow === "=>" ? "value" : "error", text: text.trim() }) - 1
    const check = withCheck(module, statement, claim, arrow === "=>")
    checked = checked.slice(0, statement.start) + check + checked.slice(statement.end)
  }
  const example = checked.replace(head, coroutine ? "function* __example() {" : "async function __example() {")
  const options = { target: "esnext", sourcemap: false }
  const { code: script } = await transformWithOxc(
    `${imports}
${example}`,
    `${path}.ts`,
    options,
  )
  return { script, claims, coroutine }
}

/** Imports may not stand in a function, so they become constants before it. */
function takeImports(code: string): [constants: string, rest: string] {
  const constants: string[] = []
  const rest = code.replaceAll(/^import\s[^"']*["']([^"']+)["'];?/gm, (statement, specifier: string) => {
    for (const node of parseModule("import.ts", statement).body) {
      if (node.type !== "ImportDeclaration" || node.importKind === "type") continue
      for (const found of node.specifiers) {
        if (found.type === "ImportSpecifier" && found.importKind === "type") continue
        const name =
          found.type === "ImportSpecifier" ? `.${statement.slice(found.imported.start, found.imported.end)}` : ""
        constants.push(`const ${found.local.name} = __load(${JSON.stringify(specifier)})${name}`)
      }
    }
    return statement.replaceAll(/[^\n]/g, "")
  })
  return [constants.join("; "), rest]
}

type Node = { readonly type: string; readonly start: number; readonly end: number }

type Declaration = Node & {
  readonly declarations: readonly { readonly id: Node & { readonly typeAnnotation?: Node } }[]
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value

const children = (node: object): Node[] => Object.values(node).flat().filter(isNode)

const isFunction = ({ type }: Node) => /Function/.test(type)

/** Whether the example itself yields, and not only a function in it. */
function yieldsAtTop({ body }: Module): boolean {
  const yields = (node: Node): boolean =>
    node.type === "YieldExpression" || (!isFunction(node) && children(node).some(yields))
  return body.flatMap(children).flatMap(children).some(yields)
}

/** The innermost statement that ends before a comment and on its line. */
function statementBefore({ body, code }: Module, comment: number): Node | undefined {
  let found: Node | undefined
  const visit = (node: Node) => {
    const endsHere = node.end <= comment && /^[^\S\n]*$/.test(code.slice(node.end, comment))
    if (endsHere && /^(Expression|Throw)Statement$|^VariableDeclaration$/.test(node.type)) found = node
    children(node).forEach(visit)
  }
  body.forEach(visit)
  return found
}

/** A statement with the call that compares its value, or the error it throws, to what is claimed. */
function withCheck({ code }: Module, statement: Node, claim: number, value: boolean): string {
  const text = code.slice(statement.start, statement.end).replace(/;$/, "")
  if (!value) {
    return `{ let __error; try { ${text} } catch (error) { __error = { error } } __check.error(${claim}, __error) }`
  }
  if (statement.type === "VariableDeclaration") {
    const { declarations } = statement as Declaration
    const { id } = declarations.at(-1)!
    // A pattern reads as the value it takes apart: [a, b] as an array, { a } as an object.
    const pattern = code.slice(id.start, id.typeAnnotation?.start ?? id.end)
    return `${text}; __check.value(${claim}, ${pattern})`
  }
  return /^console\.log\(/.test(text) ? `${text}; __check.printed(${claim})` : `__check.value(${claim}, (${text}))`
}

// ---- checking ----

class Checks {
  readonly #fence: Fence
  readonly #claims: readonly Claim[]
  readonly #seen = new Set<number>()
  #printed: string | undefined

  /** Stands in for the console, so that an example may print what it claims. */
  readonly console = {
    ...console,
    log: (...values: unknown[]) => {
      this.#printed = format(...values)
    },
  }

  constructor(fence: Fence, claims: readonly Claim[]) {
    this.#fence = fence
    this.#claims = claims
  }

  value(index: number, value: unknown): void {
    this.#expect(index, faces(value))
  }

  printed(index: number): void {
    this.#expect(index, [plain(this.#printed ?? "")])
  }

  error(index: number, thrown: { readonly error: unknown } | undefined): void {
    this.#seen.add(index)
    const { line, text } = this.#claims[index]!
    const seen = thrown ? String(thrown.error) : "nothing"
    if (!thrown || !seen.startsWith(text)) this.#fail(line, `throws ${seen}, not ${text}`)
  }

  /** A claim in code that never ran is no claim. */
  end(): void {
    const unseen = this.#claims.find((_, index) => !this.#seen.has(index))
    if (unseen) this.#fail(unseen.line, `was never reached: // => ${unseen.text}`)
  }

  #expect(index: number, seen: readonly string[]): void {
    this.#seen.add(index)
    const { line, text } = this.#claims[index]!
    if (!seen.includes(plain(text))) this.#fail(line, `is ${seen[0]}, not ${text}`)
  }

  #fail(line: number, what: string): never {
    throw new Error(`${this.#fence.path}:${line} ${what}`)
  }
}

/** The ways to write a value down: as Node shows it or, if it has one, by its own toString. */
function faces(value: unknown): string[] {
  const shown = plain(inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 8 }))
  const hasFace = typeof value === "object" && value !== null && value.toString !== Object.prototype.toString
  return hasFace && !Array.isArray(value) ? [shown, plain(String(value))] : [shown]
}

/** Node writes [ 'a', 1 ] where people write ["a", 1]. */
const plain = (text: string) => text.replaceAll("'", '"').replaceAll("[ ", "[").replaceAll(" ]", "]")
