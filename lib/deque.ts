/** A queue in a ring buffer: push and shift cost the same few nanoseconds whatever its length. */
export class Deque<T> {
  #items: (T | undefined)[] = new Array(SMALL)
  #mask = SMALL - 1
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Adds `item` at the back. */
  push(item: T): void {
    if (this.#length > this.#mask) this.#grow()
    this.#items[(this.#head + this.#length) & this.#mask] = item
    this.#length++
  }

  /** Removes and returns the item in front; `undefined` if there is none. */
  shift(): T | undefined {
    const length = this.#length
    if (length === 0) return undefined
    const head = this.#head
    const item = this.#items[head]
    this.#items[head] = undefined
    this.#head = (head + 1) & this.#mask
    this.#length = length - 1
    return item
  }

  /** Removes everything. */
  clear(): void {
    this.#items = new Array(SMALL)
    this.#mask = SMALL - 1
    this.#head = 0
    this.#length = 0
  }

  /** Gives back the memory of a burst; only for an empty queue. */
  shrink(): void {
    if (this.#length === 0 && this.#mask >= LARGE) this.clear()
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = 0; i < this.#length; i++) yield this.#items[(this.#head + i) & this.#mask] as T
  }

  #grow(): void {
    const old = this.#items
    const capacity = old.length
    const items: (T | undefined)[] = new Array(capacity * 2)
    for (let i = 0; i < capacity; i++) items[i] = old[(this.#head + i) & this.#mask]
    this.#items = items
    this.#mask = capacity * 2 - 1
    this.#head = 0
  }
}

const SMALL = 64
const LARGE = 65_536
