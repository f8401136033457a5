// The pool with real workers. Nothing here waits for time to pass: jobs say on a channel when they have begun.
import { threads, transfer } from "asyncio-web/threads"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { ConcurrentCancelledError } from "../../lib/concurrent-futures.js"
import { BrokenExecutorError, CancelledError, RuntimeError } from "../../lib/exceptions.js"
import { WorkerPoolExecutor } from "../../lib/worker-pool.js"
import * as jobs from "./fixtures/jobs.js"
import { OutOfRange } from "./fixtures/jobs.js"
import { otherModule } from "./fixtures/other.js"
import { failure, gone, locksOf, newChannel, newPool } from "./fixtures/pools.js"

const shared = typeof SharedArrayBuffer !== "undefined"

describe("a job", () => {
  test("runs in a worker, and its function still runs on the page", async () => {
    const pool = newPool()

    expect(await pool.submit(jobs.inWorker)).toBe(true)
    expect(jobs.inWorker()).toBe(false)
  })

  test("takes arguments and gives a result", async () => {
    const pool = newPool()

    expect(await pool.submit(jobs.add, 1, 2)).toBe(3)
    expect(await pool.submit(jobs.identity, { deep: [new Date(0), new Map([[1, "a"]])] })).toEqual({
      deep: [new Date(0), new Map([[1, "a"]])],
    })
    expect(await pool.submit(jobs.identity, undefined)).toBeUndefined()
  })

  test("may be an async function or a generator", async () => {
    const pool = newPool()

    expect(await pool.submit(jobs.addLater, 1, 2)).toBe(3)
    expect(await pool.submit(jobs.sum, [1, 2, 3])).toBe(6)
  })

  test("may be a function that stands alone", async () => {
    const pool = newPool()
    const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))

    expect(await pool.submit((n: number) => n * 2, 21)).toBe(42)
    expect(await pool.submit(factorial, 5)).toBe(120)
    expect(await pool.submit(async (n: number) => n + 1, 1)).toBe(2)
    expect(
      await pool.submit(function* (n: number) {
        yield
        return n
      }, 3),
    ).toBe(3)
  })

  test("moves what it is asked to move, both ways", async () => {
    const pool = newPool()
    const pixels = new Uint8Array(1000)

    const back = await pool.submit(jobs.moveBack, transfer(pixels))

    expect(pixels.length).toBe(0)
    expect(back.length).toBe(1000)
    expect(back[0]).toBe(7)
  })

  test("copies what was moved once before", async () => {
    const pool = newPool()
    const back = await pool.submit(jobs.moveBack, transfer(new Uint8Array(10)))

    expect((await pool.submit(jobs.identity, back)).length).toBe(10)
    expect(back.length).toBe(10)
  })

  test("keeps what its module keeps, as long as it gets the same worker", async () => {
    const pool = newPool()

    expect(await Promise.all([pool.submit(jobs.count), pool.submit(jobs.count)])).toEqual([1, 2])
  })

  test("is running while the worker has it, and waiting before", async () => {
    const pool = newPool()
    const { name, heard } = newChannel()
    const first = pool.submit(jobs.spin, name)
    const second = pool.submit(jobs.add, 1, 2)
    const before = [first.running(), second.running()]

    await heard()

    expect(before).toEqual([false, false])
    expect([first.running(), second.running()]).toEqual([true, false])
    expect(String(pool)).toContain("workers=1/1 waiting=1")
  })
})

describe("map", () => {
  test("gives the results in the order of the items", async () => {
    const pool = newPool({ maxWorkers: 2 })
    const results: number[] = []

    for await (const sum of pool.map(jobs.add, [1, 2, 3], [10, 20, 30, 40])) results.push(sum)

    expect(results).toEqual([11, 22, 33])
  })

  test("ends with the first job that fails", async () => {
    const pool = newPool()
    const results = pool.map(jobs.throwValue, ["a", "b"])

    expect(await failure(results.next())).toBe("a")
    expect(await results.next()).toEqual({ done: true, value: undefined })
  })
})

describe("an error", () => {
  test("of a registered class arrives with class, message, fields, cause and stack", async () => {
    const error = (await failure(newPool().submit(jobs.failRegistered))) as OutOfRange & { remoteStack: string }

    expect(error).toBeInstanceOf(OutOfRange)
    expect(error).toMatchObject({ name: "OutOfRange", message: "too big: 7", limit: 5, hint: "at most 5" })
    expect(error.cause).toBeInstanceOf(TypeError)
    expect(error.cause).toMatchObject({ message: "inner", cause: "innermost" })
    expect(error.remoteStack).toContain("failRegistered")
    expect(error.stack).toBe(`${error.remoteStack}\n    in worker 1 of 1, running failRegistered()`)
  })

  test("of another class arrives as the nearest class above it, with its name and fields", async () => {
    const error = await failure(newPool().submit(jobs.failUnregistered))

    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ name: "Unregistered", message: "unknown", code: 42 })
  })

  test("of this library arrives as its class", async () => {
    const error = await failure(newPool().submit(jobs.failCancelled))

    expect(error).toBeInstanceOf(CancelledError)
  })

  test("that groups others arrives with them", async () => {
    const error = (await failure(newPool().submit(jobs.failGroup))) as AggregateError

    expect(error).toBeInstanceOf(AggregateError)
    expect(error.errors).toEqual([
      expect.objectContaining({ name: "OutOfRange", message: "a" }),
      expect.objectContaining({ name: "Error", message: "b" }),
      "c",
    ])
    expect(error.errors[0]).toBeInstanceOf(OutOfRange)
  })

  test("that causes itself ends there", async () => {
    const error = (await failure(newPool().submit(jobs.failCyclic))) as Error

    expect(error.message).toBe("round")
    expect("cause" in error).toBe(false)
  })

  test("keeps the fields that can be cloned", async () => {
    const error = (await failure(newPool().submit(jobs.failField))) as Error

    expect({ ...error }).toEqual({ good: { deep: [1] } })
  })

  test("of the platform stays a DOMException", async () => {
    const error = await failure(newPool().submit(jobs.failDom))

    expect(error).toBeInstanceOf(DOMException)
    expect(error).toMatchObject({ name: "AbortError", message: "gone" })
  })

  test.each([[undefined], [null], ["text"], [7], [{ code: 1 }]])("may be %o", async (value) => {
    expect(await failure(newPool().submit(jobs.throwValue, value))).toEqual(value)
  })

  test("that cannot be sent says so", async () => {
    const error = await failure(newPool().submit(jobs.throwFunction))

    expect(error).toEqual(new RuntimeError("the job threw a value that cannot be sent: a function cannot be cloned"))
  })
})

describe("what cannot be cloned", () => {
  test("as a result fails its job alone, by name", async () => {
    const pool = newPool()
    const bad = pool.submit(jobs.giveFunction)
    const good = pool.submit(jobs.add, 1, 2)

    expect(await failure(bad)).toEqual(
      new TypeError(
        "giveFunction() returned what cannot be sent to the page: a function cannot be cloned (at .onDone). Return data",
      ),
    )
    expect(await good).toBe(3)
  })

  test("as a result fails its job alone in a batch", async () => {
    const pool = newPool()
    await pool.submit(jobs.mixed, 0)

    const results = await Promise.allSettled([1, 2, -1, 3].map((n) => pool.submit(jobs.mixed, n)))

    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"])
  })

  test("as an argument fails its job alone, by name, with the browser's error as the cause", async () => {
    const pool = newPool()

    const error = (await failure(pool.submit(jobs.identity, () => {}))) as Error

    expect(error.message).toBe(
      "toThread() cannot send argument 1 of identity(): a function cannot be cloned. Pass data, or export the function " +
        "from a worker module",
    )
    expect(error.cause).toMatchObject({ name: "DataCloneError" })
    expect(await pool.submit(jobs.identity, 1)).toBe(1)
  })

  test("as an argument fails its job alone in a batch", async () => {
    const pool = newPool()
    await pool.submit(jobs.identity, 0)

    const results = await Promise.allSettled([1, () => {}, 3].map((arg) => pool.submit(jobs.identity, arg)))

    expect(results.map((result) => (result.status === "fulfilled" ? result.value : result.reason.name))).toEqual([
      1,
      "TypeError",
      3,
    ])
  })

  test("leaves what was to be moved where it is", async () => {
    const pool = newPool()
    const pixels = new Uint8Array(4)

    await failure(pool.submit(jobs.identity, transfer({ pixels, onDone() {} }, [pixels.buffer])))

    expect(pixels.length).toBe(4)
  })
})

describe("a module that does not work", () => {
  /** Registers a function of this page as one of another worker's. */
  const from = (start: () => Worker) => threads({ lost: (n: number) => n }, start).lost
  const module = (url: URL) => new Worker(url, { type: "module" })

  test("rejects all its jobs when the script is not there, and other modules go on", async () => {
    const pool = newPool({ maxWorkers: 2 })
    const lost = from(() => module(new URL("/no-such-script.js", import.meta.url)))

    const [first, second, other] = await Promise.allSettled([
      pool.submit(lost, 1),
      pool.submit(lost, 2),
      pool.submit(jobs.add, 1, 2),
    ])

    for (const result of [first, second]) {
      expect(result).toMatchObject({ status: "rejected", reason: expect.any(BrokenExecutorError) })
      expect((result as PromiseRejectedResult).reason.message).toMatch(/^lost\(\) was not run: its worker's script /)
    }
    expect(other).toEqual({ status: "fulfilled", value: 3 })
  })

  test("rejects all its jobs when the script throws, with what it threw, and tries anew for the next", async () => {
    const pool = newPool()
    let starts = 0
    const lost = from(() => {
      starts++
      return new Worker(new URL("./fixtures/throws.ts", import.meta.url), { type: "module" })
    })

    const errors = await Promise.all([failure(pool.submit(lost, 1)), failure(pool.submit(lost, 2))])

    expect(starts).toBe(1)
    for (const error of errors) {
      expect(error).toBeInstanceOf(BrokenExecutorError)
      expect((error as Error).message).toContain("failed while loading: Uncaught Error: boom at load")
      expect((error as Error).cause).toBeInstanceOf(Error)
    }
    await failure(pool.submit(lost, 3))
    expect(starts).toBe(2)
  })

  test("rejects its jobs when it never calls threads()", async () => {
    const pool = newPool({ readyTimeout: 0.2 })
    const lost = from(() => new Worker(new URL("./fixtures/silent.ts", import.meta.url), { type: "module" }))

    expect(await failure(pool.submit(lost, 1))).toMatchObject({
      name: "BrokenExecutorError",
      message: expect.stringContaining("lost() was not run: its worker did not get ready within 0.2 s"),
    })
  })

  test("rejects its jobs when it speaks another protocol", async () => {
    const pool = newPool()
    const lost = from(() => new Worker(new URL("./fixtures/older.ts", import.meta.url), { type: "module" }))

    expect(await failure(pool.submit(lost, 1))).toMatchObject({
      message:
        "lost() was not run: worker speaks protocol 0, page speaks 1: a cached worker file is older than the page; " +
        "reload without cache",
    })
  })

  test("rejects its jobs when the worker cannot be constructed", async () => {
    const pool = newPool()
    const lost = from(() => {
      throw new DOMException("not allowed", "SecurityError")
    })

    expect(await failure(pool.submit(lost, 1))).toMatchObject({
      message: "lost() was not run: its worker could not be constructed: SecurityError: not allowed",
      cause: { cause: { name: "SecurityError" } },
    })
  })

  test("says which function its worker lacks", async () => {
    const pool = newPool()
    const lost = from(() => new Worker(new URL("./fixtures/other.ts", import.meta.url), { type: "module" }))

    const error = (await failure(pool.submit(lost, 1))) as Error

    expect(error).toBeInstanceOf(RuntimeError)
    expect(error.message).toContain("no function lost() in this worker: its module registered otherModule")
  })

  test("that may not eval says which policy forbids it, and what to do", async () => {
    const start = () => new Worker(new URL("./fixtures/no-eval.ts", import.meta.url), { type: "module" })
    const pool = newPool({ start })

    const error = (await failure(pool.submit((n: number) => n, 1))) as Error

    expect(error).toBeInstanceOf(RuntimeError)
    expect(error.message).toContain("cannot be run from its source: the page's Content-Security-Policy forbids eval")
    expect(error.message).toContain("register it there with threads()")
    expect(error.cause).toMatchObject({ name: "EvalError" })
  })
})

test("a worker that the page's policy forbids says so", async () => {
  // A page of its own, with a policy; it tells what the job rejected with.
  const frame = document.createElement("iframe")
  const said = new Promise((resolve) => addEventListener("message", ({ data }) => resolve(data), { once: true }))
  frame.srcdoc = `
    <meta http-equiv="Content-Security-Policy" content="worker-src 'none'">
    <script type="module">
      import { WorkerPoolExecutor } from "${new URL("../../lib/worker-pool.ts", import.meta.url)}"
      const pool = new WorkerPoolExecutor({ maxWorkers: 1 })
      pool.submit(() => 1).then(String, String).then((text) => parent.postMessage(text))
    </script>`
  document.body.append(frame)

  expect(await said).toMatch(
    /^BrokenExecutorError: \(anonymous\)\(\) was not run: its worker was blocked by the page's Content-Security-Policy/,
  )
  frame.remove()
})

describe("a worker that dies", () => {
  test("fails its own job and no other", async () => {
    const pool = newPool({ maxWorkers: 2 })
    const dead = pool.submit(jobs.vanish)
    const others = [1, 2, 3, 4].map((n) => pool.submit(jobs.add, n, 1))

    const error = (await failure(dead)) as Error

    expect(error).toBeInstanceOf(BrokenExecutorError)
    expect(error.message).toMatch(/^worker [12] of 2 stopped while running vanish\(\); the job was not retried$/)
    expect(await Promise.all(others)).toEqual([2, 3, 4, 5])
  })

  test("is replaced also when starting another one has failed before", async () => {
    let starts = 0
    const pool = newPool({
      maxWorkers: 2,
      start() {
        if (++starts === 2) throw new Error("not now")
        return new Worker(new URL("./fixtures/jobs.ts", import.meta.url), { type: "module" })
      },
    })
    const dead = failure(pool.submit(jobs.vanish))
    const next = pool.submit(jobs.add, 1, 2)

    expect(await dead).toBeInstanceOf(BrokenExecutorError)
    expect(await next).toBe(3)
    expect(starts).toBe(3)
  })

  test("is replaced, and the new one has a module of its own", async () => {
    const pool = newPool()
    expect(await pool.submit(jobs.count)).toBe(1)
    await failure(pool.submit(jobs.vanish))

    expect(await pool.submit(jobs.count)).toBe(1)
    expect(String(pool)).toContain("workers=1/1")
  })
})

describe("cancelling", () => {
  test("a job that waits: it never starts", async () => {
    const pool = newPool()
    const { name, heard } = newChannel()
    const first = pool.submit(jobs.spin, name)
    const second = pool.submit(jobs.count)
    const third = pool.submit(jobs.count)
    await heard()

    expect(second.cancel()).toBe(true)
    first.cancel()

    expect(await failure(second)).toBeInstanceOf(ConcurrentCancelledError)
    expect(await third).toBe(1)
  })

  test("a job that runs settles it at once, and the next one gets a new worker", async () => {
    const pool = newPool()
    const { name, heard } = newChannel()
    const spinning = pool.submit(jobs.spin, name)
    const next = pool.submit(jobs.add, 1, 2)
    await heard()

    expect(spinning.cancel()).toBe(true)
    expect([spinning.done(), spinning.cancelled(), spinning.running()]).toEqual([true, true, false])
    expect(spinning.cancel()).toBe(true)
    expect(await next).toBe(3)
  })

  test("several jobs that run leaves the queue whole", async () => {
    const pool = newPool({ maxWorkers: 2 })
    const { name, heard } = newChannel()
    const spinning = [pool.submit(jobs.spin, name), pool.submit(jobs.spin, name)]
    const rest = [1, 2, 3, 4, 5].map((n) => pool.submit(jobs.add, n, 0))
    await heard()
    await heard()

    for (const future of spinning) future.cancel()

    expect(await Promise.all(rest)).toEqual([1, 2, 3, 4, 5])
  })

  test("a generator job ends it at a yield, through its finally, and leaves the worker alive", async () => {
    const pool = newPool({ cancelGrace: 60 })
    const { name, heard } = newChannel()
    await pool.submit(jobs.count)
    const generating = pool.submit(jobs.generateForEver, name)
    await heard()

    generating.cancel()

    expect(await heard()).toBe("finally")
    expect(await pool.submit(jobs.count)).toBe(2)
  })

  test("an async job aborts its signal and leaves the worker alive", async () => {
    const pool = newPool({ cancelGrace: 60 })
    const { name, heard } = newChannel()
    await pool.submit(jobs.count)
    const waiting = pool.submit(jobs.waitForCancel, name)
    await heard()

    waiting.cancel()

    expect(await failure(waiting)).toBeInstanceOf(ConcurrentCancelledError)
    expect(await pool.submit(jobs.count)).toBe(2)
  })

  test("a job that is done does nothing", async () => {
    const future = newPool().submit(jobs.add, 1, 2)
    await future

    expect(future.cancel()).toBe(false)
    expect(future.result()).toBe(3)
  })
})

describe("short jobs", () => {
  test("travel together: ten thousand of them in a few hundred messages", async () => {
    const pool = newPool()
    // What a function costs is known by what it took.
    for (let i = 0; i < 20; i++) await pool.submit(jobs.add, i, 1)
    const posted = vi.spyOn(MessagePort.prototype, "postMessage")
    onTestFinished(() => posted.mockRestore())

    const results = await Promise.all(Array.from({ length: 10_000 }, (_, i) => pool.submit(jobs.add, i, 1)))

    expect(results).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1))
    expect(posted.mock.calls.length).toBeLessThan(1000)
  })

  test("whose function is not known yet travel alone", async () => {
    const pool = newPool()
    await pool.submit(jobs.count)
    const posted = vi.spyOn(MessagePort.prototype, "postMessage")
    onTestFinished(() => posted.mockRestore())

    await Promise.all([pool.submit(jobs.add, 1, 1), pool.submit(jobs.identity, 1), pool.submit(jobs.inWorker)])

    expect(posted.mock.calls.length).toBe(3)
  })

  test("that were sent with one that never ends are given to another worker when it is cancelled", async () => {
    const pool = newPool({ maxWorkers: 2 })
    const { name, heard } = newChannel()
    // Known as short: so they travel together.
    await Promise.all(Array.from({ length: 50 }, () => pool.submit(jobs.maybeWait, name, false)))
    const endless = pool.submit(jobs.maybeWait, name, true)
    const rest = Array.from({ length: 50 }, () => pool.submit(jobs.maybeWait, name, false))
    await heard()

    endless.cancel()

    const results = await Promise.allSettled(rest)
    const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []))
    // Without shared memory nobody can tell which of a batch were started; these are not run twice.
    if (shared) expect(failures).toEqual([])
    for (const error of failures) expect(error).toBeInstanceOf(BrokenExecutorError)
  })
})

describe("modules", () => {
  test("share the workers: one without work makes room", async () => {
    const pool = newPool()

    expect(await pool.submit(jobs.add, 1, 2)).toBe(3)
    expect(await pool.submit(otherModule)).toBe("other")
    expect(await pool.submit((n: number) => n, 1)).toBe(1)
    expect(await pool.submit(jobs.add, 3, 4)).toBe(7)
    expect(String(pool)).toContain("workers=1/1")
  })

  test("wait for each other where there is one worker", async () => {
    const pool = newPool()

    expect(
      await Promise.all([
        pool.submit(jobs.add, 1, 2),
        pool.submit(otherModule),
        pool.submit(jobs.add, 3, 4),
        pool.submit(otherModule),
      ]),
    ).toEqual([3, "other", 7, "other"])
  })

  test("are all served by one worker where the pool says which", async () => {
    const pool = newPool({
      start: () => new Worker(new URL("./fixtures/jobs.ts", import.meta.url), { type: "module" }),
    })

    expect(await pool.submit(jobs.count)).toBe(1)
    expect(await pool.submit((n: number) => n, 5)).toBe(5)
    expect(await pool.submit(jobs.count)).toBe(2)
  })
})

describe("shutdown", () => {
  test("waits for jobs that run and jobs that wait, and leaves no worker", async () => {
    const pool = newPool({ maxWorkers: 2 })
    const futures = [1, 2, 3, 4].map((n) => pool.submit(jobs.addLater, n, n))

    await pool.shutdown()

    expect(futures.map((future) => future.result())).toEqual([2, 4, 6, 8])
    expect(String(pool)).toContain("workers=0/2 waiting=0")
    expect(await locksOf(pool)).toEqual([])
  })

  test("takes no new jobs", async () => {
    const pool = newPool()
    void pool.shutdown()

    expect(() => pool.submit(jobs.add, 1, 2)).toThrow(
      new RuntimeError("cannot schedule new futures after shutdown: this executor has ended, make a new one"),
    )
  })

  test("cancels what waits if asked to, and lets what runs end", async () => {
    const pool = newPool()
    const { name, heard } = newChannel()
    const running = pool.submit(jobs.waitForCancel, name)
    const waiting = pool.submit(jobs.add, 1, 2)
    await heard()

    const down = pool.shutdown({ cancelFutures: true })

    expect([running.done(), waiting.cancelled()]).toEqual([false, true])
    running.cancel()
    await down
    expect(await locksOf(pool)).toEqual([])
  })

  test("need not be waited for", async () => {
    const pool = newPool()
    const future = pool.submit(jobs.add, 1, 2)

    await pool.shutdown({ wait: false })

    expect(future.done()).toBe(false)
    expect(await future).toBe(3)
  })

  test("of a pool that never ran anything, or a second one, is done at once", async () => {
    const pool = newPool()

    await pool.shutdown()
    await pool.shutdown()
  })

  test("comes at the end of a block", async () => {
    let future: PromiseLike<number>
    {
      await using pool = new WorkerPoolExecutor({ maxWorkers: 1 })
      future = pool.submit(jobs.add, 1, 2)
    }

    expect(await future).toBe(3)
  })

  test("does not wait for a worker that is being ended", async () => {
    const pool = newPool()
    const { name, heard } = newChannel()
    const spinning = pool.submit(jobs.spin, name)
    await heard()
    spinning.cancel()

    await pool.shutdown()

    expect(String(pool)).toContain("workers=0/1 waiting=0")
  })
})

describe("terminateWorkers", () => {
  test("fails what runs and cancels what waits", async () => {
    const pool = newPool()
    const { name, heard } = newChannel()
    const running = pool.submit(jobs.spin, name)
    const waiting = pool.submit(jobs.add, 1, 2)
    await heard()

    pool.terminateWorkers()

    expect(await failure(running)).toEqual(
      new BrokenExecutorError(
        "worker 1 of 1 was ended by terminateWorkers() while running spin(); the job was not retried",
      ),
    )
    expect(waiting.cancelled()).toBe(true)
  })
})

describe("an idle worker", () => {
  test("is ended after a while", async () => {
    const pool = newPool({ idleTimeout: 0 })
    await pool.submit(jobs.add, 1, 2)

    await gone(pool)

    expect(String(pool)).toContain("workers=0/1")
    expect(await pool.submit(jobs.count)).toBe(1)
  })
})

describe("options", () => {
  test.each([0, -1, 1.5, Number.NaN])("refuse %o workers", (maxWorkers) => {
    expect(() => new WorkerPoolExecutor({ maxWorkers })).toThrow("max_workers must be greater than 0")
  })
})
