// Callbacks, context variables, jobs.
import * as asyncio from "asyncio-web"
import {
  type Context,
  ContextVar,
  type Future,
  getRunningLoop,
  type Handle,
  type TimerHandle,
  type Token,
} from "asyncio-web"
import { describe, expectTypeOf, test } from "vitest"
import { InlineExecutor } from "../../lib/concurrent-futures.js"

const loop = getRunningLoop
declare function fib(n: number): number

describe("callbacks", () => {
  test("get the arguments that they take", () => {
    expectTypeOf(loop().callSoon(fib, 1)).toEqualTypeOf<Handle>()
    expectTypeOf(loop().callLater(1, fib, 1)).toEqualTypeOf<TimerHandle>()
    expectTypeOf(loop().callAt(1, (a: string, b: number) => a + b, "a", 1)).toEqualTypeOf<TimerHandle>()
    // @ts-expect-error: a string is no number
    loop().callSoon(fib, "1")
    // @ts-expect-error: an argument is missing
    loop().callSoon(fib)
    // @ts-expect-error: seconds first
    loop().callLater(fib, 1)
  })
})

describe("context variables", () => {
  const name = new ContextVar<string>("name")
  const count = new ContextVar("count", { default: 0 })

  test("have the type of their values", () => {
    expectTypeOf(name.get()).toEqualTypeOf<string>()
    expectTypeOf(name.get("nobody")).toEqualTypeOf<string>()
    expectTypeOf(count).toEqualTypeOf<ContextVar<number>>()
    expectTypeOf(count.get()).toEqualTypeOf<number>()
    expectTypeOf(name.set("ada")).toEqualTypeOf<Token<string>>()
    // @ts-expect-error: a number is no string
    name.set(1)
    // @ts-expect-error: the token of another variable
    name.reset(count.set(1))
  })

  test("are read and run through contexts", () => {
    const context = asyncio.copyContext()
    expectTypeOf(context).toEqualTypeOf<Context>()
    expectTypeOf(context.get(name)).toEqualTypeOf<string | undefined>()
    expectTypeOf(context.get(name, "nobody")).toEqualTypeOf<string>()
    expectTypeOf(context.at(count)).toEqualTypeOf<number>()
    expectTypeOf(context.run(fib, 1)).toEqualTypeOf<number>()
    // @ts-expect-error: a string is no number
    context.run(fib, "1")
  })
})

describe("jobs", () => {
  test("take the arguments of their function, and give what it gives", () => {
    expectTypeOf(loop().runInExecutor(null, fib, 1)).toEqualTypeOf<Future<number>>()
    expectTypeOf(loop().runInExecutor(new InlineExecutor(), async (s: string) => s, "x")).toEqualTypeOf<
      Future<string>
    >()
    function* steps(n: number) {
      yield
      return n > 1
    }
    expectTypeOf(loop().runInExecutor(null, steps, 1)).toEqualTypeOf<Future<boolean>>()
    // @ts-expect-error: a string is no number
    loop().runInExecutor(null, fib, "x")
    // @ts-expect-error: an argument is missing
    loop().runInExecutor(null, fib)
    // @ts-expect-error: called already
    loop().runInExecutor(null, fib(1))
  })
})
