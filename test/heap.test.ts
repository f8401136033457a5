import { expect, test } from "vitest"
import { TimeHeap } from "../lib/heap.js"

/** Everything, in the order in which it leaves. */
function drain<T>(heap: TimeHeap<T>): T[] {
  const items: T[] = []
  while (heap.length > 0) items.push(heap.pop() as T)
  return items
}

/** Numbers below `limit` that are the same each time. */
function numbers(count: number, limit: number): number[] {
  let state = 12345
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 8) % limit
  })
}

test("items leave in the order of their times", () => {
  const heap = new TimeHeap<string>()
  heap.push(3, "c")
  heap.push(1, "a")
  heap.push(2, "b")

  expect(drain(heap)).toEqual(["a", "b", "c"])
})

test("equal times leave in the order in which they came", () => {
  const heap = new TimeHeap<number>()
  for (let i = 0; i < 100; i++) heap.push(1, i)

  expect(drain(heap)).toEqual(Array.from({ length: 100 }, (_, i) => i))
})

test("equal times that came between pops leave in the order in which they came", () => {
  const heap = new TimeHeap<string>()
  for (let i = 0; i < 4; i++) {
    heap.push(2, `late ${i}`)
    heap.push(1, `early ${i}`)
  }
  const out = [heap.pop(), heap.pop()]
  heap.push(1, "early 4")
  heap.push(2, "late 4")

  expect([...out, ...drain(heap)]).toEqual(
    [..."01234"].map((i) => `early ${i}`).concat([..."01234"].map((i) => `late ${i}`)),
  )
})

test("it sorts as a stable sort does", () => {
  const heap = new TimeHeap<[number, number]>()
  const items = numbers(5000, 300).map((time, i): [number, number] => [time, i])
  for (const item of items) heap.push(item[0], item)

  expect(drain(heap)).toEqual([...items].sort((a, b) => a[0] - b[0]))
})

test("earliest and peek() tell what comes next without removing it", () => {
  const heap = new TimeHeap<string>()
  expect([heap.earliest, heap.peek(), heap.pop(), heap.length]).toEqual([
    Number.POSITIVE_INFINITY,
    undefined,
    undefined,
    0,
  ])
  heap.push(2, "b")
  heap.push(-1, "a")

  expect([heap.earliest, heap.peek(), heap.length]).toEqual([-1, "a", 2])
})

test("infinite times wait behind all others", () => {
  const heap = new TimeHeap<string>()
  heap.push(Number.POSITIVE_INFINITY, "never")
  heap.push(Number.MAX_VALUE, "late")
  heap.push(Number.NEGATIVE_INFINITY, "at once")

  expect(drain(heap)).toEqual(["at once", "late", "never"])
})

test("retain() drops what it is told to, and keeps the order of the others", () => {
  const heap = new TimeHeap<number>()
  const times = numbers(1000, 50)
  times.forEach((time, i) => {
    heap.push(time, i)
  })
  heap.retain((i) => i % 3 === 0)

  const expected = times.map((time, i) => [time, i] as const).filter(([, i]) => i % 3 === 0)
  expect(drain(heap)).toEqual(expected.sort((a, b) => a[0] - b[0]).map(([, i]) => i))
})

test("retain() may drop everything", () => {
  const heap = new TimeHeap<number>()
  for (let i = 0; i < 10; i++) heap.push(i, i)
  heap.retain(() => false)
  heap.push(1, 1)

  expect(drain(heap)).toEqual([1])
})

test("clear() removes everything", () => {
  const heap = new TimeHeap<number>()
  for (let i = 0; i < 10; i++) heap.push(i, i)
  heap.clear()

  expect([heap.length, heap.earliest]).toEqual([0, Number.POSITIVE_INFINITY])
})
