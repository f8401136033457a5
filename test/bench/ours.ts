/** asyncio-web on the loop that `run()` makes by default: real ticks by MessageChannel, a budget of 4 ms. */
import * as asyncio from "asyncio-web"
import { type Contender, check, shuffled, sumBelow } from "./contender.js"

function* leaf(i: number): asyncio.CoroutineGenerator<number> {
  return i
}

const wrappedLeaf = asyncio.coroutine(leaf)

function* sleeper(): asyncio.CoroutineGenerator<void> {
  yield* asyncio.sleep(3600)
}

/** The generator has no name of its own: `level` must be the wrapped one, also in itself. */
const level = asyncio.coroutine(function* (
  depth: number,
  bottom: () => asyncio.CoroutineGenerator<number>,
): asyncio.CoroutineGenerator<number> {
  return depth > 1 ? 1 + (yield* level(depth - 1, bottom)) : yield* bottom()
})

const countDown = asyncio.coroutine(function* (depth: number): asyncio.CoroutineGenerator<number> {
  return depth > 1 ? 1 + (yield* countDown(depth - 1)) : 1
})

/** Gives the milliseconds that `main` gives. */
const timed = (main: () => asyncio.CoroutineGenerator<number>): Promise<number> => asyncio.run(main())

/** A loop that stays when its `main` has returned, with the tasks in it. */
async function idle(n: number, make: () => asyncio.CoroutineGenerator<void>): Promise<() => Promise<void>> {
  const runner = new asyncio.Runner()
  const tasks = await runner.run(
    (function* () {
      const made: asyncio.Task<void>[] = []
      for (let i = 0; i < n; i++) made.push(asyncio.createTask(make()))
      yield* asyncio.sleep(0)
      yield* asyncio.sleep(0)
      return made
    })(),
  )
  return () => {
    check(tasks.filter((task) => !task.done()).length, n)
    return runner.close()
  }
}

export const ours: Contender = {
  chain: (n) =>
    timed(function* () {
      const loop = asyncio.getRunningLoop()
      const done = loop.createFuture<void>()
      let left = n
      const step = () => {
        if (--left > 0) loop.callSoon(step)
        else done.setResult()
      }
      const begin = performance.now()
      loop.callSoon(step)
      yield* done
      const took = performance.now() - begin
      check(left, 0)
      return took
    }),

  batch: (n) =>
    timed(function* () {
      const loop = asyncio.getRunningLoop()
      const done = loop.createFuture<void>()
      let count = 0
      const step = () => {
        count++
      }
      const begin = performance.now()
      for (let i = 0; i < n; i++) loop.callSoon(step)
      loop.callSoon(() => done.setResult())
      yield* done
      const took = performance.now() - begin
      check(count, n)
      return took
    }),

  switches: (n, k) =>
    timed(function* () {
      const done = asyncio.getRunningLoop().createFuture<void>()
      let left = n
      let switches = 0
      function* worker(): asyncio.CoroutineGenerator<void> {
        for (let i = 0; i < k; i++) {
          yield* asyncio.sleep(0)
          switches++
        }
        if (--left === 0) done.setResult()
      }
      for (let i = 0; i < n; i++) asyncio.createTask(worker())
      yield* asyncio.sleep(0)
      const begin = performance.now()
      yield* done
      const took = performance.now() - begin
      check(switches, n * k)
      return took
    }),

  spawn: (n, k) =>
    timed(function* () {
      let total = 0
      const begin = performance.now()
      for (let j = 0; j < k; j++) {
        const tasks: asyncio.Task<number>[] = []
        for (let i = 0; i < n; i++) tasks.push(asyncio.createTask(leaf(i)))
        for (const task of tasks) total += yield* task
      }
      const took = performance.now() - begin
      check(total, k * sumBelow(n))
      return took
    }),

  spawnWrapped: (n, k) =>
    timed(function* () {
      let total = 0
      const begin = performance.now()
      for (let j = 0; j < k; j++) {
        const tasks: asyncio.Task<number>[] = []
        for (let i = 0; i < n; i++) tasks.push(asyncio.createTask(wrappedLeaf(i)))
        for (const task of tasks) total += yield* task
      }
      const took = performance.now() - begin
      check(total, k * sumBelow(n))
      return took
    }),

  gather: (n, k) =>
    timed(function* () {
      let total = 0
      const begin = performance.now()
      for (let j = 0; j < k; j++) {
        const all: asyncio.CoroutineGenerator<number>[] = []
        for (let i = 0; i < n; i++) all.push(leaf(i))
        for (const value of yield* asyncio.gather(all)) total += value
      }
      const took = performance.now() - begin
      check(total, k * sumBelow(n))
      return took
    }),

  resume: (n, k) =>
    timed(function* () {
      let took = 0
      const depth = yield* level(n, function* () {
        yield* asyncio.sleep(0)
        const begin = performance.now()
        for (let i = 0; i < k; i++) yield* asyncio.sleep(0)
        took = performance.now() - begin
        return 1
      })
      check(depth, n)
      return took
    }),

  call: (n, k) =>
    timed(function* () {
      let total = 0
      const begin = performance.now()
      for (let i = 0; i < k; i++) total += yield* countDown(n)
      const took = performance.now() - begin
      check(total, n * k)
      return took
    }),

  cancel: (n, k) =>
    timed(function* () {
      let took = 0
      for (let j = 0; j < k; j++) {
        const tasks: asyncio.Task<void>[] = []
        for (let i = 0; i < n; i++) tasks.push(asyncio.createTask(sleeper()))
        yield* asyncio.sleep(0)
        const begin = performance.now()
        for (const task of tasks) task.cancel()
        const [done] = yield* asyncio.wait(tasks)
        took += performance.now() - begin
        let cancelled = 0
        for (const task of done) if (task.cancelled()) cancelled++
        check(cancelled, n)
      }
      return took
    }),

  fire: (n) =>
    timed(function* () {
      const loop = asyncio.getRunningLoop()
      const done = loop.createFuture<void>()
      const order = shuffled(n)
      let total = 0
      let left = n
      const fired = (i: number) => {
        total += i
        if (--left === 0) done.setResult()
      }
      const begin = performance.now()
      for (let i = 0; i < n; i++) loop.callLater(((order[i] as number) / n) * 0.001, fired, i)
      yield* done
      const took = performance.now() - begin
      check(total, sumBelow(n))
      return took
    }),

  disarm: (n) =>
    timed(function* () {
      const loop = asyncio.getRunningLoop()
      const order = shuffled(n)
      let fired = 0
      const fire = () => {
        fired++
      }
      const timers: asyncio.TimerHandle[] = []
      const begin = performance.now()
      for (let i = 0; i < n; i++) timers.push(loop.callLater(10 + ((order[i] as number) / n) * 10, fire))
      for (const i of order) (timers[i] as asyncio.TimerHandle).cancel()
      yield* asyncio.sleep(0)
      const took = performance.now() - begin
      check(fired, 0)
      return took
    }),

  idleSleep: (n) => idle(n, sleeper),

  idleWait: (n) => {
    let gate: asyncio.Future<void> | undefined
    return idle(n, function* () {
      gate ??= asyncio.getRunningLoop().createFuture<void>()
      yield* gate
    })
  },
}
