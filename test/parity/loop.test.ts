// Twins of the probes A: the event loop. The Python programs and what CPython printed are in probes/.
import {
  ContextVar,
  type CoroutineGenerator,
  coroutine,
  createTask,
  type ExceptionContext,
  getEventLoop,
  getRunningLoop,
  KeyboardInterrupt,
  newEventLoop,
  run as runOnPage,
  setEventLoop,
  sleep,
  until,
  ValueError,
} from "asyncio-web"
import { TestEventLoop } from "asyncio-web/testing"
import { expect, onTestFinished, test } from "vitest"
import { _getRunningLoop } from "../../lib/events.js"
import { probe, recorded, repr, wrong } from "../support/probe.js"

const run = TestEventLoop.run
const testLoop = () => getRunningLoop() as TestEventLoop

test("A01 callbacks run in order, those that they add wait for the next iteration, due timers come last", async () => {
  const { p, printed } = probe()
  const loop = new TestEventLoop()
  const cb = (x: string) => {
    p(x)
    if (x === "b") loop.callSoon(cb, "b2-nested")
    if (x === "b2-nested") loop.stop()
  }
  loop.callLater(0, cb, "timer0")
  loop.callLater(-1, cb, "timer-1")
  for (const x of "abc") loop.callSoon(cb, x)
  await loop.runForever()
  loop.close()

  expect(printed).toEqual(recorded("A01"))
})

test("A02 a cancelled handle of the same batch does not run", async () => {
  const { p, print, printed } = probe()
  const loop = new TestEventLoop()
  loop.callSoon(() => {
    p("a")
    handle.cancel()
    p("cancelled()", handle.cancelled())
  })
  const handle = loop.callSoon(p, "NEVER")
  loop.callSoon(p, "c")
  loop.callSoon(() => loop.stop())
  await loop.runForever()
  print(handle)
  loop.close()

  expect(printed).toEqual(recorded("A02"))
})

test("A03 equal deadlines fire in the order in which they were set", async () => {
  const { print, printed } = probe()
  const loop = new TestEventLoop()
  const stop = () => loop.stop()
  for (const n of [3, 5, 8]) {
    const out: number[] = []
    const when = loop.time() + 0.01
    for (let i = 0; i < n; i++) loop.callAt(when, (it: number) => out.push(it), i)
    loop.callAt(when + 0.01, stop)
    await loop.runForever()
    print(n, out)
  }
  const out: string[] = []
  const t = loop.time() + 0.02
  for (let i = 0; i < 4; i++) {
    loop.callAt(t, () => out.push(`same ${i}`))
    loop.callAt(t - 0.01, () => out.push(`early ${i}`))
  }
  loop.callAt(t + 0.01, stop)
  await loop.runForever()
  print(out.join(", "))
  loop.close()

  // Differs from CPython: its heap does not keep the order of equal deadlines, which its documentation leaves open.
  expect(printed).toEqual([
    "3 [0, 1, 2]",
    "5 [0, 1, 2, 3, 4]",
    "8 [0, 1, 2, 3, 4, 5, 6, 7]",
    "early 0, early 1, early 2, early 3, same 0, same 1, same 2, same 3",
  ])
})

test("A04 stop() ends after the current batch, and what that scheduled is there in the next run", async () => {
  const { p, print, printed } = probe()
  const loop = new TestEventLoop()
  loop.callSoon(p, "x")
  loop.stop()
  await loop.runForever()
  print("1st run_forever returned")
  loop.callSoon(() => {
    p("stopping")
    loop.stop()
    loop.callSoon(p, "scheduled-after-stop")
    p("still in batch")
  })
  loop.callSoon(p, "same batch")
  await loop.runForever()
  print("2nd returned")
  loop.callSoon(() => loop.stop())
  await loop.runForever()
  print("3rd returned")
  loop.close()

  expect(printed).toEqual(recorded("A04"))
})

test("A05 running what is done, stopped too early, running already, or closed", async () => {
  const { p, print, printed } = probe()
  const loop = new TestEventLoop()
  const done = loop.createFuture<number>()
  done.setResult(5)
  print(await loop.runUntilComplete(done), "ticks", loop.iterations)
  const future = loop.createFuture<void>()
  loop.callSoon(() => loop.stop())
  await loop.runUntilComplete(future).catch((error) => print(repr(error)))

  // Differs from CPython: what runs a loop returns a promise, so that the errors are rejections.
  function* nested(): CoroutineGenerator<void> {
    for (const fn of [
      () => loop.runForever(),
      () => loop.runUntilComplete(future),
      () => newEventLoop().runForever(),
      () => loop.close(),
      () => runOnPage(sleep(0)),
    ]) {
      try {
        yield* until(async () => fn())
      } catch (error) {
        print(repr(error))
      }
    }
  }
  await loop.runUntilComplete(nested())

  loop.callSoon(p, "NEVER")
  loop.close()
  loop.close()
  for (const fn of [
    () => loop.callSoon(p),
    () => loop.callLater(1, p),
    () => loop.runForever(),
    () => loop.callSoonThreadsafe(p),
    () => loop.runInExecutor(undefined, p),
  ]) {
    await (async () => fn())().catch((error) => print(repr(error)))
  }
  print(loop, loop.isClosed(), loop.createFuture())

  expect(printed).toEqual(
    recorded("A05", {
      spelling: {
        "<TickLoop running=False closed=True debug=False>": "<TestEventLoop running=false closed=true debug=false>",
      },
      hints: {
        "Event loop stopped before Future completed.": " Somebody called loop.stop()",
        "This event loop is already running": ": inside a coroutine write yield*",
        "Cannot run the event loop while another loop is running": ": end that one first, or use it",
        "Cannot close a running event loop": ": stop() it first",
        "asyncio.run() cannot be called from a running event loop":
          ": inside a coroutine write yield* main(), elsewhere createTask(main())",
        "Event loop is closed": ": start another one with run(main())",
      },
    }),
  )
})

test("A06 an exception in a callback goes to the handler, and the batch goes on", async () => {
  const { p, printed } = probe()
  const loop = new TestEventLoop()
  loop.setExceptionHandler((_, context) => {
    const entries = Object.entries(context).map(([key, value]) => [
      key,
      key === "handle" ? (value as object).constructor.name : repr(value),
    ])
    p(Object.fromEntries(entries))
  })
  loop.callSoon(function bad() {
    throw new ValueError("x")
  })
  loop.callSoon(p, "next")
  loop.callSoon(() => loop.stop())
  await loop.runForever()
  loop.close()

  expect(printed).toEqual(recorded("A06", { spelling: { " at A06.py:13": "" } }))
})

test("A07 KeyboardInterrupt leaves the loop at once, and the rest of the batch stays queued", async () => {
  const { p, print, printed } = probe()
  const loop = new TestEventLoop()
  loop.callSoon(() => {
    throw new KeyboardInterrupt()
  })
  loop.callSoon(p, "rest of batch")
  await loop.runForever().catch((error) => {
    if (error instanceof KeyboardInterrupt) print("escaped; running =", loop.isRunning())
  })
  loop.callSoon(() => loop.stop())
  await loop.runForever()
  loop.close()

  expect(printed).toEqual(recorded("A07"))
})

test("A08 the handler runs in the context of the task concerned", async () => {
  const { p, print, printed } = probe()
  const v = new ContextVar("v", { default: "root" })
  function* bad(): CoroutineGenerator<void> {
    v.set("task-ctx")
    throw new ValueError("x")
  }
  function* main() {
    const loop = getRunningLoop()
    const h = (_: unknown, context: ExceptionContext) => p("handler", context.message, "v =", v.get())
    loop.setExceptionHandler(h)
    print(loop.getExceptionHandler() === h)
    createTask(bad())
    yield* sleep(0)
    yield* sleep(0)
  }
  await run(main())

  // Differs from CPython: no collector can be called here, so that the report comes at the end of the run.
  expect(printed).toEqual(recorded("A08", { spelling: { "[3] handler": "[-] handler" } }).slice(0, 2))
})

test("A08 a handler that fails is reported by the default one", async () => {
  const { print, printed } = probe()
  function* main() {
    const loop = getRunningLoop()
    loop.setExceptionHandler(() => {
      throw new Error("handler bug")
    })
    loop.callSoon(() => {
      throw new ValueError("v")
    })
    yield* sleep(0)
    loop.setExceptionHandler(undefined)
    print(loop.getExceptionHandler())
    try {
      loop.setExceptionHandler(wrong(5))
    } catch (error) {
      print(error)
    }
  }
  await run(main())

  const call = "main.<locals>.<lambda>() at A08.py:20"
  const theirs =
    `{'message': 'Exception in callback ${call}', 'exception': ZeroDivisionError('division by zero'), ` +
    `'handle': <Handle ${call}>}`
  const ours =
    `{ message: "Exception in callback (anonymous)()", exception: ValueError('v'), ` +
    "handle: <Handle (anonymous)()> }"
  expect(printed.join("\n").split("\n")).toEqual(
    recorded("A08", {
      spelling: {
        [theirs]: ours,
      },
    }).slice(2),
  )
})

test("A09 an endless chain of callbacks does not hold up a timer", async () => {
  const { print, printed } = probe()
  const loop = new TestEventLoop()
  const t0 = loop.time()
  let n = 0
  const spin = () => {
    n++
    loop.block(0.001)
    loop.callSoon(spin)
  }
  loop.callSoon(spin)
  loop.callLater(0.02, () => loop.stop())
  await loop.runForever()
  const took = loop.time() - t0
  print(
    "timer fired in spite of spinning:",
    0.02 <= took && took < 0.2,
    "ticks == spins:",
    Math.abs(loop.iterations - n) <= 1,
  )
  loop.close()

  expect(printed).toEqual(recorded("A09"))
})

test("A10 timers that are late fire in the order of their deadlines, after what was ready", async () => {
  const { p, printed } = probe()
  function* main() {
    const loop = testLoop()
    const out: string[] = []
    const append = (x: string) => out.push(x)
    loop.callLater(0.03, append, "c")
    loop.callLater(0.01, append, "a")
    loop.callLater(0.02, append, "b")
    loop.block(0.05)
    yield* sleep(0)
    p(out)
    yield* sleep(0)
    p(out)
    const handle = loop.callLater(5, p)
    p("when-now", (handle.when() - loop.time()).toFixed(1), handle.cancelled())
    handle.cancel()
    p(handle.cancelled(), handle.constructor.name, loop.host.resolution)
    for (const schedule of [() => loop.callLater(wrong(null), p), () => loop.callAt(wrong(null), p)]) {
      try {
        schedule()
      } catch (error) {
        p(error)
      }
    }
    try {
      yield* sleep(Number.NaN)
    } catch (error) {
      p(error)
    }
  }
  await run(main())

  expect(printed).toEqual(
    recorded("A10", {
      spelling: { "1e-09": "1e-9" },
      hints: {
        "delay must not be None": ": callLater() takes seconds, got null",
        "when cannot be None": ": callAt() takes seconds, got null",
        "Invalid delay: NaN (not a number)": ". Delays are in seconds",
      },
    }),
  )
})

test("A11 cancelled timers leave the heap when there are many, and most of them are cancelled", async () => {
  const { p, printed } = probe()
  function* main() {
    const loop = getRunningLoop()
    const timers = Array.from({ length: 101 }, (_, i) => loop.callLater(3600 + i, p))
    for (const timer of timers.slice(1, 52)) timer.cancel()
    yield* sleep(0)
    p("101 timers, 51 cancelled -> heap", loop._scheduledTimers)
    for (let i = 0; i < 99; i++) loop.callLater(7200 + i, p).cancel()
    yield* sleep(0)
    p("149 timers, 99 cancelled -> heap", loop._scheduledTimers)
    for (const timer of timers) timer.cancel()
    yield* sleep(0)
    p("heap", loop._scheduledTimers)
  }
  await run(main())

  expect(printed).toEqual(recorded("A11"))
})

test("A12 debug mode reports slow callbacks and refuses what is none", async () => {
  const { p, printed } = probe()
  const slow = coroutine(function* slow(): CoroutineGenerator<void> {
    testLoop().block(0.06)
  })
  function* main() {
    const loop = testLoop()
    p(loop.getDebug(), loop.slowCallbackDuration)
    loop.slowCallbackDuration = 0.05
    yield* createTask(slow(), { name: "S" })
    loop.callSoon(function sleep(seconds: number) {
      loop.block(seconds)
    }, 0.06)
    yield* sleep(0)
    yield* sleep(0)
    const c = coroutine(function* c(): CoroutineGenerator<void> {})
    const co = c()
    for (const bad of [co, c, 5]) {
      try {
        loop.callSoon(wrong(bad))
      } catch (error) {
        p(error)
      }
    }
    co.close()
  }
  await run(main(), { debug: true })

  // Differs from CPython: no other thread can reach the loop, so that there is no "Non-thread-safe operation".
  expect(printed).toEqual(
    recorded("A12", {
      spelling: {
        ", defined at A12.py:12> result=None created at Lib/asyncio/tasks.py:395>": "> result=undefined>",
        " created at A12.py:16": "",
        "0.06x": "0.060",
        "call_soon()": "callSoon()",
      },
      hints: {
        "coroutines cannot be used with callSoon()": [
          ": use createTask(), got <coroutine object c>",
          ": use createTask(), got function c",
        ],
      },
    }).slice(0, -1),
  )
})

test("A13 the running loop and the current loop, inside and outside", async () => {
  const { print, printed } = probe()
  const tell = (fn: () => unknown) => {
    try {
      fn()
    } catch (error) {
      print(repr(error))
    }
  }
  onTestFinished(() => setEventLoop(undefined))
  tell(() => getRunningLoop())
  tell(() => getEventLoop())
  const loop = new TestEventLoop()
  setEventLoop(loop)
  print(getEventLoop() === loop, _getRunningLoop())
  function* m(): CoroutineGenerator<void> {
    print(getEventLoop() === getRunningLoop())
  }
  await loop.runUntilComplete(m())
  loop.close()
  await run(m())
  tell(() => getEventLoop())
  tell(() => createTask(wrong(null)))

  const what = (caller: string) =>
    `: call ${caller}() inside a coroutine or loop callback, or start a loop with run(main())`
  // The last line names CPython's classes.
  expect(printed).toEqual(
    recorded("A13", {
      spelling: {
        "\"There is no current event loop in thread 'MainThread'.\"":
          "'There is no current event loop in this realm: start one with run(main()), or setEventLoop(newEventLoop())'",
      },
      hints: { "no running event loop": [what("getRunningLoop"), what("createTask")] },
    }).slice(0, -1),
  )
})

test("A14 callSoonThreadsafe() wakes a loop that sleeps, and keeps the order", async () => {
  const { p, print, printed } = probe()
  function* main() {
    const loop = getRunningLoop()
    const event = loop.createFuture<void>()
    // Differs from CPython: what comes from outside the loop is native code, as the only thread there is.
    queueMicrotask(() => {
      for (let i = 0; i < 3; i++) loop.callSoonThreadsafe(p, i)
      loop.callSoonThreadsafe(() => event.setResult())
    })
    yield* event
    print(loop.time() < 1)
  }
  await run(main())

  expect(printed).toEqual(recorded("A14"))
})

test("A15 a timer counts as due one clock resolution early, but the loop does not wake for it", async () => {
  const { p, printed } = probe()
  function* main() {
    const loop = testLoop()
    const setResolution = (resolution: number) => Object.assign(loop.host, { resolution })
    let t0 = loop.time()
    const n = loop.iterations
    setResolution(0.05)
    yield* sleep(0.04)
    p("resolution .05, sleep(.04): waited", loop.time() - t0 >= 0.039, "ticks", loop.iterations - n)
    t0 = loop.time()
    setResolution(1e-9)
    yield* sleep(0.02)
    p("fine clock: waited", loop.time() - t0 >= 0.0199)
    const out: string[] = []
    loop.callAt(loop.time() + 0.5, () => out.push("timer"))
    setResolution(1)
    yield* sleep(0)
    p("due = when < time()+resolution, tested right after the poll:", out)
    yield* sleep(0)
    p(out)
  }
  await run(main())

  expect(printed).toEqual(recorded("A15"))
})

test("A16 within one iteration due timers come after what was ready", async () => {
  const { p, printed } = probe()
  const loop = new TestEventLoop()
  loop.callLater(0, p, "timer")
  loop.callSoon(p, "soon")
  loop.callSoon(() => loop.stop())
  await loop.runForever()
  loop.close()

  // Differs from CPython: a browser has no file descriptors to poll.
  expect(printed).toEqual(recorded("A16").filter((line) => /soon|timer/.test(line)))
})
