// toThread and the loop, with real workers.
import { expect, test } from "vitest"
import { InlineExecutor } from "../../lib/concurrent-futures.js"
import { getRunningLoop } from "../../lib/events.js"
import { CancelledError, RuntimeError, TimeoutError } from "../../lib/exceptions.js"
import type { CoroutineGenerator } from "../../lib/futures.js"
import { until } from "../../lib/promises.js"
import { run } from "../../lib/runners.js"
import { createTask } from "../../lib/tasks.js"
import { toThread } from "../../lib/threads.js"
import { gather, waitFor } from "../../lib/waiting.js"
import * as jobs from "./fixtures/jobs.js"
import { addDeeper } from "./fixtures/nested.js"
import { failure, newChannel, newPool } from "./fixtures/pools.js"

/** Runs a coroutine with a default executor of one worker. */
function runWithPool<T>(main: () => CoroutineGenerator<T>): PromiseLike<T> {
  return run(
    (function* () {
      getRunningLoop().setDefaultExecutor(newPool())
      return yield* main()
    })(),
  )
}

test("toThread gives the job's result in a coroutine", async () => {
  const result = await runWithPool(function* () {
    return yield* gather(toThread(jobs.add, 1, 2), toThread(jobs.sum, [1, 2]), toThread(jobs.addLater, 3, 4))
  })

  expect(result).toEqual([3, 3, 7])
})

test("toThread gives it in native code", async () => {
  const result = await runWithPool(function* () {
    return yield* until((async () => await toThread(jobs.add, 1, 2))())
  })

  expect(result).toBe(3)
})

test("nothing starts until it is awaited", async () => {
  const counts = await runWithPool(function* () {
    const second = toThread(jobs.count)
    const first = yield* toThread(jobs.count)
    return [first, yield* second]
  })

  expect(counts).toEqual([1, 2])
})

test("an error is thrown into the coroutine", async () => {
  const error = await runWithPool(function* () {
    try {
      yield* toThread(jobs.failRegistered)
    } catch (error) {
      return error
    }
    return undefined
  })

  expect(error).toBeInstanceOf(jobs.OutOfRange)
})

test("so is a thrown undefined", async () => {
  const caught = await runWithPool(function* () {
    try {
      yield* toThread(jobs.throwValue, undefined)
    } catch (error) {
      return [error]
    }
    return []
  })

  expect(caught).toEqual([undefined])
})

test("a function that cannot be sent is refused before anything is sent", async () => {
  const table = [1]
  const outer = (n: number) => table[n]

  expect(await failure(runWithPool(() => toThreadOf(outer)))).toMatchObject({
    name: "TypeError",
    message: expect.stringContaining('outer cannot be sent to a worker: it uses "table" from around it'),
  })
})

function* toThreadOf(fn: (n: number) => unknown): CoroutineGenerator<unknown> {
  return yield* toThread(fn, 0)
}

test("cancelling the task that waits cancels the job, and the loop goes on with the next", async () => {
  const { name, heard } = newChannel()

  const result = await runWithPool(function* () {
    const task = createTask(toThread(jobs.spin, name))
    yield* until(heard())
    task.cancel()
    const error = yield* until(failure(task))
    return [error, yield* toThread(jobs.add, 1, 2)]
  })

  expect(result).toEqual([expect.any(CancelledError), 3])
})

test("a timeout ends a job that does not end", async () => {
  const { name } = newChannel()

  const result = await runWithPool(function* () {
    try {
      yield* waitFor(toThread(jobs.spin, name), 0.01)
    } catch (error) {
      return [error, yield* toThread(jobs.add, 1, 2)]
    }
    return []
  })

  expect(result).toEqual([expect.any(TimeoutError), 3])
})

test("without another choice the loop has a pool of its own, which ends with the run", async () => {
  let inWorker = false

  await run(
    (function* () {
      inWorker = yield* toThread(jobs.inWorker)
    })(),
  )

  expect(inWorker).toBe(true)
})

test("run() waits for jobs of the default executor that nobody awaits", async () => {
  const { name, heard } = newChannel()
  const pool = newPool()

  await run(
    (function* () {
      const loop = getRunningLoop()
      loop.setDefaultExecutor(pool)
      void loop.runInExecutor(undefined, jobs.sayDone, name)
    })(),
  )

  expect(await heard()).toBe("done")
  expect(() => pool.submit(jobs.count)).toThrow(RuntimeError)
})

test("an InlineExecutor that was chosen runs jobs on the page", async () => {
  const result = await run(
    (function* () {
      getRunningLoop().setDefaultExecutor(new InlineExecutor())
      return yield* toThread(jobs.inWorker)
    })(),
  )

  expect(result).toBe(false)
})

test("a worker may have a loop and a pool of its own", async () => {
  expect(await newPool().submit(addDeeper, 1, 2)).toBe(3)
})
