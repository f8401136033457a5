/**
 * The platform's own: async functions on the microtask queue, `setTimeout`, `AbortController`.
 *
 * Microtasks never let the page have its turn, an async function runs up to its first `await` at once, and there is no
 * cancelling but what each function does with a signal.
 */
import { type Contender, check, shuffled, sumBelow } from "./contender.js"

const resolved = Promise.resolve()

async function leaf(i: number): Promise<number> {
  return i
}

function sleeper(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 3_600_000)
    const abort = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    signal.addEventListener("abort", abort, { once: true })
  })
}

async function sleepingTask(signal: AbortSignal): Promise<void> {
  await sleeper(signal)
}

async function countDown(depth: number): Promise<number> {
  return depth > 1 ? 1 + (await countDown(depth - 1)) : 1
}

export const promises: Contender = {
  chain: async (n) => {
    let left = n
    const begin = performance.now()
    await new Promise<void>((resolve) => {
      const step = () => {
        if (--left > 0) void resolved.then(step)
        else resolve()
      }
      void resolved.then(step)
    })
    const took = performance.now() - begin
    check(left, 0)
    return took
  },

  batch: async (n) => {
    let count = 0
    const step = () => {
      count++
    }
    const begin = performance.now()
    for (let i = 0; i < n; i++) void resolved.then(step)
    await resolved
    const took = performance.now() - begin
    check(count, n)
    return took
  },

  switches: async (n, k) => {
    let switches = 0
    async function worker(): Promise<void> {
      for (let i = 0; i < k; i++) {
        await null
        switches++
      }
    }
    const workers: Promise<void>[] = []
    for (let i = 0; i < n; i++) workers.push(worker())
    const begin = performance.now()
    for (const one of workers) await one
    const took = performance.now() - begin
    check(switches, n * k)
    return took
  },

  spawn: async (n, k) => {
    let total = 0
    const begin = performance.now()
    for (let j = 0; j < k; j++) {
      const all: Promise<number>[] = []
      for (let i = 0; i < n; i++) all.push(leaf(i))
      for (const one of all) total += await one
    }
    const took = performance.now() - begin
    check(total, k * sumBelow(n))
    return took
  },

  gather: async (n, k) => {
    let total = 0
    const begin = performance.now()
    for (let j = 0; j < k; j++) {
      const all: Promise<number>[] = []
      for (let i = 0; i < n; i++) all.push(leaf(i))
      for (const value of await Promise.all(all)) total += value
    }
    const took = performance.now() - begin
    check(total, k * sumBelow(n))
    return took
  },

  resume: async (n, k) => {
    let took = 0
    async function level(depth: number): Promise<number> {
      if (depth > 1) return 1 + (await level(depth - 1))
      await null
      const begin = performance.now()
      for (let i = 0; i < k; i++) await null
      took = performance.now() - begin
      return 1
    }
    check(await level(n), n)
    return took
  },

  call: async (n, k) => {
    let total = 0
    const begin = performance.now()
    for (let i = 0; i < k; i++) total += await countDown(n)
    const took = performance.now() - begin
    check(total, n * k)
    return took
  },

  cancel: async (n, k) => {
    let took = 0
    for (let j = 0; j < k; j++) {
      const controllers: AbortController[] = []
      const tasks: Promise<void>[] = []
      for (let i = 0; i < n; i++) {
        const controller = new AbortController()
        controllers.push(controller)
        tasks.push(sleepingTask(controller.signal))
      }
      const begin = performance.now()
      for (const controller of controllers) controller.abort()
      const ended = await Promise.allSettled(tasks)
      took += performance.now() - begin
      check(ended.filter((one) => one.status === "rejected").length, n)
    }
    return took
  },

  fire: async (n) => {
    const order = shuffled(n)
    let total = 0
    let left = n
    const begin = performance.now()
    await new Promise<void>((resolve) => {
      const fired = (i: number) => {
        total += i
        if (--left === 0) resolve()
      }
      for (let i = 0; i < n; i++) setTimeout(fired, (order[i] as number) / n, i)
    })
    const took = performance.now() - begin
    check(total, sumBelow(n))
    return took
  },

  disarm: async (n) => {
    const order = shuffled(n)
    let fired = 0
    const fire = () => {
      fired++
    }
    const timers: ReturnType<typeof setTimeout>[] = []
    const begin = performance.now()
    for (let i = 0; i < n; i++) timers.push(setTimeout(fire, 10_000 + ((order[i] as number) / n) * 10_000))
    for (const i of order) clearTimeout(timers[i])
    await null
    const took = performance.now() - begin
    check(fired, 0)
    return took
  },

  idleSleep: async (n) => {
    const controllers: AbortController[] = []
    const tasks: Promise<void>[] = []
    for (let i = 0; i < n; i++) {
      const controller = new AbortController()
      controllers.push(controller)
      tasks.push(sleepingTask(controller.signal))
    }
    await null
    return async () => {
      for (const controller of controllers) controller.abort()
      await Promise.allSettled(tasks)
    }
  },

  idleWait: async (n) => {
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const tasks: Promise<void>[] = []
    const task = async () => {
      await gate
    }
    for (let i = 0; i < n; i++) tasks.push(task())
    await null
    return async () => {
      open()
      await Promise.all(tasks)
    }
  },
}
