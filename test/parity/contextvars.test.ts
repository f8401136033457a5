// Twins of the probes Q: context variables. The Python programs and what CPython printed are in probes/.
import {
  anext,
  Context,
  ContextVar,
  copyContext,
  coroutine,
  createTask,
  getRunningLoop,
  sleep,
  Token,
} from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { expect, test } from "vitest"
import { probe, recorded } from "../support/probe.js"

const run = TestEventLoop.run

test("Q01 a task copies the context when it is made, a callback when it is scheduled or added", async () => {
  const { p, printed } = probe()
  const v = new ContextVar("v", { default: "d" })
  const child = coroutine(function* child(n: string) {
    const before = v.get()
    v.set(n)
    return before
  })
  function* main() {
    const loop = getRunningLoop()
    v.set("m1")
    const t = createTask(child("t"))
    loop.callSoon(() => p("call_soon saw", v.get()))
    loop.callLater(0, () => {
      p("call_later saw", v.get())
      v.set("leak?")
    })
    const f = loop.createFuture<number>()
    f.addDoneCallback(() => p("cb saw", v.get()))
    v.set("m2")
    f.setResult(0)
    p("task saw", yield* t, "| main still", v.get())
    p("await coro saw", yield* child("coro"), "| leaked into main:", v.get())
    yield* sleep(0)
    p(v.get())
    const c = copyContext()
    const a = createTask(child("A"), { context: c })
    const b = createTask(child("B"), { context: c })
    p("shared context:", yield* a, yield* b, c.at(v), a.getContext() === c)
  }
  await run(main())

  expect(printed).toEqual(recorded("Q01"))
})

test("Q02 contexts, variables and tokens, and what they refuse", () => {
  const { print, printed } = probe()
  // In a context of its own: what a test sets would stay in the realm's.
  new Context().run(() => {
    const v = new ContextVar<string>("v")
    const w = new ContextVar<number | string>("w", { default: 1 })
    const tell = (fn: () => unknown, ...show: unknown[]) => {
      try {
        fn()
      } catch (error) {
        print(...(show.length > 0 ? show : [error]), ...(show.length > 0 ? [error] : []))
      }
    }
    try {
      v.get()
    } catch (error) {
      print((error as Error).name, v.get("arg"), w.get(), w.get("arg beats default"))
    }
    const t = v.set("a")
    print(t.var === v, t.oldValue === Token.MISSING)
    const t2 = v.set("b")
    print(t2.oldValue)
    v.reset(t2)
    print(v.get())
    tell(() => v.reset(t2))
    tell(() => w.reset(t as never))
    const c = copyContext()
    tell(() => c.run(() => v.reset(t)))
    tell(() => c.run(() => c.run(print)))
    const inside = c.run(() => {
      v.set("in c")
      return v.get()
    })
    const same = c.copy()
    print(
      inside,
      v.get(),
      c.at(v),
      c.has(v),
      c.size,
      [...c.keys()].length === 1 && [...c][0] === v,
      c.get(w),
      c.get(w, 9),
      JSON.stringify([...same.entries()]) === JSON.stringify([...c.entries()]),
    )
    const token = v.set("scoped").enter()
    print(v.get(), token.constructor.name)
    token.exit()
    print(v.get())
    const e = new Context()
    print(
      e.size,
      e.run(() => w.get()),
    )
    tell(() => e.at(w))
  })

  const v = "<ContextVar name='v'>"
  const token = `<Token var=${v}>`
  expect(printed).toEqual(
    recorded("Q02", {
      spelling: {
        "<Token used  already been used once": `<Token used var=${v}> has already been used once: each token undoes one set()`,
        "ValueError created by a different ContextVar": `${token} was created by a different ContextVar: reset ${v} with it`,
        "ValueError created in a different Context": `${token} was created in a different Context: reset in the task or callback that called set()`,
        "KeyError: default is not in the context":
          "<ContextVar name='w'> has no value in this context: use get() or variable.set()",
      },
      hints: { "cannot enter context": ": it is already entered. Run in context.copy() instead" },
    }),
  )
})

test("Q03 an async iterator runs in the context of whoever iterates it", async () => {
  const { p, printed } = probe()
  const v = new ContextVar<unknown>("v", { default: 0 })
  // The generator of the probe, step by step: each next() is a coroutine, as those of asyncio's own iterators are.
  const gen = () => {
    let step = 0
    return {
      next: coroutine(function* next() {
        if (step++ === 1) v.set("set by gen")
        return { done: false, value: v.get() }
      }),
    }
  }
  type Gen = ReturnType<typeof gen>
  function* other(g: Gen) {
    v.set("other task")
    return yield* anext(g)
  }
  function* main() {
    const g = gen()
    v.set("iter1")
    p(yield* anext(g))
    v.set("iter2")
    p(yield* anext(g), v.get(), "<- leaks to the iterating task")
    p(yield* createTask(other(g)), v.get())
    p(yield* anext(g))
  }
  await run(main())

  expect(printed).toEqual(recorded("Q03"))
})
