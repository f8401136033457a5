import { expect, test } from "vitest"
import { Deque } from "../lib/deque.js"

/** The same numbers each time (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

test("what goes in first comes out first", () => {
  const queue = new Deque<string>()
  for (const item of "abc") queue.push(item)

  expect([queue.length, queue.shift(), queue.shift(), queue.shift(), queue.length]).toEqual([3, "a", "b", "c", 0])
})

test("an empty queue gives undefined, and goes on working", () => {
  const queue = new Deque<string>()

  expect([queue.shift(), queue.length]).toEqual([undefined, 0])
  queue.push("a")
  expect([queue.shift(), queue.shift(), queue.length]).toEqual(["a", undefined, 0])
})

test("it grows while its items lie around the end of the buffer", () => {
  const queue = new Deque<number>()
  for (let i = 0; i < 50; i++) queue.push(i)
  for (let i = 0; i < 50; i++) queue.shift()
  for (let i = 0; i < 1000; i++) queue.push(i)

  expect([...queue]).toEqual(Array.from({ length: 1000 }, (_, i) => i))
})

test("it does what an array does, whatever the order of calls", () => {
  const next = random(1)
  const queue = new Deque<number>()
  const model: number[] = []
  const differences: string[] = []
  for (let i = 0; i < 20_000; i++) {
    // Long stretches of growing and of shrinking.
    if (next() < (i % 4000 < 2000 ? 0.7 : 0.3)) {
      queue.push(i)
      model.push(i)
    } else if (queue.shift() !== model.shift()) {
      differences.push(`shift ${i}`)
    }
    if (queue.length !== model.length) differences.push(`length ${i}`)
  }

  expect(differences).toEqual([])
  expect([...queue]).toEqual(model)
})

test("clear() removes everything", () => {
  const queue = new Deque<number>()
  for (let i = 0; i < 100; i++) queue.push(i)
  queue.clear()
  queue.push(1)

  expect([...queue]).toEqual([1])
})

test("shrink() leaves what is in the queue, and a queue that works", () => {
  const queue = new Deque<number>()
  for (let i = 0; i < 70_000; i++) queue.push(i)
  queue.shrink()
  expect(queue.length).toBe(70_000)
  for (let i = 0; i < 70_000; i++) queue.shift()
  queue.shrink()
  queue.push(7)

  expect([...queue]).toEqual([7])
})
