// What only shared memory shows: runs on the cross-origin isolated page.
import { describe, expect, test } from "vitest"
import * as jobs from "./fixtures/jobs.js"
import { gone, newChannel, newPool } from "./fixtures/pools.js"

describe("cancelling", () => {
  test("a job that runs stops it", async () => {
    const pool = newPool()
    const { name, heard } = newChannel()
    const cells = new Int32Array(new SharedArrayBuffer(4))
    const counting = pool.submit(jobs.countShared, name, cells)
    await heard()

    counting.cancel()
    await gone(pool)
    const then = Atomics.load(cells, 0)
    await pool.submit(jobs.add, 1, 2)

    expect(Atomics.load(cells, 0)).toBe(then)
  })

  test("a job that looks for it leaves the worker alive", async () => {
    const pool = newPool({ cancelGrace: 60 })
    const { name, heard } = newChannel()
    await pool.submit(jobs.count)
    const polite = pool.submit(jobs.spinPolitely, name)
    await heard()

    polite.cancel()

    expect(await pool.submit(jobs.count)).toBe(2)
  })

  test("with abandon lets the job run on, and drops its result", async () => {
    const pool = newPool({ onCancel: "abandon", cancelGrace: 0 })
    const { name, heard } = newChannel()
    const cells = new Int32Array(new SharedArrayBuffer(4))
    await pool.submit(jobs.count)
    const abandoned = pool.submit(jobs.untilSet, name, cells)
    const next = pool.submit(jobs.count)
    await heard()

    expect(abandoned.cancel()).toBe(true)
    expect(abandoned.done()).toBe(true)
    Atomics.store(cells, 0, 1)

    expect(await next).toBe(2)
    expect(abandoned.cancelled()).toBe(true)
  })
})
