import { describe, expect, test } from "vitest"
import { coroutine } from "../lib/coroutines.js"
import { scanSource } from "../lib/free-names.js"
import { callOf, cannotSend } from "../lib/jobs.js"
import { threads } from "../worker/index.js"
import { TRANSFER } from "../worker/protocol.js"

/** A worker that is never constructed. */
const start = () => {
  throw new Error("not here")
}

describe("the free names of", () => {
  // Sources as text: what a test function closes over, bundlers and coverage rewrite. A § stands for a $ in a template.
  test.each<[what: string, source: string, free: string[]]>([
    ["a plain function", "function f(a, b) { return a + b }", []],
    ["an outer variable", "function f(a) { return a * factor }", ["factor"]],
    ["several, each once, in order", "() => y + x + y", ["y", "x"]],
    ["an assignment", "() => { count = 1; count += 1 }", ["count"]],
    ["an arrow with one parameter", "n => n + m", ["m"]],
    ["an async arrow", "async (n) => await n", []],
    ["an async arrow without parentheses", "async n => n", []],
    ["a generator", "function* g(n) { yield n; yield* m }", ["m"]],
    ["a function that calls itself", "function fib(n) { return n < 2 ? n : fib(n - 1) }", []],
    ["an arrow that calls itself", "(n) => fib(n - 1)", ["fib"]],

    ["properties", "(a) => a.b.c?.d", []],
    ["a property behind a line break", "(a) => a\n  .b\n  ?.c", []],
    ["a computed property", "(a) => a[b]", ["b"]],
    ["an optional index", "(a) => a?.[b]", ["b"]],
    ["a property named like a keyword", "(a) => a.return / a.class / b", ["b"]],
    ["object keys", "(v) => ({ key: v, 'quoted': v, 1: v })", []],
    ["a shorthand property", "() => ({ a })", ["a"]],
    ["a computed key", "(v) => ({ [k]: v })", ["k"]],
    ["a spread property", "() => ({ ...rest })", ["rest"]],
    ["methods and accessors", "() => ({ m(p) { return p }, get g() { return 1 }, set s(q) { q }, async *i() {} })", []],
    ["keys called get, set, async", "() => ({ get: 1, set: 2, async: 3, get() {}, async() {} })", []],
    ["keys that are keywords", "() => ({ if: 1, class: 2, default: 3, function: 4, case: a })", ["a"]],
    ["nested objects", "(a) => ({ x: { y: { z: a } }, w: [{ v: b }] })", ["b"]],
    ["an object behind return", "() => { return { a: b } }", ["b"]],
    ["an object in a conditional", "(a) => a ? { b: 1 } : { c: d }", ["d"]],
    ["a conditional that looks like a label", "(a) => a ? b : c", ["b", "c"]],
    ["nested conditionals", "(a) => a ? b ? 1 : c : d", ["b", "c", "d"]],

    ["let, const and var", "() => { let a = 1, b = a; const c = b; var d = c, e; return d + e }", []],
    ["a use in an initializer", "() => { let a = f(x, y), b = 2; return a + b }", ["f", "x", "y"]],
    ["destructuring", "({ a, b: c, ...d }, [e, , f = g, ...h]) => a + c + d + e + f + h", ["g"]],
    ["nested destructuring", "() => { const { a: { b: [c] = [] }, [k]: v } = o; return c + v }", ["k", "o"]],
    ["a key in a pattern", "({ outer: inner }) => outer + inner", ["outer"]],
    ["default parameters", "(a = b, { c = d } = {}) => a + c", ["b", "d"]],
    ["rest parameters", "(...args) => args", []],
    ["for of and for in", "(xs) => { for (const x of xs) x; for (let k in xs) k; for (const [a, b] of xs) a + b }", []],
    ["a for loop", "() => { for (let i = 0, n = 3; i < n; i++) i }", []],
    ["for await", "async (xs) => { for await (const x of xs) x }", []],
    ["catch", "() => { try { } catch (error) { throw error } finally { } }", []],
    ["catch with a pattern", "() => { try { } catch ({ message }) { message } }", []],
    ["catch without a parameter", "() => { try { a() } catch { b() } }", ["a", "b"]],
    ["inner functions", "() => { function g(p) { return p } return g(1) }", []],
    ["inner arrows", "(xs) => xs.map((x, i) => x + i).filter(y => y)", []],
    ["a name declared later", "() => { return g(); function g() {} }", []],
    ["declarations without semicolons", "() => {\n  let a = 1\n  let b = a\n  return a + b\n}", []],
    ["an initializer that ends with its line", "() => {\n  const f = () => 1\n  g(f), h()\n}", ["g", "h"]],
    ["an object that ends with its line", "() => {\n  let a = {}\n  b, c\n}", ["b", "c"]],

    [
      "classes",
      "() => { class A extends B { x = 1; static y = A; #z = c; m(p) { return p + this.#z } } return A }",
      ["B", "c"],
    ],
    [
      "class fields without semicolons",
      "() => class {\n  a = 1\n  b = d\n  static c\n  e() { return f }\n}",
      ["d", "f"],
    ],
    ["a static block", "() => class { static { setUp() } }", ["setUp"]],
    [
      "class members called static and get",
      "() => class { static = 1; get = 2; static static() {} get get() { return 1 } }",
      [],
    ],
    ["a computed member", "() => class { [k]() { return 1 } }", ["k"]],
    ["a private check", "(o) => class { #p; is() { return #p in o } }", []],
    ["new", "() => new Thing(new.target)", ["Thing"]],

    ["strings", "() => 'outer' + \"inner 'quoted'\" + 'a\\'b'", []],
    ["a template", "(a) => `text §{a} outer §{b}`", ["b"]],
    ["nested templates", "(a) => `x §{a ? `y §{b} }` : `{ §{c}`} z`", ["b", "c"]],
    ["an object in a template", "(a) => `§{{ key: a }.key} rest`", []],
    ["a template with escapes", "() => `\\` \\§{notThis} $ { §{this_}`", ["this_"]],
    ["a tagged template", "() => tag`a §{b}`", ["tag", "b"]],
    ["comments", "() => { /* a */ // b\n return 1 /* c\n d */ }", []],
    ["a regular expression", "(s) => s.replace(/outer[/]inner\\//g, '')", []],
    ["a regular expression behind return", "(s) => { return /a b/.test(s) }", []],
    ["a regular expression behind a condition", "(s) => { if (s) /a b/.test(s) }", []],
    ["a regular expression behind a block", "(s) => { { } /a b/.exec(s) }", []],
    ["a regular expression in an arrow", "(s) => s.map(x => /a b/.test(x))", []],
    ["a division", "(a) => a / b / c", ["b", "c"]],
    ["a division behind a bracket", "(a) => (a) / b / a[0] / c", ["b", "c"]],
    ["a division behind an increment", "(a) => a++ / b / 2", ["b"]],
    ["a division behind an object", "(a) => ({ x: 1 }.x) / b", ["b"]],
    ["numbers", "() => 1e5 + 0xff + 1_000n + .5 + 1..toFixed() + 1.5.toFixed()", []],

    ["labels", "() => { outer: for (;;) { break outer; continue outer } }", []],
    ["a label before a block", "() => { out: { break out } }", []],
    ["case", "(a) => { switch (a) { case b: return 1; case 'x': { c } default: d } }", ["b", "c", "d"]],
    ["case with a conditional", "(a) => { switch (a) { case b ? 1 : 2: return c } }", ["b", "c"]],
    ["typeof, which may be asked of anything", "() => typeof a === 'undefined' ? 1 : a.b", []],
    ["typeof of a property", "() => typeof a.b + typeof c[0] + typeof d()", ["a", "c", "d"]],
    ["arguments and this", "function f() { return arguments.length + this }", []],
    ["import.meta", "() => import.meta.url", ["import.meta"]],
    ["a dynamic import", "() => import('./x.js')", []],
    ["in and instanceof", "(a) => 'x' in a && a instanceof B", ["B"]],
    ["logical assignment", "(a) => { a ??= b; a ||= c; a &&= d }", ["b", "c", "d"]],
    ["a comma behind an arrow", "() => [() => a, () => b]", ["a", "b"]],
    ["an arrow that gives an object", "(a) => a.map(b => ({ c: b }))", []],
    ["names with marks and letters of the world", "(über, $a, _b) => über + $a + _b + ñ", ["ñ"]],
    ["an optional call", "(a) => f?.(a)", ["f"]],
    ["a name called of", "(of) => { for (const x of of) x }", []],
    ["a name called get", "() => get(1)", ["get"]],
    ["a bundler's helper", "() => __vite_ssr_import_0__.add(1)", ["__vite_ssr_import_0__"]],
  ])("%s", (_, source, free) => {
    expect(freeNames(source)).toEqual(free)
  })

  function freeNames(source: string): readonly string[] {
    return scanSource(source.replaceAll("§", "$")).free
  }

  test.each<[string, ReturnType<typeof scanSource>["form"]]>([
    ["function () {}", "function"],
    ["function* g() {}", "function"],
    ["async function f() {}", "function"],
    ["() => 1", "arrow"],
    ["async (a, b) => 1", "arrow"],
    ["async a => 1", "arrow"],
    ["async => async", "arrow"],
    ["({ a } = {}) => a", "arrow"],
    ["class A {}", "class"],
    ["method() {}", "method"],
    ["async method() {}", "method"],
    ["*method() {}", "method"],
    ["async() {}", "method"],
    ["get x() { return 1 }", "method"],
    ["['computed']() {}", "method"],
  ])("%s is written as %s", (source, form) => {
    expect(scanSource(source).form).toBe(form)
  })
})

describe("a call", () => {
  /** Makes a function that no transform has touched. */
  const fromSource = (source: string, ...names: string[]) => new Function(...names, `return ${source}`)(...names)

  test("of a registered function goes by its name, to its module's worker", () => {
    const fib = (n: number): number => n
    class OutOfRange extends Error {}
    threads({ fib, OutOfRange }, start)

    const { target, args } = callOf(fib, [1])

    expect(target).toMatchObject({ label: "fib", name: "fib", start, source: undefined })
    expect(target.errors?.get("OutOfRange")).toBe(OutOfRange)
    expect(args).toEqual([1])
  })

  test("of a function that stands alone carries its source", () => {
    const { target } = callOf(fromSource("function double(n) { return Math.max(n, 0) * 2 }"), [1])

    expect(target).toMatchObject({ label: "double", start: undefined })
    expect(target.source).toMatchObject({ text: "function double(n) { return Math.max(n, 0) * 2 }", self: null })
  })

  test("is the same target for every function of the same source", () => {
    const make = () => fromSource("(n) => n + 1")

    expect(callOf(make(), []).target).toBe(callOf(make(), []).target)
  })

  test("keeps the name by which an arrow function calls itself", () => {
    const fact = fromSource("(() => { const fact = (n) => n < 2 ? 1 : n * fact(n - 1); return fact })()")

    expect(callOf(fact, [3]).target.source?.self).toBe("fact")
  })

  test("does not define a name that a worker has by itself", () => {
    const { fetch } = fromSource("({ fetch: () => fetch('x') })")

    expect(callOf(fetch, []).target.source?.self).toBeNull()
  })

  test("takes the list of what is to be moved off its arguments", () => {
    const pixels = Object.defineProperty(new Uint8Array(4), TRANSFER, { value: ["list"], configurable: true })

    expect(callOf(fromSource("(a) => a"), [pixels, 1]).moved).toEqual(["list"])
    expect(callOf(fromSource("(a) => a"), [pixels, 1]).moved).toEqual([])
  })

  test.each<[what: string, fn: unknown, message: string]>([
    ["no function", 5, "toThread() expects a function, got 5"],
    [
      "a closure",
      fromSource("function fib(n) { return table[n] }"),
      'fib cannot be sent to a worker: it uses "table" from around it, which does not exist there. Pass it as an ' +
        "argument, or register the function with threads() in a module of its own",
    ],
    [
      "a closure over several names",
      fromSource("(n) => a[n] + b"),
      '(anonymous) cannot be sent to a worker: it uses "a", "b" from around it, which do not exist there. Pass them as ' +
        "arguments, or register the function with threads() in a module of its own",
    ],
    [
      "a function that uses the page",
      fromSource("function title() { return document.title }"),
      'title cannot be sent to a worker: it uses "document", which only a page has. Read there what the function ' +
        "needs, and pass that as an argument",
    ],
    [
      "a built-in function",
      Math.max,
      "max cannot be sent to a worker: it is built into the browser. Wrap it: (...args) => Math.max(...args)",
    ],
    [
      "a bound function",
      fromSource("function add(a, b) { return a + b }").bind(null, 1),
      "bound add cannot be sent to a worker: it is a bound function, whose source cannot be read. Pass what it is bound " +
        "to as arguments",
    ],
    [
      "a method",
      fromSource("({ area() { return 1 } })").area,
      "area cannot be sent to a worker: it is a method, and its this would stay behind. Write it as a function",
    ],
    [
      "a class",
      fromSource("class Box {}"),
      "Box cannot be sent to a worker: it is a class. Send a function that constructs it",
    ],
    [
      "a coroutine function",
      coroutine(function* main() {}),
      "main cannot be sent to a worker: it is a coroutine function, which runs in the loop. Await it: yield* main()",
    ],
  ])("refuses %s", (_, fn, message) => {
    expect(() => callOf(fn, [])).toThrow(new TypeError(message))
  })

  test("accepts what only a bundler left in the source", () => {
    expect(callOf(fromSource("() => { const f = __name(() => 1, 'f'); return f() }"), []).target.source).toBeDefined()
  })
})

describe("an argument that cannot be cloned", () => {
  const resize = (..._: unknown[]) => {}
  threads({ resize }, start)
  const error = new Error("#<Object> could not be cloned.")
  const message = (...args: unknown[]) => cannotSend(callOf(resize, args), error).message

  test("is named by its place", () => {
    expect(message(1, () => {})).toBe(
      "toThread() cannot send argument 2 of resize(): a function cannot be cloned. " +
        "Pass data, or export the function from a worker module",
    )
  })

  test.each<[unknown, string]>([
    [{ options: { onDone() {} } }, "a function cannot be cloned (at .options.onDone)"],
    [[1, Symbol("s")], "a symbol cannot be cloned (at [1])"],
    [new Map([["key", () => {}]]), "a function cannot be cloned (at .get(key))"],
    [new Set([() => {}]), "a function cannot be cloned (at .item)"],
    [new WeakMap(), "a WeakMap cannot be cloned"],
    [{ later: Promise.resolve() }, "a Promise cannot be cloned (at .later)"],
  ])("is described: %o", (arg, objection) => {
    expect(message(arg)).toContain(`argument 1 of resize(): ${objection}`)
  })

  test("keeps the browser's words if nothing is found, and has them as its cause", () => {
    expect(message(1)).toBe("toThread() cannot send the arguments of resize(): #<Object> could not be cloned.")
    expect(cannotSend(callOf(resize, [1]), error).cause).toBe(error)
  })

  test("may be cyclic", () => {
    const node: Record<string, unknown> = { visit() {} }
    node.self = node

    expect(message(node)).toContain("a function cannot be cloned (at .visit)")
  })
})
