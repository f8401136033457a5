/**
 * Which names a function uses without declaring them, read from its source text.
 *
 * No parser: a tokenizer that knows what a brace encloses, and a walk over the tokens that collects what is declared and
 * what is used. Scopes are not told apart: a name that is declared anywhere in the function counts as declared
 * everywhere. So a name may be missed, which the worker then reports as a ReferenceError; but what is reported here does
 * come from outside.
 */

/** What a function's source text shows. */
export interface SourceScan {
  /** How it was written. Only a `function` and an `arrow` can stand alone. */
  readonly form: "function" | "arrow" | "class" | "method"
  /** Names that it takes from around it, in the order of their first use; `import.meta` counts as one. */
  readonly free: readonly string[]
}

/** Reads a function's source, as `Function.prototype.toString` gives it. */
export function scanSource(source: string): SourceScan {
  const tokens = tokenize(source)
  return { form: formOf(tokens), free: new Walk(tokens).freeNames() }
}

function formOf(tokens: readonly Token[]): SourceScan["form"] {
  const first = tokens[0]?.text === "async" && !tokens[1]?.afterNewline && tokens[1]?.text !== "=>" ? 1 : 0
  const token = tokens[first]
  if (token?.text === "function") return "function"
  if (token?.text === "class") return "class"
  const arrow = token?.text === "(" ? token.partner + 1 : first + 1
  return tokens[arrow]?.text === "=>" ? "arrow" : "method"
}

// --- tokens -----------------------------------------------------------------------------------------------------------

type Enclosure = "(" | "[" | "block" | "object" | "class" | "template"
type Colon = "ternary" | "key" | "case" | "label"

interface Token {
  readonly type: "name" | "literal" | "punctuator"
  readonly text: string
  readonly afterNewline: boolean
  /** Of a bracket: where its other half stands. */
  partner: number
  /** Of a bracket: what it encloses. */
  encloses?: Enclosure
  /** Of a `:`. */
  colon?: Colon
}

/** A bracket that is open. */
interface Frame {
  readonly open: number
  readonly encloses: Enclosure
  /** `?` that wait for their `:`. */
  ternaries: number
  /** After `case` or `default`. */
  inCase: boolean
  /** After `class`: the next brace is its body. */
  inClassHead: boolean
}

const SPACE = /(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?\*\/)+/y
const NAME = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy
const LITERAL =
  /#[\p{ID_Continue}$]+|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|0[xXbBoO][\da-fA-F_]+n?|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?n?/uy
const REGEXP = /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
const PUNCTUATOR =
  /\.\.\.|=>|>>>=?|===?|!==?|\*\*=?|<<=?|>>=?|&&=?|\|\|=?|\?\?=?|<=|>=|\?\.(?!\d)|\+\+|--|[-+*/%&|^]=|[\s\S]/y
/** The text of a template up to its end or to the next `${`. */
const TEMPLATE = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y

const words = (text: string) => new Set(text.split(" "))

/** After these words an expression begins. */
const OPERATORS = /* @__PURE__ */ words("return typeof instanceof in of new delete void throw case do else yield await")
/** After these, a brace is a block although a name stands before it; after the others it is an object or a pattern. */
const BLOCK_WORDS = /* @__PURE__ */ words("do else")
const DECLARING = /* @__PURE__ */ words("const let var")
const PAREN_STATEMENTS = /* @__PURE__ */ words("if while for with")

function tokenize(source: string): Token[] {
  return new Tokenizer(source).all()
}

class Tokenizer {
  readonly #tokens: Token[] = []
  readonly #frames: Frame[] = []
  readonly #source: string
  #at = 0
  #newline = false

  constructor(source: string) {
    this.#source = source
    this.#enter("block", -1)
  }

  all(): Token[] {
    for (;;) {
      this.#newline = /[\n\r\u2028\u2029]/.test(this.#match(SPACE) ?? "")
      if (this.#at >= this.#source.length) return this.#tokens
      this.#next()
    }
  }

  get #frame(): Frame {
    return this.#frames.at(-1) as Frame
  }

  #next(): void {
    const name = this.#match(NAME)
    const literal = name === undefined ? this.#literal() : undefined
    if (name !== undefined) this.#name(name)
    else if (literal !== undefined) this.#add("literal", literal)
    else this.#punctuator(this.#match(PUNCTUATOR) as string)
  }

  #literal(): string | undefined {
    return this.#match(LITERAL) ?? (this.#regexpMayStand() ? this.#match(REGEXP) : undefined)
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#source)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  #add(type: Token["type"], text: string): Token {
    const token: Token = { type, text, afterNewline: this.#newline, partner: -1 }
    this.#tokens.push(token)
    return token
  }

  #name(text: string): void {
    const isProperty = isDot(this.#tokens.at(-1))
    this.#add("name", text)
    if (isProperty) return
    if ((text === "case" || text === "default") && this.#frame.encloses === "block") this.#frame.inCase = true
    // Not of a property that is called `class`.
    if (text === "class" && /^\s*[\p{ID_Start}$_{]/u.test(this.#source.slice(this.#at))) this.#frame.inClassHead = true
  }

  #punctuator(text: string): void {
    if (text === "`") this.#template()
    else if (text === "(" || text === "[") this.#open(text, text)
    else if (text === "{") this.#open(text, this.#braceEncloses())
    else if (text === ")" || text === "]" || text === "}") this.#close(text)
    else {
      const token = this.#add("punctuator", text)
      if (text === "?") this.#frame.ternaries++
      if (text === ":") token.colon = this.#colon()
    }
  }

  #open(text: string, encloses: Enclosure): void {
    const token = this.#add("punctuator", text)
    token.encloses = encloses
    this.#enter(encloses, this.#tokens.length - 1)
  }

  #enter(encloses: Enclosure, open: number): void {
    this.#frames.push({ open, encloses, ternaries: 0, inCase: false, inClassHead: false })
  }

  #close(text: string): void {
    // The outermost frame stays: broken source must not break the scan.
    const frame = this.#frames.length > 1 ? this.#frames.pop() : undefined
    const token = this.#add("punctuator", text)
    const open = this.#tokens[frame?.open ?? -1]
    if (frame === undefined || open === undefined) return
    token.partner = frame.open
    token.encloses = frame.encloses
    open.partner = this.#tokens.length - 1
    if (frame.encloses === "template") this.#template()
  }

  #template(): void {
    this.#newline = false
    const text = this.#match(TEMPLATE)
    if (text === undefined) return
    this.#add("literal", text)
    if (text.endsWith("${")) this.#open("${", "template")
  }

  #colon(): Colon {
    const frame = this.#frame
    if (frame.ternaries > 0) {
      frame.ternaries--
      return "ternary"
    }
    if (frame.encloses === "object") return "key"
    if (!frame.inCase) return "label"
    frame.inCase = false
    return "case"
  }

  #braceEncloses(): Enclosure {
    const frame = this.#frame
    if (frame.inClassHead) {
      frame.inClassHead = false
      return "class"
    }
    const before = this.#tokens.at(-1)
    if (before === undefined || before.type === "literal") return "block"
    if (before.type === "name") {
      if (isDot(this.#tokens.at(-2)) || BLOCK_WORDS.has(before.text)) return "block"
      return OPERATORS.has(before.text) || DECLARING.has(before.text) ? "object" : "block"
    }
    if (before.colon !== undefined) return before.colon === "ternary" || before.colon === "key" ? "object" : "block"
    return [")", "]", "}", "{", ";", "=>", "++", "--"].includes(before.text) ? "block" : "object"
  }

  /** Whether a `/` begins a regular expression here, or divides. */
  #regexpMayStand(): boolean {
    const before = this.#tokens.at(-1)
    if (before === undefined) return true
    if (before.type === "literal") return false
    if (before.type === "name") return OPERATORS.has(before.text) && !isDot(this.#tokens.at(-2))
    if (before.text === ")") return PAREN_STATEMENTS.has(this.#tokens[before.partner - 1]?.text ?? "")
    if (before.text === "}") return before.encloses === "block"
    return before.text !== "]" && before.text !== "++" && before.text !== "--"
  }
}

function isDot(token: Token | undefined): boolean {
  return token?.type === "punctuator" && (token.text === "." || token.text === "?.")
}

// --- names ------------------------------------------------------------------------------------------------------------

const KEYWORDS = /* @__PURE__ */ words(
  "arguments async await break case catch class const continue debugger default delete do else export extends false " +
    "finally for function if import in instanceof let new null of return super switch this throw true try typeof var " +
    "void while with yield static",
)
/** A list of declarations cannot go on behind these. */
const STATEMENTS = /* @__PURE__ */ words("break const continue do for if let return switch throw try var while")
const MODIFIERS = /* @__PURE__ */ words("async get set static accessor *")

class Walk {
  readonly #tokens: readonly Token[]
  readonly #declared = new Set<string>()
  readonly #used = new Set<string>()
  /** Asked for with `typeof`: then the function can do without. */
  readonly #guarded = new Set<string>()
  /** Places of names that stand for themselves: keys, labels. */
  readonly #plain = new Set<number>()

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  freeNames(): string[] {
    this.#tokens.forEach((token, i) => {
      if (token.type === "name") this.#name(token, i)
      else if (token.text === "(") this.#parenthesis(i)
      else if (token.text === "{" && token.encloses === "object") this.#objectMembers(i + 1, this.#end(i))
      else if (token.text === "{" && token.encloses === "class") this.#classMembers(i + 1, this.#end(i))
    })
    return [...this.#used].filter((name) => !this.#declared.has(name) && !this.#guarded.has(name))
  }

  #text(i: number): string | undefined {
    return this.#tokens[i]?.text
  }

  /** Where the bracket at `i` closes. */
  #end(i: number): number {
    const partner = this.#tokens[i]?.partner ?? -1
    return partner < 0 ? this.#tokens.length : partner
  }

  #name({ text }: Token, i: number): void {
    if (this.#plain.has(i) || isDot(this.#tokens[i - 1])) return
    if (KEYWORDS.has(text)) this.#keyword(text, i)
    else if (this.#text(i + 1) === "=>") this.#declared.add(text)
    else if (this.#tokens[i + 1]?.colon !== "label") this.#used.add(text)
  }

  #keyword(text: string, i: number): void {
    const next = this.#tokens[i + 1]
    if (text === "function") this.#functionHead(i + 1)
    else if (text === "class" && next?.type === "name" && next.text !== "extends") this.#declared.add(next.text)
    else if (DECLARING.has(text)) this.#declarations(i + 1)
    else if (text === "catch" && next?.text === "(") this.#bindings(i + 2, this.#end(i + 1))
    else if (text === "typeof" && next?.type === "name" && !this.#goesOn(i + 2)) this.#guarded.add(next.text)
    else if (text === "import" && next?.text === ".") this.#used.add("import.meta")
    else if ((text === "break" || text === "continue") && next?.type === "name" && !next.afterNewline) {
      this.#plain.add(i + 1)
    }
  }

  /** `.x`, `[x]` or `(x)` stands here. */
  #goesOn(i: number): boolean {
    return isDot(this.#tokens[i]) || this.#text(i) === "[" || this.#text(i) === "("
  }

  #functionHead(i: number): void {
    if (this.#text(i) === "*") i++
    const name = this.#tokens[i]
    if (name?.type === "name") {
      this.#declared.add(name.text)
      i++
    }
    if (this.#text(i) === "(") this.#bindings(i + 1, this.#end(i))
  }

  /** `(a, { b }) =>` */
  #parenthesis(i: number): void {
    const end = this.#end(i)
    if (this.#text(end + 1) === "=>") this.#bindings(i + 1, end)
  }

  /** `a = 1, { b } = c` after `let`. */
  #declarations(i: number): void {
    for (;;) {
      i = this.#skip(this.#binding(i), this.#tokens.length)
      if (this.#text(i) !== ",") return
      i++
    }
  }

  /** Targets between commas, each of which may have a default value. */
  #bindings(i: number, end: number): void {
    while (i < end) i = this.#skip(this.#binding(i), end) + 1
  }

  /** One target of a declaration; returns where it ends. */
  #binding(i: number): number {
    const token = this.#tokens[i]
    if (token === undefined) return i
    if (token.text === "...") return this.#binding(i + 1)
    if (token.text === "[") this.#bindings(i + 1, this.#end(i))
    else if (token.text === "{") this.#bindProperties(i + 1, this.#end(i))
    else if (token.type === "name") this.#declared.add(token.text)
    else return i
    return (token.partner < 0 ? i : this.#end(i)) + 1
  }

  #bindProperties(i: number, end: number): void {
    while (i < end) {
      const afterKey = this.#text(i) === "[" ? this.#end(i) + 1 : i + 1
      const hasKey = this.#text(i) !== "..." && this.#text(afterKey) === ":"
      i = this.#skip(this.#binding(hasKey ? afterKey + 1 : i), end) + 1
    }
  }

  /** Where the expression or declaration around `i` is over: at a comma, or where the statement ends. */
  #skip(i: number, end: number): number {
    for (; i < end && !this.#statementEndsBefore(i); i++) {
      const token = this.#tokens[i] as Token
      if (token.partner > i) i = token.partner
      else if (token.text === "," || token.text === ";" || token.partner >= 0) return i
      else if (STATEMENTS.has(token.text) && !isDot(this.#tokens[i - 1])) return i
    }
    return Math.min(i, end)
  }

  /** Two operands with nothing but a line break between them. */
  #statementEndsBefore(i: number): boolean {
    const token = this.#tokens[i]
    const before = this.#tokens[i - 1]
    if (token === undefined || before === undefined || !token.afterNewline || token.type === "punctuator") return false
    if (token.text === "in" || token.text === "instanceof" || token.text.startsWith("`")) return false
    if (before.type === "name") return !OPERATORS.has(before.text)
    return before.type === "literal" || [")", "]", "}"].includes(before.text)
  }

  #objectMembers(i: number, end: number): void {
    while (i < end) {
      if (this.#text(i) !== "...") {
        i = this.#skipModifiers(i)
        const afterKey = this.#afterKey(i)
        const next = this.#text(afterKey)
        if (next === ":" || next === "(") this.#plain.add(i)
        if (next === "(") this.#bindings(afterKey + 1, this.#end(afterKey))
      }
      while (i < end && this.#text(i) !== ",") i = Math.max(this.#tokens[i]?.partner ?? i, i) + 1
      i++
    }
  }

  #classMembers(i: number, end: number): void {
    while (i < end) {
      if (this.#text(i) === ";") i++
      else if (this.#text(i) === "static" && this.#text(i + 1) === "{") i = this.#end(i + 1) + 1
      else i = this.#classMember(this.#skipModifiers(i), end)
    }
  }

  #classMember(i: number, end: number): number {
    const afterKey = this.#afterKey(i)
    this.#plain.add(i)
    if (this.#text(afterKey) === "(") {
      this.#bindings(afterKey + 1, this.#end(afterKey))
      return this.#end(this.#end(afterKey) + 1) + 1
    }
    i = afterKey
    if (this.#text(i) !== "=") return i
    for (i++; i < end && this.#text(i) !== ";"; i++) {
      i = Math.max(this.#tokens[i]?.partner ?? i, i)
      if (this.#statementEndsBefore(i + 1)) return i + 1
    }
    return i
  }

  /** `async`, `get`, … before a key; each of them may also be the key itself. */
  #skipModifiers(i: number): number {
    const isKeyItself = () => /^[(,:}=;]$/.test(this.#text(i + 1) ?? "}")
    while (MODIFIERS.has(this.#text(i) ?? "") && !isKeyItself()) this.#plain.add(i++)
    return i
  }

  #afterKey(i: number): number {
    return this.#text(i) === "[" ? this.#end(i) + 1 : i + 1
  }
}

// --- what a worker has ------------------------------------------------------------------------------------------------

/** Of the language, and of every worker; the second part has no capital by which to tell it from a page's own names. */
const GLOBALS = /* @__PURE__ */ words(
  "undefined NaN Infinity globalThis eval isFinite isNaN parseFloat parseInt decodeURI decodeURIComponent encodeURI " +
    "encodeURIComponent escape unescape Object Function Boolean Symbol Number BigInt Math Date String RegExp Array Map " +
    "Set WeakMap WeakSet WeakRef FinalizationRegistry Promise Proxy Reflect JSON Atomics SharedArrayBuffer ArrayBuffer " +
    "DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float16Array " +
    "Float32Array Float64Array BigInt64Array BigUint64Array Error AggregateError EvalError RangeError ReferenceError " +
    "SyntaxError TypeError URIError SuppressedError DisposableStack AsyncDisposableStack Iterator Intl WebAssembly " +
    "Temporal DedicatedWorkerGlobalScope WorkerGlobalScope WorkerNavigator WorkerLocation FileReaderSync " +
    "self console fetch setTimeout clearTimeout setInterval clearInterval queueMicrotask structuredClone atob btoa " +
    "crypto performance navigator location caches indexedDB scheduler postMessage importScripts onmessage reportError " +
    "requestAnimationFrame cancelAnimationFrame createImageBitmap crossOriginIsolated isSecureContext trustedTypes " +
    "addEventListener removeEventListener dispatchEvent __name",
)

/** Classes that only a page has. */
const PAGE_ONLY =
  /^(?:HTML|SVG|MathML|CSS|RTC|Speech|Audio|Mutation|Intersection|Resize|Window|Document|Shadow|Custom|Touch|Pointer|Mouse|Keyboard|Drag|Clipboard|History$|Navigator$|Location$|Screen|Storage|Node|Element$|Text$|Comment$|Attr$|Range$|Selection$|DOMParser$|DOMImplementation$|XMLSerializer$|XPath|Image$|Option$)/

/** True for a name that a worker has by itself. */
export function isWorkerGlobal(name: string): boolean {
  if (GLOBALS.has(name)) return true
  // Constructors of the platform, which are too many and too new to list; a class of the page's own is not native.
  if (!/^[A-Z]/.test(name) || PAGE_ONLY.test(name)) return false
  const value: unknown = Reflect.get(globalThis, name)
  return typeof value === "function" && isNative(value)
}

/** True for a function whose source nobody can read: built in, or bound. */
export function isNative(fn: unknown): boolean {
  return /\{\s*\[native code\]\s*\}\s*$/.test(Function.prototype.toString.call(fn))
}
