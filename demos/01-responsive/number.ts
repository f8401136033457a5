/** The job *Factor*: reads a number, searches it for divisors, and shows what it finds. */
import { count, duration } from "./format.js"
import { InputError, type Job } from "./job.js"
import { type Found, factor, newWalk, STRETCH_MS, type Walk } from "./jobs.js"

const MOST_DIGITS = 60

/** Steps that a walk takes on average to find a divisor p, in units of √p. */
const EFFORT = 1.5

/** The number on the page. */
export class Factoring {
  readonly #field: HTMLInputElement
  readonly #display: HTMLElement
  /** Steps in a millisecond, of the latest stretch. */
  #pace = 5000

  constructor(field: HTMLInputElement, examples: HTMLSelectElement, display: HTMLElement) {
    this.#field = field
    this.#display = display
    examples.addEventListener("change", () => {
      if (examples.value !== "") field.value = examples.value
      field.dispatchEvent(new Event("input", { bubbles: true }))
    })
    field.addEventListener("input", () => {
      examples.value = [...examples.options].find((option) => option.value === field.value)?.value ?? ""
    })
    this.idle()
  }

  /** Shows the number that is typed, without an answer. */
  idle(): void {
    try {
      this.#show(this.#read(), [], "")
    } catch {
      this.#display.replaceChildren()
    }
  }

  /**
   * How long it may take.
   *
   * @throws {InputError}
   */
  forecast(): string {
    const n = this.#read()
    const digits = `${String(n).length} digits`
    if (n < 2n ** 50n) return `${digits}: done at once.`
    const worstMs = Number(((EFFORT * Number(n) ** 0.25) / this.#pace).toPrecision(1))
    return `${digits}: about ${duration(worstMs).replace(/\.\d+/, "")} on one core for two equally large factors, less for a small one.`
  }

  /**
   * The job that the field describes.
   *
   * @throws {InputError}
   */
  job(): Job<[Walk], Found> {
    const n = this.#read()
    const primes: bigint[] = []
    const parts = [n]
    /** Walks of the last of `parts` that nobody is on; several search it at once, each from a start of its own. */
    let resting: Walk[] = []
    const paths = new Map<bigint, number>()
    let starts = 0n
    let steps = 0
    this.#show(n, [], "")

    const takePart = (found: bigint[]) => {
      parts.pop()
      parts.push(...found)
      resting = []
      paths.clear()
      starts = 0n
    }
    return {
      label: `Factor ${String(n).length} digits`,
      fn: factor,
      // A walk that waits gets nowhere.
      spare: 0,
      pieces: function* (this: void) {
        for (let part = parts.at(-1); part !== undefined; part = parts.at(-1)) {
          yield [resting.pop() ?? newWalk(part, ++starts)]
        }
      },
      take: (found, walk) => {
        // Others may have split it meanwhile.
        if (walk.n !== parts.at(-1)) return
        if (found.kind === "walk") {
          const more = found.walk.steps - walk.steps
          this.#pace = more / STRETCH_MS
          steps += more
          paths.set(found.walk.c, found.walk.steps)
          resting.push(found.walk)
        } else if (found.kind === "prime") {
          primes.push(walk.n)
          takePart([])
        } else {
          takePart([walk.n / found.divisor, found.divisor])
        }
        this.#show(n, [...primes].sort(ascending), `${count(steps)} steps`, parts)
      },
      progress: () => (parts.length === 0 ? 1 : odds(parts.at(-1)!, paths)),
      summary: () => {
        if (parts.length === 0) return primes.length === 1 ? "prime" : `${primes.length} prime factors`
        return `${count(steps)} steps; odds of success by now ${Math.floor(100 * odds(parts.at(-1)!, paths))} %`
      },
    }
  }

  #read(): bigint {
    const field = this.#field
    const text = field.value.replaceAll(/[\s_,.'’]/g, "").replaceAll("−", "-")
    if (text === "") throw new InputError("Type a whole number.", field)
    const power = /^(\d{1,6})\^(\d{1,3})(?:([+-])(\d{1,6}))?$/.exec(text)
    if (power === null && !/^\d+$/.test(text)) {
      const odd = /[^\d]/.exec(text)![0]
      const sign = odd === "-" && text.startsWith("-")
      throw new InputError(
        sign ? "Only positive numbers have prime factors." : `Digits only, or 2^101-1; there is “${odd}” in it.`,
        field,
      )
    }
    const [, base, exponent, sign, rest] = power ?? []
    if (base !== undefined && Number(exponent) * Math.log10(Number(base)) > MOST_DIGITS + 1) throw this.#tooLong()
    const n =
      base === undefined ? BigInt(text) : BigInt(base) ** BigInt(exponent!) + BigInt(`${sign ?? "+"}${rest ?? 0}`)
    if (n < 2n) throw new InputError("The smallest number with a prime factor is 2.", field)
    if (String(n).length > MOST_DIGITS) throw this.#tooLong()
    return n
  }

  #tooLong(): InputError {
    return new InputError(`At most ${MOST_DIGITS} digits: more would outlast you.`, this.#field)
  }

  #show(n: bigint, primes: readonly bigint[], note: string, open: readonly bigint[] = [n]): void {
    const product: (HTMLElement | string)[] = []
    const add = (value: bigint, open: boolean) => {
      if (product.length > 0) product.push(" × ")
      product.push(digits(value, open ? "open" : "prime"))
    }
    for (const prime of primes) add(prime, false)
    if (open[0] !== n) for (const part of open) add(part, true)
    const answer = document.createElement("p")
    answer.className = "answer"
    answer.dataset.answer = open.length === 0 ? "complete" : "open"
    if (open.length === 0 && primes.length === 1) answer.append("is prime")
    else if (product.length > 0) answer.append("= ", ...product)
    else answer.append("= ? × ?")
    const line = document.createElement("p")
    line.className = "number"
    line.append(digits(n, "whole"))
    const foot = document.createElement("p")
    foot.className = "note"
    foot.textContent = note
    this.#display.replaceChildren(line, answer, foot)
  }
}

/**
 * The chance that walks of these lengths would have found a divisor by now, were the smallest one as large as it can be.
 * A search has no better measure of its progress.
 */
function odds(n: bigint, paths: ReadonlyMap<bigint, number>): number {
  let squares = 0
  for (const steps of paths.values()) squares += (steps / EFFORT) ** 2
  return 1 - Math.exp((-squares * (Math.PI / 4)) / Math.sqrt(Number(n)))
}

/** A number in groups of three, which are not in its text. */
function digits(n: bigint, kind: string): HTMLElement {
  const element = document.createElement("span")
  element.className = `digits ${kind}`
  for (const group of String(n).match(/\d{1,3}(?=(\d{3})*$)/g) ?? []) {
    const part = document.createElement("span")
    part.textContent = group
    element.append(part)
  }
  return element
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
