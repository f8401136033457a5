// Twins of the probes Y: the coroutine protocol. The Python programs and what CPython printed are in probes/.
import * as asyncio from "asyncio-web"
import {
  anext,
  asyncFor,
  asyncWith,
  BREAK,
  coroutine,
  createTask,
  type StopIteration,
  sleep,
  ValueError,
} from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { expect, test } from "vitest"
import { probe, recorded, repr, wrong } from "../support/probe.js"

const run = TestEventLoop.run

test("Y01 send drives a coroutine by hand: the tutorial's Rock", () => {
  const { print, printed } = probe()
  class Rock {
    *[Symbol.iterator](): asyncio.CoroutineGenerator<unknown> {
      const valueSentIn = yield wrong(7)
      print(`Rock.__await__ resuming with value: ${valueSentIn}.`)
      return valueSentIn
    }
  }
  const main = coroutine(function* main() {
    print("Beginning coroutine main().")
    const rock = new Rock()
    print("Awaiting rock...")
    const value = yield* rock
    print(`Coroutine received value: ${value} from rock.`)
    return 23
  })
  let c = main()
  print(`Coroutine paused and returned intermediate value: ${c.send(undefined)}.`)
  print("Resuming coroutine and sending in value: 42.")
  try {
    c.send(42)
  } catch (error) {
    print(`Coroutine main() finished and provided value: ${(error as StopIteration).value}.`)
  }
  const tell = (fn: () => unknown) => {
    try {
      fn()
    } catch (error) {
      print(error)
    }
  }
  tell(() => c.send(undefined))
  c = main()
  tell(() => c.send(1))
  c.close()
  tell(() => c.send(undefined))

  expect(printed).toEqual(
    recorded("Y01", {
      hints: {
        "cannot reuse already awaited coroutine":
          ": <coroutine object main> has ended; call the coroutine function again",
        "can't send non-None value to a just-started coroutine": ": nothing waits for 1 yet, send undefined first",
      },
    }),
  )
})

const lines = recorded("Y02")

/** Yields "y" for ever; a KeyError it makes a result. */
const answering = (print: (...values: unknown[]) => void) => ({
  *[Symbol.iterator](): asyncio.CoroutineGenerator<string> {
    for (;;) {
      try {
        yield wrong("y")
      } catch (error) {
        if (!(error instanceof asyncio.KeyError)) throw error
        print("caught inside __await__", repr(error))
        return "recovered"
      } finally {
        print("finally")
      }
    }
  },
})
const c = coroutine(function* c(awaitable: asyncio.Awaitable<string>) {
  return yield* awaitable
})

test("Y02 throw goes to the innermost awaitable, which may recover", () => {
  const { print, printed } = probe()
  const x = c(answering(print))
  x.send(undefined)
  try {
    x.throw(new asyncio.KeyError("k"))
  } catch (error) {
    print("->", (error as StopIteration).value)
  }

  expect(printed).toEqual(lines.slice(0, 3))
})

test("Y02 what the awaitable does not catch comes out of throw", () => {
  const { print, printed } = probe()
  const x = c(answering(print))
  x.send(undefined)
  try {
    x.throw(new ValueError("v"))
  } catch (error) {
    print("propagated", error)
  }

  expect(printed).toEqual(lines.slice(3, 5))
})

test("Y02 close runs the finally blocks and leaves no frame", () => {
  const { print, printed } = probe()
  const x = c(answering(print))
  x.send(undefined)
  print("close ->", x.close(), x.state)

  // Differs from CPython: a frame cannot be had; the state says it.
  expect(printed).toEqual([lines[5], lines[6]?.replace(/None$/, "closed")])
})

test("Y02 throw into a coroutine that has not started ends it", () => {
  const { print, printed } = probe()
  const x = c(answering(print))
  try {
    x.throw(new ValueError("before start"))
  } catch (error) {
    print(error)
  }

  expect([...printed, x.state]).toEqual([lines[7], "closed"])
})

test("Y02 a coroutine that suspends again while it is being closed is an error", () => {
  const { print, printed } = probe()
  const stubborn = coroutine(function* stubborn() {
    try {
      yield* answering(print)
    } finally {
      print("ignoring GeneratorExit")
      yield* answering(print)
    }
  })
  const x = stubborn()
  x.send(undefined)
  try {
    x.close()
  } catch (error) {
    print(error)
  }

  // Differs from CPython: no `catch` sees a GeneratorExit; `finally` is where a coroutine learns that it is closed. And
  // what is suspended there is not closed a second time: it has no other `finally` to print.
  expect(printed).toEqual([...lines.slice(8, 10), `${lines[10]}: it waits inside finally while it is being closed`])
})

test("Y02 close gives what the coroutine returns meanwhile", () => {
  const { print, printed } = probe()
  const ret = coroutine(function* ret() {
    try {
      yield* answering(print)
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: only so can a generator return something while it is closed.
      return "r"
    }
  })
  const x = ret()
  x.send(undefined)
  print("close() return value (generators 3.13+ return it; coroutines?)", x.close())

  expect(printed).toEqual(lines.slice(12, 14))
})

test("Y02 a plain iterator may stand for an awaitable, and takes no values", () => {
  const { print, printed } = probe()
  const d = coroutine(function* d() {
    return yield* [7] as unknown as asyncio.Awaitable<unknown>
  })
  const sent: unknown[] = []
  for (const value of [42, undefined]) {
    const x = d()
    print(x.send(undefined))
    try {
      x.send(value)
    } catch (error) {
      sent.push((error as StopIteration).value)
    }
  }
  print("send(None) into a plain iterator works ->", sent[1])

  // Differs from CPython: an iterator of JavaScript ignores what it is sent, and 42 is no AttributeError.
  expect([...printed, ...sent]).toEqual([lines[14], lines[14], lines[16], undefined, undefined])
})

test("Y02 a coroutine that is being awaited cannot be awaited by another one", () => {
  const { print, printed } = probe()
  const two = coroutine(function* two(k: asyncio.Coroutine<string>) {
    yield* k
  })
  const k = c(answering(print))
  const t1 = two(k)
  t1.send(undefined)
  const t2 = two(k)
  try {
    t2.send(undefined)
  } catch (error) {
    print(error)
  }
  t1.close()

  const hint = ": <coroutine object c>; to wait for it in several places, make a task of it with createTask()"
  expect(printed).toEqual([`${lines[17]}${hint}`, lines[18]])
})

test("Y03 async for and async with: items, else, break, exit, suppression, and what they refuse", async () => {
  const { p, printed } = probe()
  class It {
    #i = 0
    constructor(readonly n: number) {}
    [Symbol.asyncIterator]() {
      return this
    }
    *next(): asyncio.CoroutineGenerator<IteratorResult<number, undefined>> {
      if (this.#i >= this.n) return { done: true, value: undefined }
      this.#i++
      yield* sleep(0)
      return { done: false, value: this.#i }
    }
  }
  class Cm {
    constructor(readonly suppresses: boolean) {}
    *aenter() {
      p("enter")
      return "as-value"
    }
    *aexit(error?: unknown) {
      yield* sleep(0)
      p("exit", (error as Error | undefined)?.name, repr(error), error !== undefined)
      return this.suppresses
    }
  }
  function* early(): asyncio.CoroutineGenerator<unknown> {
    return yield* asyncWith(new Cm(false), () => "returned through aexit")
  }
  function* t() {
    yield* asyncWith(new Cm(true), () => sleep(10))
    return "CancelledError suppressed by __aexit__ returning True"
  }
  function* main() {
    if (yield* asyncFor(new It(2), (x) => p(x))) p("else after exhaustion")
    if (yield* asyncFor(new It(2), () => BREAK)) p("NEVER")
    const list: number[] = []
    yield* asyncFor(new It(3), (x) => void (x !== 2 && list.push(x)))
    const dict: string[] = []
    yield* asyncFor(new It(1), (x) => void dict.push(`${x}: ${x}`))
    p(list, `{${dict}}`)
    const it = asyncio.aiter(new It(1))
    p(yield* anext(it), yield* anext(it, "default"))
    yield* asyncWith(new Cm(false), (v) => p(v))
    yield* asyncWith(new Cm(true), () => {
      throw new ValueError("suppressed")
    })
    try {
      yield* asyncWith(new Cm(false), () => {
        throw new ValueError("not suppressed")
      })
    } catch (error) {
      p(error)
    }
    p(yield* early())
    yield* asyncWith(new Cm(false), () => asyncWith(new Cm(false), () => p("two managers")))
    for (const bad of [[1], 5]) {
      try {
        yield* asyncFor(wrong(bad), () => {})
      } catch (error) {
        p(error)
      }
    }
    try {
      yield* asyncWith(wrong(5), () => {})
    } catch (error) {
      p(error)
    }
    const k = createTask(t())
    yield* sleep(0)
    k.cancel()
    p(yield* k, k.cancelled(), k.cancelling())
  }
  await run(main())

  expect(printed).toEqual(
    recorded("Y03", {
      spelling: {
        __aiter__: "[Symbol.asyncIterator]()",
        "got list": "got Array [1]",
        "got int": "got number 5",
        "'int'": "'number'",
        // Differs from CPython: a manager may be a disposable of the platform as well; the message names both.
        " (missed __aexit__ metho":
          ": it has neither aenter() and aexit() nor [Symbol.asyncDispose]() or [Symbol.dispose](), got 5",
      },
    }),
  )
})
