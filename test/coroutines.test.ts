import {
  type Awaitable,
  CancelledError,
  Coroutine,
  type CoroutineGenerator,
  coroutine,
  createTask,
  type Future,
  gather,
  getRunningLoop,
  isAwaitable,
  isCoroutine,
  isCoroutineFunction,
  RuntimeError,
  StopIteration,
  sleep,
  until,
  ValueError,
} from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { describe, expect, test } from "vitest"
import { wrong } from "./support/probe.js"
import { collectReports, reports } from "./support/reports.js"

const run = TestEventLoop.run

collectReports({ expected: true })

/** Yields `value` to whoever drives, and returns what comes back. */
function give<T>(value: T): Awaitable<unknown> {
  return {
    *[Symbol.iterator]() {
      const answer: unknown = yield wrong(value)
      return answer
    },
  }
}

/** What `fn` throws. */
function thrown(fn: () => unknown): unknown {
  try {
    fn()
  } catch (error) {
    return error
  }
  throw new Error("nothing was thrown")
}

const reused = (name: string) =>
  `cannot reuse already awaited coroutine: <coroutine object ${name}> has ended; call the coroutine function again`
const awaitedAlready = (name: string) =>
  `coroutine is being awaited already: <coroutine object ${name}>; to wait for it in several places, make a task of ` +
  "it with createTask()"

describe("a coroutine function", () => {
  test("keeps the name, the parameters and `this` of its generator function", async () => {
    class Account {
      balance = 1
      deposit = coroutine(function* deposit(this: Account, amount: number, _note: string): CoroutineGenerator<number> {
        this.balance += amount
        return this.balance
      })
    }
    const account = new Account()

    expect([account.deposit.name, account.deposit.length]).toEqual(["deposit", 2])
    expect(await run(account.deposit(2, ""))).toBe(3)
  })

  test("runs nothing when it is called", () => {
    const log: string[] = []
    const it = coroutine(function* main(): CoroutineGenerator<void> {
      log.push("ran")
    })()

    expect([it instanceof Coroutine, it.name, String(it), it.state, log]).toEqual([
      true,
      "main",
      "<coroutine object main>",
      "created",
      [],
    ])
    it.close()
  })

  test.each<[what: string, fn: unknown, message: string]>([
    ["no function", 5, "coroutine() expects a generator function, got 5: write coroutine(function* () { … })"],
    [
      "nothing",
      undefined,
      "coroutine() expects a generator function, got undefined: write coroutine(function* () { … })",
    ],
  ])("cannot be made of %s", (_, fn, message) => {
    expect(() => coroutine(wrong(fn))).toThrow(new TypeError(message))
  })

  test.each<[what: string, fn: () => unknown, message: string]>([
    ["a plain function", function plain() {}, "function plain returned undefined"],
    ["an async function", async function later() {}, "function later returned Promise"],
    ["an arrow function", () => [1], "function (anonymous) returned Array"],
  ])("made of %s says so when it is called", (_, fn, message) => {
    const make = coroutine(wrong(fn)) as () => unknown

    expect(() => make()).toThrow(new TypeError(`coroutine() expects a generator function: ${message}`))
  })
})

describe("isCoroutine(), isCoroutineFunction() and isAwaitable()", () => {
  function* generator() {}
  const fn = coroutine(generator as () => CoroutineGenerator<void>)

  test.each<[what: string, make: () => unknown, answers: [boolean, boolean, boolean]]>([
    ["a coroutine", () => fn(), [true, false, true]],
    ["sleep()", () => sleep(1), [true, false, true]],
    ["until()", () => until(Promise.resolve()), [true, false, true]],
    ["a generator object", () => generator(), [true, false, true]],
    ["a future", () => new TestEventLoop().createFuture(), [false, false, true]],
    ["an object with an iterator", () => give(1), [false, false, true]],
    ["a coroutine function", () => fn, [false, true, false]],
    ["a generator function", () => generator, [false, true, false]],
    ["a function", () => () => {}, [false, false, false]],
    ["an async function", () => async () => {}, [false, false, false]],
    ["a promise", () => Promise.resolve(), [false, false, false]],
    ["an array", () => [], [false, false, false]],
    ["a map", () => new Map(), [false, false, false]],
    ["a set", () => new Set(), [false, false, false]],
    ["bytes", () => new Uint8Array(), [false, false, false]],
    ["a string", () => "text", [false, false, false]],
    ["null", () => null, [false, false, false]],
    ["undefined", () => undefined, [false, false, false]],
    ["an async generator", () => (async function* () {})(), [false, false, false]],
  ])("know %s", (_, make, answers) => {
    const value = make()
    expect([isCoroutine(value), isCoroutineFunction(value), isAwaitable(value)]).toEqual(answers)
    if (value instanceof Coroutine) value.close()
  })
})

describe("by hand, a coroutine", () => {
  test("is resumed by send(), and ends with StopIteration", () => {
    const log: unknown[] = []
    const it = coroutine(function* main(): CoroutineGenerator<number> {
      log.push(yield* give("first"), yield* give("second"))
      return 23
    })()
    log.push(it.send(undefined), it.send("a"))
    const end = thrown(() => it.send("b")) as StopIteration

    expect(log).toEqual(["first", "second", "a", "b"])
    expect([end instanceof StopIteration, end.value, it.state]).toEqual([true, 23, "closed"])
  })

  test("is resumed at its innermost await", () => {
    const inner = coroutine(function* inner() {
      return [yield* give("inner")]
    })
    const outer = coroutine(function* outer() {
      return [yield* inner(), yield* give("outer")]
    })
    const it = outer()
    const log = [it.send(undefined), it.awaiting?.name, it.send(1), it.awaiting]

    expect(log).toEqual(["inner", "inner", "outer", undefined])
    expect((thrown(() => it.send(2)) as StopIteration).value).toEqual([[1], 2])
  })

  test("takes no value before it has started", () => {
    const it = coroutine(function* main(): CoroutineGenerator<void> {})()

    expect(() => it.send(1)).toThrow(
      new TypeError(
        "can't send non-None value to a just-started coroutine: nothing waits for 1 yet, send undefined first",
      ),
    )
    expect(it.state).toBe("created")
    it.close()
  })

  test("cannot be used again when it has ended, in whatever way", async () => {
    const make = coroutine(function* main(): CoroutineGenerator<void> {
      yield* give(1)
    })
    const returned = make()
    returned.send(undefined)
    expect(() => returned.send(undefined)).toThrow(StopIteration)
    const closed = make()
    closed.close()
    const failed = make()
    expect(() => failed.throw(new ValueError("early"))).toThrow("early")

    for (const it of [returned, closed, failed]) {
      expect(() => it.send(undefined)).toThrow(new RuntimeError(reused("main")))
      expect(() => it.throw(new ValueError())).toThrow(new RuntimeError(reused("main")))
      expect(() => it[Symbol.iterator]().next()).toThrow(new RuntimeError(reused("main")))
      await expect(run(it)).rejects.toThrow(new RuntimeError(reused("main")))
      expect(it.close()).toBeUndefined()
    }
  })

  test("can catch what throw() throws in, at its innermost await", () => {
    const inner = coroutine(function* inner() {
      try {
        yield* give("waiting")
      } catch (error) {
        return `recovered from ${error}`
      }
      return "resumed"
    })
    const it = coroutine(function* outer() {
      return yield* inner()
    })()
    it.send(undefined)
    const end = thrown(() => it.throw(new ValueError("v"))) as StopIteration

    expect(end.value).toBe("recovered from ValueError: v")
  })

  test("passes on what it does not catch, through every coroutine that awaits", () => {
    const log: string[] = []
    const level = (name: string, next?: () => Coroutine<void>) =>
      coroutine(function* (): CoroutineGenerator<void> {
        try {
          if (next === undefined) yield* give("waiting")
          else yield* next()
        } finally {
          log.push(name)
        }
      })
    const it = level("a", level("b", level("c")))()
    it.send(undefined)

    expect(() => it.throw(new ValueError("v"))).toThrow("v")
    expect(log).toEqual(["c", "b", "a"])
  })

  test("runs none of its code if throw() comes first", () => {
    const log: string[] = []
    const it = coroutine(function* main(): CoroutineGenerator<void> {
      try {
        log.push("ran")
      } finally {
        log.push("finally")
      }
    })()

    expect(() => it.throw(new ValueError("early"))).toThrow("early")
    expect([log, it.state]).toEqual([[], "closed"])
  })

  test("turns a StopIteration that it throws into a RuntimeError", () => {
    const it = coroutine(function* main(): CoroutineGenerator<void> {
      throw new StopIteration(1)
    })()
    const error = thrown(() => it.send(undefined)) as Error

    expect(error).toEqual(new RuntimeError("coroutine raised StopIteration: end a coroutine with return"))
    expect(error.cause).toBeInstanceOf(StopIteration)
  })

  test("is running while it runs, and suspended while it waits", () => {
    const states: string[] = []
    const it: Coroutine<void> = coroutine(function* main(): CoroutineGenerator<void> {
      states.push(it.state)
      yield* give(1)
    })()
    states.push(it.state)
    it.send(undefined)
    states.push(it.state)
    it.close()

    expect([...states, it.state]).toEqual(["created", "running", "suspended", "closed"])
  })

  test("cannot be resumed by itself", () => {
    const it: Coroutine<void> = coroutine(function* main(): CoroutineGenerator<void> {
      it.send(undefined)
    })()

    expect(() => it.send(undefined)).toThrow()
    expect(it.state).toBe("closed")
  })
})

describe("close()", () => {
  test("runs the finally blocks, the innermost first, and gives what the outermost returns", () => {
    const log: string[] = []
    const inner = coroutine(function* inner(): CoroutineGenerator<string> {
      try {
        yield* give("waiting")
      } finally {
        log.push("inner")
      }
      return "never"
    })
    const it = coroutine(function* outer(): CoroutineGenerator<string> {
      try {
        return yield* inner()
      } finally {
        log.push("outer")
        // biome-ignore lint/correctness/noUnsafeFinally: what close() gives.
        return "closed"
      }
    })()
    it.send(undefined)

    expect([it.close(), it.state, log, it.close()]).toEqual(["closed", "closed", ["inner", "outer"], undefined])
  })

  test("is not seen by catch", () => {
    const log: string[] = []
    const it = coroutine(function* main(): CoroutineGenerator<void> {
      try {
        yield* give("waiting")
      } catch {
        log.push("catch")
      } finally {
        log.push("finally")
      }
    })()
    it.send(undefined)
    it.close()

    expect(log).toEqual(["finally"])
  })

  test("fails for a coroutine that goes on waiting", () => {
    const it = coroutine(function* stubborn(): CoroutineGenerator<void> {
      try {
        yield* give("waiting")
      } finally {
        yield* give("still waiting")
      }
    })()
    it.send(undefined)

    expect(() => it.close()).toThrow(
      /^coroutine ignored GeneratorExit: .* waits inside finally while it is being closed$/,
    )
  })

  test("throws what a finally block throws, and the coroutines around may handle it", () => {
    const inner = coroutine(function* inner(): CoroutineGenerator<void> {
      try {
        yield* give("waiting")
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: a clean-up that fails.
        throw new ValueError("clean-up")
      }
    })
    const through = coroutine(function* through(): CoroutineGenerator<void> {
      yield* inner()
    })()
    const handling = coroutine(function* handling(): CoroutineGenerator<string> {
      try {
        yield* inner()
      } catch (error) {
        return String(error)
      }
      return "no error"
    })()
    for (const it of [through, handling]) it.send(undefined)

    expect(() => through.close()).toThrow("clean-up")
    expect([handling.close(), through.state, handling.state]).toEqual(["ValueError: clean-up", "closed", "closed"])
  })

  test("of a coroutine that another one awaits is refused", () => {
    const inner = coroutine(function* inner(): CoroutineGenerator<void> {
      yield* give("waiting")
    })()
    const outer = coroutine(function* outer(): CoroutineGenerator<void> {
      yield* inner
    })()
    outer.send(undefined)

    expect(() => inner.close()).toThrow(awaitedAlready("inner"))
    outer.close()
  })
})

describe("a coroutine is awaited once", () => {
  const once = coroutine(function* once(): CoroutineGenerator<string> {
    yield* sleep(1)
    return "result"
  })

  test("and then it has ended", async () => {
    function* main() {
      const it = once()
      yield* it
      yield* it
    }

    await expect(run(main())).rejects.toThrow(new RuntimeError(reused("once")))
  })

  test("and not by two at a time", async () => {
    function* waiter(it: Coroutine<string>) {
      return yield* it
    }
    function* main() {
      const it = once()
      return yield* gather([waiter(it), waiter(it)], { returnExceptions: true })
    }

    expect(await run(main())).toEqual(["result", new RuntimeError(awaitedAlready("once"))])
  })

  test("and not at all once a task has it", async () => {
    function* main() {
      const it = once()
      const task = createTask(it)
      const errors: unknown[] = []
      for (const use of [
        () => it[Symbol.iterator]().next(),
        () => it.send(undefined),
        () => it.throw(new ValueError()),
      ]) {
        errors.push((thrown(use) as Error).message)
      }
      return [errors, yield* task]
    }

    expect(await run(main())).toEqual([Array(3).fill(awaitedAlready("once")), "result"])
  })

  test("and a second task for it fails, as in CPython", async () => {
    function* main() {
      const it = once()
      return yield* gather([createTask(it), createTask(it)], { returnExceptions: true })
    }

    expect(await run(main())).toEqual(["result", new RuntimeError(awaitedAlready("once"))])
  })

  test("and a second task for one generator fails as well, at once or later", async () => {
    function* generator() {
      yield* sleep(1)
      return "result"
    }
    function* main() {
      const it = generator()
      const results = yield* gather([createTask(it), createTask(it)], { returnExceptions: true })
      return [...results, yield* gather([createTask(it)], { returnExceptions: true })]
    }

    const refusal = new RuntimeError(
      "cannot reuse already awaited coroutine: this generator was given to a task before; call the generator " +
        "function again",
    )
    expect(await run(main())).toEqual(["result", refusal, [refusal]])
  })
})

describe("a chain of 100,000 coroutines", () => {
  const DEPTH = 100_000
  // A generator function with a name would hide the coroutine function of that name from its own body.
  type Chain<T> = (n: number) => Coroutine<T>

  test("gives a result back through all of them", async () => {
    const count: Chain<number> = coroutine(function* (n: number): CoroutineGenerator<number> {
      if (n === 0) {
        yield* sleep(1)
        return 0
      }
      return 1 + (yield* count(n - 1))
    })

    expect(await run(count(DEPTH))).toBe(DEPTH)
  })

  test("is resumed many times at its innermost", async () => {
    const spin: Chain<number> = coroutine(function* (n: number): CoroutineGenerator<number> {
      if (n > 0) return yield* spin(n - 1)
      let turns = 0
      while (turns < 1000) {
        yield* sleep(0)
        turns++
      }
      return turns
    })

    expect(await run(spin(DEPTH))).toBe(1000)
  })

  test("passes an error up, and each may handle it", async () => {
    let passed = 0
    const fail: Chain<string> = coroutine(function* (n: number): CoroutineGenerator<string> {
      if (n === 0) throw new ValueError("from below")
      try {
        return yield* fail(n - 1)
      } catch (error) {
        passed++
        if (n === DEPTH) return String(error)
        throw error
      }
    })

    expect([await run(fail(DEPTH)), passed]).toEqual(["ValueError: from below", DEPTH])
  })

  test("is cancelled from the innermost to the outermost", async () => {
    const order: number[] = []
    const wait: Chain<void> = coroutine(function* (n: number): CoroutineGenerator<void> {
      try {
        if (n === 0) yield* sleep(1000)
        else yield* wait(n - 1)
      } finally {
        order.push(n)
      }
    })
    function* main() {
      const task = createTask(wait(DEPTH))
      yield* sleep(1)
      task.cancel("deep")
      try {
        yield* task
      } catch (error) {
        return [error instanceof CancelledError, (error as Error).message, task.cancelled()]
      }
    }

    expect(await run(main())).toEqual([true, "deep", true])
    expect(order).toEqual(Array.from({ length: DEPTH + 1 }, (_, i) => i))
  })

  test("is closed from the innermost to the outermost", () => {
    const order: number[] = []
    const wait: Chain<void> = coroutine(function* (n: number): CoroutineGenerator<void> {
      try {
        if (n === 0) yield* give("waiting")
        else yield* wait(n - 1)
      } finally {
        order.push(n)
      }
    })
    const it = wait(DEPTH)
    it.send(undefined)
    it.close()

    expect(order).toEqual(Array.from({ length: DEPTH + 1 }, (_, i) => i))
  })
})

describe("coroutines and generators together", () => {
  test("await each other at any depth", async () => {
    const even: (n: number) => Coroutine<string> = coroutine(function* (n: number): CoroutineGenerator<string> {
      return n === 0 ? "bottom" : yield* odd(n - 1)
    })
    function* odd(n: number): CoroutineGenerator<string> {
      yield* sleep(0)
      return yield* even(n - 1)
    }

    expect(await run(even(100))).toBe("bottom")
  })

  test("an error passes through both kinds", async () => {
    const log: string[] = []
    const inner = coroutine(function* inner(): CoroutineGenerator<void> {
      yield* sleep(1)
      throw new ValueError("inner")
    })
    function* middle() {
      try {
        yield* inner()
      } finally {
        log.push("middle")
      }
    }
    const outer = coroutine(function* outer() {
      try {
        yield* middle()
      } catch (error) {
        log.push(String(error))
      }
    })
    await run(outer())

    expect(log).toEqual(["middle", "ValueError: inner"])
  })

  test("a generator that passes on by hand what another yields is a coroutine as well", async () => {
    const log: string[] = []
    const inner = coroutine(function* inner(fail: boolean): CoroutineGenerator<string> {
      yield* sleep(1)
      if (fail) throw new ValueError("inner")
      return "inner"
    })
    function* body(fail: boolean) {
      return `body got ${yield* inner(fail)}`
    }
    function* traced<T>(steps: CoroutineGenerator<T>): CoroutineGenerator<T> {
      let step = steps.next()
      for (;;) {
        if (step.done === true) return step.value
        log.push("step")
        try {
          const answer: unknown = yield step.value
          step = steps.next(answer)
        } catch (error) {
          step = steps.throw(error)
        }
      }
    }
    function* main() {
      log.push(yield* traced(body(false)))
      yield* traced(body(true))
    }

    await expect(run(main())).rejects.toThrow("inner")
    expect(log).toEqual(["step", "body got inner", "step"])
  })

  test("a generator can be driven by next() outside of any loop", () => {
    const log: unknown[] = []
    const inner = coroutine(function* inner(): CoroutineGenerator<unknown> {
      try {
        return yield* give("inner")
      } finally {
        log.push("inner ends")
      }
    })
    function* outer() {
      return ["outer", yield* inner()]
    }
    const [returned, failed, closed] = [outer(), outer(), outer()]
    for (const it of [returned, failed, closed]) log.push(it.next())

    log.push(
      returned.next("answer"),
      thrown(() => failed.throw(new ValueError("v"))),
      closed.return([]),
    )
    const waits = { done: false, value: "inner" }
    expect(log).toEqual([
      ...[waits, waits, waits],
      ...["inner ends", "inner ends", "inner ends"],
      { done: true, value: ["outer", "answer"] },
      new ValueError("v"),
      { done: true, value: [] },
    ])
  })

  test("a custom awaitable may yield often, and is told of errors", async () => {
    const log: string[] = []
    const turns = (count: number): Awaitable<string> => ({
      *[Symbol.iterator]() {
        try {
          for (let i = 0; i < count; i++) yield
          return `${count} turns`
        } finally {
          log.push("left")
        }
      },
    })
    function* main() {
      const loop = getRunningLoop() as TestEventLoop
      const before = loop.iterations
      log.push(yield* turns(3), `${loop.iterations - before}`)
      const task = createTask(waits())
      yield* sleep(0)
      task.cancel()
      yield* sleep(0)
    }
    function* waits() {
      yield* turns(1000)
    }
    await run(main())

    expect(log).toEqual(["left", "3 turns", "3", "left"])
  })

  test("a future can be handed on by a custom awaitable", async () => {
    class Door {
      readonly #opened: Future<string> = getRunningLoop().createFuture()
      open() {
        this.#opened.setResult("open")
      }
      [Symbol.iterator]() {
        return this.#opened[Symbol.iterator]()
      }
    }
    function* main() {
      const door = new Door()
      getRunningLoop().callLater(1, () => door.open())
      return [yield* door, yield* door, yield* createTask(through(door))]
    }
    function* through(door: Door) {
      return yield* door
    }

    expect(await run(main())).toEqual(["open", "open", "open"])
  })
})

describe("awaited by native code, a coroutine", () => {
  const answer = coroutine(function* answer(n: number): CoroutineGenerator<number> {
    yield* sleep(1)
    if (n < 0) throw new ValueError("negative")
    return 2 * n
  })

  test("starts as a task of the running loop, once", async () => {
    function* main() {
      const it = answer(21)
      return yield* until(
        Promise.all([it, it.then((n) => n + 1), answer(1).finally(() => {}), answer(-1).catch(String)]),
      )
    }

    expect(await run(main())).toEqual([42, 43, 2, "ValueError: negative"])
  })

  test("rejects if no loop runs", async () => {
    const it = answer(1)
    await expect(it.then()).rejects.toThrow(
      "no running event loop: call await() inside a coroutine or loop callback, or start a loop with run(main())",
    )
    it.close()
  })
})

describe("a coroutine that is never awaited", () => {
  const lost = coroutine(function* lost(): CoroutineGenerator<void> {})
  const warning = "RuntimeWarning: coroutine 'lost' was never awaited"

  test("is reported once for each, however many there are", async () => {
    function* main(): CoroutineGenerator<void> {
      for (let i = 0; i < 1000; i++) lost()
    }
    await run(main())

    expect(reports).toEqual(Array(1000).fill(warning))
  })

  test("is not reported if it is awaited at last", async () => {
    function* main() {
      const all = Array.from({ length: 1000 }, () => lost())
      for (let i = 0; i < 10; i++) yield* sleep(1)
      for (const it of all) yield* it
    }
    await run(main())

    expect(reports).toEqual([])
  })

  test("is reported for the library's own as well", async () => {
    function* main(): CoroutineGenerator<void> {
      sleep(1)
      until(Promise.resolve())
    }
    await run(main())

    expect(reports).toEqual([
      "RuntimeWarning: coroutine 'sleep' was never awaited",
      "RuntimeWarning: coroutine 'until' was never awaited",
    ])
  })

  test("is not reported if a task has it that was cancelled before it began", async () => {
    function* main() {
      createTask(lost()).cancel()
      yield* sleep(0)
    }
    await run(main())

    expect(reports).toEqual([])
  })

  test("is not reported if somebody sent to it, threw into it, closed it, or awaited it natively", async () => {
    function* main() {
      const [sent, thrownInto, closed, native] = [lost(), lost(), lost(), lost()]
      expect(() => sent.send(undefined)).toThrow(StopIteration)
      expect(() => thrownInto.throw(new ValueError("v"))).toThrow("v")
      closed.close()
      yield* until(native)
    }
    await run(main())

    expect(reports).toEqual([])
  })
})
