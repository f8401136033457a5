/**
 * A priority queue by time; equal times leave in the order in which they came.
 *
 * Four children a node and the keys in arrays of their own: comparing touches numbers that lie together, not objects.
 *
 * Differs from CPython: `heapq` does not keep the order of equal deadlines, which its documentation leaves open.
 */
export class TimeHeap<T> {
  #times: number[] = []
  #order: number[] = []
  #items: T[] = []
  #count = 0

  get length(): number {
    return this.#items.length
  }

  /** The earliest time; `Infinity` if the heap is empty. */
  get earliest(): number {
    return this.#times.length === 0 ? Number.POSITIVE_INFINITY : (this.#times[0] as number)
  }

  /** The item with the earliest time. */
  peek(): T | undefined {
    return this.#items[0]
  }

  push(time: number, item: T): void {
    const last = this.#items.length
    const order = this.#count++
    this.#times.push(time)
    this.#order.push(order)
    this.#items.push(item)
    this.#siftUp(last, time, order, item)
  }

  /** Removes and returns the item with the earliest time. */
  pop(): T | undefined {
    const first = this.#items[0]
    const time = this.#times.pop()
    const order = this.#order.pop()
    const item = this.#items.pop()
    if (this.#items.length > 0) this.#siftDown(0, time as number, order as number, item as T)
    return first
  }

  /** Removes all items for which `keep` is false; O(n). */
  retain(keep: (item: T) => boolean): void {
    let kept = 0
    for (let i = 0; i < this.#items.length; i++) {
      const item = this.#items[i] as T
      if (!keep(item)) continue
      this.#times[kept] = this.#times[i] as number
      this.#order[kept] = this.#order[i] as number
      this.#items[kept] = item
      kept++
    }
    this.#times.length = this.#order.length = this.#items.length = kept
    for (let i = (kept - 2) >> 2; i >= 0; i--) {
      this.#siftDown(i, this.#times[i] as number, this.#order[i] as number, this.#items[i] as T)
    }
  }

  clear(): void {
    this.#times = []
    this.#order = []
    this.#items = []
  }

  #siftUp(hole: number, time: number, order: number, item: T): void {
    const times = this.#times
    while (hole > 0) {
      const parent = (hole - 1) >> 2
      // A newcomer has the highest order: it passes only what is later, never what is equal.
      if ((times[parent] as number) <= time) break
      this.#move(parent, hole)
      hole = parent
    }
    this.#put(hole, time, order, item)
  }

  #siftDown(hole: number, time: number, order: number, item: T): void {
    const times = this.#times
    const length = times.length
    for (;;) {
      const first = hole * 4 + 1
      if (first >= length) break
      let least = first
      const end = Math.min(first + 4, length)
      for (let child = first + 1; child < end; child++) if (this.#before(child, least)) least = child
      const leastTime = times[least] as number
      if (leastTime > time || (leastTime === time && (this.#order[least] as number) > order)) break
      this.#move(least, hole)
      hole = least
    }
    this.#put(hole, time, order, item)
  }

  #before(a: number, b: number): boolean {
    const timeA = this.#times[a] as number
    const timeB = this.#times[b] as number
    return timeA < timeB || (timeA === timeB && (this.#order[a] as number) < (this.#order[b] as number))
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#times[from] as number, this.#order[from] as number, this.#items[from] as T)
  }

  #put(at: number, time: number, order: number, item: T): void {
    this.#times[at] = time
    this.#order[at] = order
    this.#items[at] = item
  }
}
