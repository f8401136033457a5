/**
 * Values that follow the control flow: each task and callback sees those of the code that made it.
 *
 * A copy of a context is O(1): its variables are an immutable map that `set` replaces. Callbacks and tasks go further and
 * keep only that map (`_vars`); their `Context` object is made when somebody asks for it or sets a variable, which most
 * of them never do.
 *
 * @see CPython Python/context.c, PEP 567
 */
import { KeyError, LookupError, RuntimeError, ValueError } from "./exceptions.js"

/** The variables of a context; `undefined` is the empty map. */
export type Vars = ReadonlyMap<ContextVar<unknown>, unknown> | undefined

/**
 * A task or a callback: whatever code runs on behalf of.
 *
 * Invariant: once `_context` is set, it holds the variables and `_vars` is stale.
 *
 * @internal
 */
export interface ContextOwner {
  _context: Context | undefined
  _vars: Vars
}

const realm: ContextOwner = { _context: undefined, _vars: undefined }
let owner: ContextOwner = realm

/** Runs what follows in the context of `next`. @internal */
export function _enterContext(next: ContextOwner): void {
  owner = next
}

/** Back to the context that code outside of any loop has. @internal */
export function _leaveContext(): void {
  owner = realm
}

/** @internal */
export function _currentOwner(): ContextOwner {
  return owner
}

/** The variables that a callback or task made now starts with. @internal */
export function _currentVars(): Vars {
  return owner._context === undefined ? owner._vars : owner._context._vars
}

/** The context object of `of`, made if it has none yet. @internal */
export function _contextOf(of: ContextOwner): Context {
  of._context ??= new Context(of._vars)
  return of._context
}

/**
 * A mapping of context variables to their values.
 *
 * @see CPython `contextvars.Context`
 *
 * ```ts run
 * const v = new asyncio.ContextVar<string>("v")
 * const context = asyncio.copyContext()
 * context.run(() => v.set("inside"))
 * context.get(v) // => "inside"
 * v.get("outside") // => "outside"
 * ```
 */
export class Context {
  /** @internal */
  readonly _context: Context = this
  /** @internal */
  _vars: Vars
  #entered = false

  /** @internal */
  constructor(initial?: Vars) {
    this._vars = initial
  }

  /**
   * Calls `fn(...args)` in this context and returns what it returns; what it sets stays in here.
   *
   * @throws {RuntimeError} if the context is already entered.
   */
  run<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): R {
    if (this.#entered || this === owner._context) {
      throw new RuntimeError("cannot enter context: it is already entered. Run in context.copy() instead")
    }
    const outer = owner
    // The context below is not current while we run, and must not be entered again either.
    const below = outer._context
    const belowEntered = below === undefined || below.#entered
    if (below !== undefined) below.#entered = true
    this.#entered = true
    _enterContext(this)
    try {
      return fn(...args)
    } finally {
      this.#entered = false
      if (below !== undefined) below.#entered = belowEntered
      _enterContext(outer)
    }
  }

  /** A context with the same values, that changes on its own; O(1). */
  copy(): Context {
    return new Context(this._vars)
  }

  /** The value of `variable` in this context, or `fallback`; the variable's own default does not count. */
  get<T>(variable: ContextVar<T>): T | undefined
  get<T>(variable: ContextVar<T>, fallback: T): T
  get<T>(variable: ContextVar<T>, fallback?: T): T | undefined {
    const key = variable as ContextVar<unknown>
    return this._vars?.has(key) ? (this._vars.get(key) as T) : fallback
  }

  /**
   * Python's `context[variable]`.
   *
   * @throws {KeyError} if the variable has no value in this context.
   */
  at<T>(variable: ContextVar<T>): T {
    if (!this.has(variable)) throw new KeyError(`${variable} has no value in this context: use get() or variable.set()`)
    return this.get(variable) as T
  }

  /** True if the variable has a value in this context. */
  has(variable: ContextVar<never> | ContextVar<unknown>): boolean {
    return this._vars?.has(variable as ContextVar<unknown>) ?? false
  }

  /** How many variables have a value in this context. */
  get size(): number {
    return this._vars?.size ?? 0
  }

  /** The variables that have a value, in the order in which they got it. */
  keys(): IterableIterator<ContextVar<unknown>> {
    return (this._vars ?? new Map<ContextVar<unknown>, unknown>()).keys()
  }

  /** The values, in the order of {@link keys}. */
  values(): IterableIterator<unknown> {
    return (this._vars ?? new Map<ContextVar<unknown>, unknown>()).values()
  }

  /** Pairs of variable and value. Python's `items()`. */
  entries(): IterableIterator<[ContextVar<unknown>, unknown]> {
    return (this._vars ?? new Map<ContextVar<unknown>, unknown>()).entries()
  }

  [Symbol.iterator](): IterableIterator<ContextVar<unknown>> {
    return this.keys()
  }

  toString(): string {
    return `<Context of ${this.size} variables>`
  }
}

/** A copy of the current context. @see CPython `contextvars.copy_context` */
export function copyContext(): Context {
  return new Context(_currentVars())
}

/**
 * A variable whose value belongs to the current context.
 *
 * It works across every `yield*` of a task. Code after a native `await` is outside of every task, and sees the values
 * that the page has outside of the loop.
 *
 * @see CPython `contextvars.ContextVar`
 *
 * ```ts run
 * const user = new asyncio.ContextVar("user", { default: "nobody" })
 * const token = user.set("ada")
 * user.get() // => "ada"
 * user.reset(token)
 * user.get() // => "nobody"
 * ```
 */
export class ContextVar<T> {
  readonly name: string
  readonly #hasDefault: boolean
  readonly #default: T | undefined

  constructor(name: string, options?: { default?: T }) {
    if (typeof name !== "string") throw new TypeError(`context variable name must be a str, got ${typeof name}`)
    this.name = name
    this.#hasDefault = options !== undefined && "default" in options
    this.#default = options?.default
  }

  /**
   * The value in the current context, else `fallback`, else the variable's default.
   *
   * @throws {LookupError} if there is none of the three.
   */
  get(...fallback: [fallback?: T]): T {
    const key = this as ContextVar<unknown>
    const vars = _currentVars()
    if (vars?.has(key)) return vars.get(key) as T
    if (fallback.length > 0) return fallback[0] as T
    if (this.#hasDefault) return this.#default as T
    throw new LookupError(`${this} has no value here: set() it, or give it a default`)
  }

  /** Sets the value in the current context; the token undoes it with {@link reset}. */
  set(value: T): Token<T> {
    const key = this as ContextVar<unknown>
    const context = _contextOf(owner)
    const old = context._vars?.has(key) ? (context._vars.get(key) as T) : Token.MISSING
    const next = new Map(context._vars)
    next.set(key, value)
    context._vars = next
    return new Token(this, old, context)
  }

  /**
   * Gives the variable the value that it had before the `set` that made `token`.
   *
   * @throws {RuntimeError} if the token was used before.
   * @throws {ValueError} if the token is of another variable, or of another context.
   */
  reset(token: Token<T>): void {
    if (token._used) throw new RuntimeError(`${token} has already been used once: each token undoes one set()`)
    if (token.var !== this)
      throw new ValueError(`${token} was created by a different ContextVar: reset ${token.var} with it`)
    if (token._context !== owner._context) {
      throw new ValueError(
        `${token} was created in a different Context: reset in the task or callback that called set()`,
      )
    }
    token._used = true
    const key = this as ContextVar<unknown>
    const next = new Map(token._context._vars)
    if (token.oldValue === Token.MISSING) next.delete(key)
    else next.set(key, token.oldValue)
    token._context._vars = next
  }

  toString(): string {
    return `<ContextVar name='${this.name}'>`
  }
}

// WebKit has no such symbol yet.
const dispose: typeof Symbol.dispose = Symbol.dispose ?? /* @__PURE__ */ Symbol("dispose")

/**
 * What {@link ContextVar.set} returns: it remembers the value before.
 *
 * A context manager as well: `exit()` and `using` reset the variable.
 */
export class Token<T> {
  /** Stands for "had no value". */
  static readonly MISSING: unique symbol = /* @__PURE__ */ Symbol("Token.MISSING")

  /** @internal */
  _used = false

  /** The variable that was set. */
  readonly var: ContextVar<T>
  /** The value before, or {@link Token.MISSING}. */
  readonly oldValue: T | typeof Token.MISSING
  /** @internal */
  readonly _context: Context

  /** @internal */
  constructor(variable: ContextVar<T>, oldValue: T | typeof Token.MISSING, context: Context) {
    this.var = variable
    this.oldValue = oldValue
    this._context = context
  }

  /** Python's `with var.set(value) as token`. */
  enter(): this {
    return this
  }

  /** Resets the variable. */
  exit(): void {
    this.var.reset(this)
  }

  [dispose](): void {
    this.exit()
  }

  toString(): string {
    return `<Token${this._used ? " used" : ""} var=${this.var}>`
  }
}
