// Twins of the probes G, and of those P that are about timeouts. The Python programs and their outputs are in probes/.
import * as asyncio from "asyncio-web"
import {
  asyncWith,
  CancelledError,
  createTask,
  currentTask,
  getRunningLoop,
  KeyError,
  sleep,
  TimeoutError,
} from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { expect, test } from "vitest"
import { args, probe, recorded, repr } from "../support/probe.js"

const run = TestEventLoop.run
const block = (seconds: number) => (getRunningLoop() as TestEventLoop).block(seconds)
const me = () => currentTask() as asyncio.Task<unknown>

test("G01 timeout: expiry, moving and removing the deadline, and what it refuses", async () => {
  const { p, printed } = probe()
  function* main() {
    const loop = getRunningLoop()
    let cm = asyncio.timeout(0.01)
    try {
      yield* asyncWith(cm, function* () {
        p("in", cm.expired(), ((cm.when() as number) - loop.time()).toFixed(2))
        yield* sleep(1)
      })
    } catch (error) {
      p("expired", cm.expired(), repr(error), repr((error as Error).cause), "cancelling", me().cancelling(), cm)
    }
    cm = asyncio.timeout(null)
    yield* asyncWith(cm, function* () {
      p(cm.when(), cm)
      cm.reschedule(loop.time() + 5)
      yield* sleep(0)
    })
    p(cm, cm.expired())
    for (const f of [() => cm.reschedule(1), () => asyncio.timeout(1).reschedule(1)]) {
      try {
        f()
      } catch (error) {
        p(error)
      }
    }
    try {
      yield* asyncWith(cm, () => {})
    } catch (error) {
      p(error)
    }
    cm = asyncio.timeout(5)
    try {
      yield* asyncWith(cm, function* () {
        cm.reschedule(loop.time() - 1)
        p("reschedule to the past does not interrupt synchronously")
        yield* sleep(0)
        p("NEVER?")
        yield* sleep(0)
      })
    } catch (error) {
      p((error as Error).name, cm.expired())
    }
    cm = asyncio.timeout(0.01)
    yield* asyncWith(cm, function* () {
      cm.reschedule(null)
      yield* sleep(0.02)
    })
    p("disabled by reschedule(None)", cm.expired())
    cm = asyncio.timeoutAt(loop.time() + 1)
    yield* asyncWith(cm, () => {})
    p("TimeoutError is", Object.getPrototypeOf(TimeoutError).name)
  }
  function* g() {
    const cm = asyncio.timeout(1)
    const loop = getRunningLoop()
    loop.callSoon(() => {
      try {
        cm.aenter().next()
      } catch (error) {
        p(repr(error))
      }
    })
    yield* sleep(0)
    yield* sleep(0)
  }
  await run(main())
  await run(g())

  expect(printed).toEqual(
    recorded("G01", {
      // Differs from CPython: a TimeoutError says how long it waited.
      spelling: {
        "TimeoutError()": "TimeoutError('timed out after 0.01 s')",
        "when=None": "when=null",
        "'Timeout should be used inside a task'": "'Timeout should be used inside a task: start one with createTask()'",
      },
      hints: {
        "Cannot change state of finished Timeout": ": make a new one",
        "Timeout has not been entered": ": use it with asyncWith()",
        "Timeout has already been entered": ": make a new one",
      },
    }),
  )
})

test("G02 nested timeouts: the inner expires, the outer, or both; a cancellation wins over both", async () => {
  const { p, printed } = probe()
  function* n(i: number, o: number) {
    const O = asyncio.timeout(o)
    const I = asyncio.timeout(i)
    try {
      yield* asyncWith(O, function* () {
        try {
          yield* asyncWith(I, () => sleep(1))
        } catch (error) {
          if (!(error instanceof TimeoutError)) throw error
          p("inner TimeoutError", I.expired(), O.expired())
          yield* sleep(0.05)
          p("after inner")
        }
      })
    } catch {
      p("outer TimeoutError", "inner", I.expired(), "outer", O.expired())
    }
  }
  function* ext() {
    const cm = asyncio.timeout(0.01)
    try {
      yield* asyncWith(cm, () => sleep(1))
    } catch (error) {
      if (error instanceof TimeoutError) p("TimeoutError")
      else {
        p("CancelledError wins", args(error), cm.expired(), "cancelling", me().cancelling())
        throw error
      }
    }
  }
  function* main() {
    yield* n(0.01, 0.5)
    p("--")
    yield* n(0.5, 0.01)
    p("--")
    yield* n(0.01, 0.01)
    p("-- external + timeout in one tick")
    const x = createTask(ext())
    yield* sleep(0)
    block(0.02)
    getRunningLoop().callSoon(() => x.cancel("ext"))
    yield* asyncio.wait([x])
    p(x.cancelled())
    const y = createTask(ext())
    yield* sleep(0)
    y.cancel("ext first")
    block(0.02)
    yield* asyncio.wait([y])
    p(y.cancelled())
  }
  await run(main())

  expect(printed).toEqual(recorded("G02"))
})

test("G03 timeout of zero or less: the body runs to its first suspension; without any it never times out", async () => {
  const { p, printed } = probe()
  function* main() {
    for (const d of [0, -1]) {
      try {
        yield* asyncWith(asyncio.timeout(d), function* () {
          p("body starts")
          yield* sleep(0)
          p("NEVER (sleep(0) is interrupted?)")
          yield* sleep(0)
        })
      } catch (error) {
        p((error as Error).name, d)
      }
    }
    let cm = asyncio.timeout(0)
    yield* asyncWith(cm, () => p("no await at all"))
    p("no error, expired", cm.expired())
    yield* sleep(0)
    p("handle was cancelled, still alive")
    cm = asyncio.timeout(0.01)
    yield* asyncWith(cm, () => block(0.02))
    p("blocking body past the deadline: no error", cm.expired())
  }
  await run(main())

  expect(printed).toEqual(recorded("G03"))
})

test("G04 a body that swallows the cancellation is not timed out; what else it throws goes on", async () => {
  const { p, printed } = probe()
  function* main() {
    const cm = asyncio.timeout(0.01)
    yield* asyncWith(cm, function* () {
      try {
        yield* sleep(1)
      } catch {
        p("swallowed, cancelling", me().cancelling())
      }
    })
    p("expired", cm.expired(), "cancelling", me().cancelling())
    yield* sleep(0)
    p("alive")
    try {
      yield* asyncWith(asyncio.timeout(0.01), function* () {
        try {
          yield* sleep(1)
        } catch {
          throw new KeyError("k")
        }
      })
    } catch (error) {
      const { cause } = error as Error
      p(repr(error), repr(cause), repr((cause as Error).cause))
    }
  }
  await run(main())

  // Differs from CPython: JavaScript knows no __context__. The TimeoutError is the error's `cause`; the CancelledError
  // that the body replaced is not known.
  expect(printed).toEqual(
    recorded("G04", { spelling: { "TimeoutError() CancelledError()": "TimeoutError('timed out after 0.01 s') None" } }),
  )
})

test("G05 a cancellation that was pending when timeout(0) was entered wins", async () => {
  const { p, printed } = probe()
  function* t() {
    me().cancel("real cancel")
    try {
      yield* asyncWith(asyncio.timeout(0), () => sleep(0))
    } catch (error) {
      p((error as Error).name, "cancelling", me().cancelling())
      throw error
    }
  }
  function* main() {
    const x = createTask(t())
    yield* asyncio.wait([x])
    p(x.cancelled())
  }
  await run(main())

  // Differs from CPython: there the real request is reported as a TimeoutError and the task goes on (its issue 134471).
  expect(recorded("G05")[0]).toBe("[3] TimeoutError (the real cancel is masked); cancelling 1")
  expect(printed).toEqual(["[3] CancelledError cancelling 1", "[5] True"])
})

test("P04 a heartbeat moves the deadline, inside of other deadlines as well", async () => {
  const { p, print, printed } = probe()
  const at = (seconds: number | null) => {
    const text = (seconds as number).toFixed(3).replace(/0+$/, "")
    return text.endsWith(".") ? `${text}0` : text
  }
  function* main() {
    const loop = getRunningLoop()
    const t = asyncio.timeout(1)
    try {
      yield* asyncWith(t, function* () {
        for (let i = 0; i < 4; i++) {
          yield* sleep(0.75 + i / 8)
          t.reschedule(loop.time() + 1)
          p("beat", i, at(loop.time()), at(t.when()))
        }
        yield* sleep(5)
        p("NEVER")
      })
    } catch (error) {
      p((error as Error).name, at(loop.time()), t.expired(), me().cancelling())
    }
    const outer = asyncio.timeout(1)
    yield* asyncWith(outer, function* () {
      let inner = asyncio.timeout(10)
      yield* asyncWith(inner, function* () {
        inner.reschedule(null)
        outer.reschedule(null)
        yield* sleep(20)
        p("both without a deadline", at(loop.time()))
        inner.reschedule(loop.time() + 1)
        outer.reschedule(loop.time() + 2)
      })
      inner = asyncio.timeout(9)
      try {
        yield* asyncWith(inner, () => sleep(30))
      } catch (error) {
        if (error instanceof CancelledError) p("inner sees the cancellation", inner.expired(), outer.expired())
        throw error
      } finally {
        p("leaving")
      }
    })
  }
  await run(main()).catch((error) => print(error.name, "out of run"))

  expect(printed).toEqual(recorded("P04"))
})

test("P10 who counts which cancellation under a timeout", async () => {
  const { p, printed } = probe()
  function* main() {
    const task = me()
    function* poke(n: number) {
      for (let i = 0; i < n; i++) {
        task.cancel(`poke ${i}`)
        yield* sleep(0.1)
      }
    }
    const x = createTask(poke(2))
    const t = asyncio.timeout(0.15)
    try {
      yield* asyncWith(t, function* () {
        while (!t.expired()) {
          try {
            yield* sleep(1)
            p("slept")
          } catch (error) {
            p("caught", args(error), task.cancelling(), t.expired())
            if (!t.expired()) task.uncancel()
          }
        }
        p("leaving by itself", task.cancelling())
      })
    } catch (error) {
      p((error as Error).name)
    }
    p("after", task.cancelling(), t.expired())
    yield* x
    try {
      yield* asyncWith(asyncio.timeout(1), function* () {
        task.cancel("own")
        p("requested", task.cancelling())
        yield* sleep(0)
        p("NEVER")
      })
    } catch (error) {
      p((error as Error).name, args(error), task.cancelling(), task.uncancel())
    }
    yield* sleep(0)
    p("alive")
    yield* asyncWith(asyncio.timeout(1), function* () {
      task.cancel("rescinded")
      task.uncancel()
      yield* sleep(0)
      p("rescinded in time", task.cancelling())
    })
  }
  await run(main())

  expect(printed).toEqual(recorded("P10"))
})

test("P18 a body that blocks past its deadline is stopped at its next suspension but one", async () => {
  const { p, printed } = probe()
  function* main() {
    const loop = getRunningLoop()
    let cm = asyncio.timeout(0.1)
    try {
      yield* asyncWith(cm, function* () {
        block(0.2)
        p("blocked", cm.expired())
        yield* sleep(0)
        p("one more turn", cm.expired())
        yield* sleep(0)
        p("NEVER")
      })
    } catch (error) {
      p((error as Error).name)
    }
    const f = loop.createFuture<number>()
    cm = asyncio.timeout(0.1)
    try {
      yield* asyncWith(cm, function* () {
        block(0.2)
        loop.callSoon(() => f.setResult(1))
        yield* f
        p("the future was first", cm.expired(), me().cancelling())
      })
    } catch (error) {
      p((error as Error).name, f.done(), me().cancelling())
    }
    cm = asyncio.timeout(0.1)
    try {
      yield* asyncWith(cm, function* () {
        yield* sleep(0.05)
        loop.callLater(0.04, block, 0.5)
        yield* sleep(0.045)
        p("slept", loop.time().toFixed(3), cm.expired())
        yield* sleep(0)
        p("NEVER")
      })
    } catch (error) {
      p((error as Error).name, loop.time().toFixed(2))
    }
    cm = asyncio.timeout(0.1)
    yield* asyncWith(cm, function* () {
      block(0.2)
      cm.reschedule(loop.time() + 1)
      yield* sleep(0.5)
      p("saved by reschedule", cm.expired())
    })
    p(me().cancelling())
  }
  await run(main())

  expect(printed).toEqual(recorded("P18"))
})
