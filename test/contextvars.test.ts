import {
  Context,
  ContextVar,
  type CoroutineGenerator,
  copyContext,
  createTask,
  gather,
  getRunningLoop,
  sleep,
  Token,
  until,
  ValueError,
} from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { describe, expect, test } from "vitest"

const run = TestEventLoop.run

describe("a variable", () => {
  test("may have undefined as its value, its default, and its fallback", () => {
    new Context().run(() => {
      const v = new ContextVar<number | undefined>("v", { default: undefined })
      expect(v.get()).toBeUndefined()
      v.set(1)
      v.set(undefined)
      expect(copyContext().has(v)).toBe(true)
      expect(new ContextVar<number>("w").get(undefined)).toBeUndefined()
    })
  })

  test("gives the value before to the token, whatever it was", () => {
    new Context().run(() => {
      const v = new ContextVar<unknown>("v", { default: "default" })
      expect([v.set(undefined), v.set(null), v.set(0)].map((token) => token.oldValue)).toEqual([
        Token.MISSING,
        undefined,
        null,
      ])
    })
  })

  test("has no value again after reset() of the first token", () => {
    new Context().run(() => {
      const v = new ContextVar<number>("v")
      const token = v.set(1)
      v.reset(token)
      expect(copyContext().has(v)).toBe(false)
    })
  })

  test("two variables of one name are two", () => {
    new Context().run(() => {
      const a = new ContextVar<number>("v")
      const b = new ContextVar<number>("v")
      a.set(1)
      b.set(2)
      expect([a.get(), b.get()]).toEqual([1, 2])
    })
  })

  test("set in a `using` block has its old value afterwards", () => {
    new Context().run(() => {
      const v = new ContextVar("v", { default: "before" })
      const token = v.set("inside")
      ;(token as Token<string> & Disposable)[Symbol.dispose]()
      expect(v.get()).toBe("before")
    })
  })
})

describe("a context", () => {
  const v = new ContextVar<string>("v", { default: "default" })

  test("keeps what was set in it, and the one around is as it was", () => {
    const context = new Context()
    expect(context.run(() => v.set("inside").var.get())).toBe("inside")
    expect([v.get(), context.run(() => v.get())]).toEqual(["default", "inside"])
  })

  test("passes arguments, results and errors through", () => {
    const context = new Context()
    expect(context.run((a: number, b: number) => a + b, 1, 2)).toBe(3)
    expect(() =>
      context.run(() => {
        v.set("kept")
        throw new ValueError("inside")
      }),
    ).toThrow("inside")
    expect([v.get(), context.at(v)]).toEqual(["default", "kept"])
  })

  test("cannot be entered while it is entered, not even from another one", () => {
    const a = new Context()
    const b = new Context()
    const text = "cannot enter context: it is already entered. Run in context.copy() instead"
    expect(() => a.run(() => b.run(() => a.run(() => {})))).toThrow(text)
    // Left again, it can.
    expect(a.run(() => "again")).toBe("again")
  })

  test("cannot be entered by the task that runs in it", async () => {
    function* main(): CoroutineGenerator<string> {
      const context = copyContext()
      const task = createTask(inside(context), { context })
      return yield* task
    }
    function* inside(context: Context): CoroutineGenerator<string> {
      try {
        return context.run(() => "entered")
      } catch (error) {
        return (error as Error).name
      }
    }

    expect(await run(main())).toBe("RuntimeError")
  })

  test("and its copy change on their own", () => {
    const a = new Context()
    a.run(() => v.set("a"))
    const b = a.copy()
    b.run(() => v.set("b"))
    a.run(() => v.set("a2"))
    expect([a.at(v), b.at(v)]).toEqual(["a2", "b"])
  })

  test("lists its variables in the order in which they got a value", () => {
    const w = new ContextVar<number>("w")
    const context = new Context()
    context.run(() => {
      w.set(1)
      v.set("x")
      w.set(2)
    })
    expect([[...context], [...context.keys()], [...context.values()], [...context.entries()], context.size]).toEqual([
      [w, v],
      [w, v],
      [2, "x"],
      [
        [w, 2],
        [v, "x"],
      ],
      2,
    ])
  })
})

describe("in a loop", () => {
  test("each callback has its own copy, and what one sets no other sees", async () => {
    const v = new ContextVar("v", { default: 0 })
    const seen: number[] = []
    function* main() {
      const loop = getRunningLoop()
      v.set(1)
      for (let i = 0; i < 3; i++) {
        loop.callSoon(() => {
          seen.push(v.get())
          v.set(100 + i)
          seen.push(v.get())
        })
      }
      yield* sleep(0)
      seen.push(v.get())
    }
    await run(main())

    expect(seen).toEqual([1, 100, 1, 101, 1, 102, 1])
  })

  test("callbacks that are given one context share it", async () => {
    const v = new ContextVar("v", { default: 0 })
    const seen: number[] = []
    function* main() {
      const loop = getRunningLoop()
      const context = copyContext()
      const add = () => seen.push(v.set(v.get() + 1).var.get())
      loop.callSoonWith({ context }, add)
      loop.callAtWith({ context }, loop.time(), add)
      const future = loop.createFuture<void>()
      future.addDoneCallback(add, { context })
      future.setResult()
      yield* sleep(1)
      seen.push(v.get())
    }
    await run(main())

    expect(seen).toEqual([1, 2, 3, 0])
  })

  test("a handle tells its context, before and after it ran", async () => {
    const v = new ContextVar("v", { default: "" })
    const seen: unknown[] = []
    function* main() {
      v.set("main")
      const handle = getRunningLoop().callSoon(() => v.set("callback"))
      seen.push(handle.getContext().at(v))
      yield* sleep(0)
      seen.push(handle.getContext().at(v), v.get())
    }
    await run(main())

    expect(seen).toEqual(["main", "callback", "main"])
  })

  test("tasks that run in turn each keep their values", async () => {
    const v = new ContextVar<string>("v")
    function* worker(name: string) {
      v.set(name)
      const seen: string[] = []
      for (let i = 0; i < 3; i++) {
        yield* sleep(0)
        seen.push(v.get())
      }
      return seen.join("")
    }
    function* main() {
      return yield* gather(worker("a"), worker("b"), worker("c"))
    }

    expect(await run(main())).toEqual(["aaa", "bbb", "ccc"])
  })

  test("a token of one task cannot be used in another", async () => {
    const v = new ContextVar("v", { default: "" })
    function* main() {
      const token = v.set("main")
      function* other(): CoroutineGenerator<void> {
        v.reset(token)
      }
      yield* createTask(other())
    }

    await expect(run(main())).rejects.toThrow("was created in a different Context")
  })

  test("a token can be used by the task itself, after any number of turns", async () => {
    const v = new ContextVar("v", { default: "default" })
    function* main() {
      const token = v.set("main")
      yield* sleep(1)
      v.reset(token)
      return v.get()
    }

    expect(await run(main())).toBe("default")
  })

  test("the code around sees nothing of what ran, though it failed", async () => {
    const v = new ContextVar("v", { default: "outside" })
    function* main(): CoroutineGenerator<void> {
      v.set("inside")
      yield* sleep(0)
      throw new ValueError("main")
    }
    await expect(run(main())).rejects.toThrow("main")

    expect(v.get()).toBe("outside")
  })

  test("code after a native await sees the values outside of all tasks", async () => {
    const v = new ContextVar("v", { default: "outside" })
    const seen: string[] = []
    async function native() {
      seen.push(v.get())
      await null
      seen.push(v.get())
    }
    function* main() {
      v.set("task")
      yield* until(native())
      seen.push(v.get())
    }
    await run(main())

    expect(seen).toEqual(["task", "outside", "task"])
  })
})
