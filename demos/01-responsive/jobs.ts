/**
 * The two jobs of this demo: plain functions, which run on the page as well as in a worker.
 *
 * This module is also the worker's script: `threads()` below is all it takes.
 */
import { checkCancelled, threads } from "asyncio-web/threads"

// ---- the Mandelbrot set ----

/** A view of the plane. At zoom 1 its width shows the whole set. */
export interface View {
  readonly re: number
  readonly im: number
  readonly zoom: number
  /** Steps after which a point counts as one of the set. */
  readonly iterations: number
  /** Points per pixel and axis: 3 means that a pixel is the mean of nine. */
  readonly samples: number
  /** The image, in pixels. */
  readonly width: number
  readonly height: number
}

/** A part of the image, in pixels. */
export interface Tile {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The plane's width at zoom 1. */
export const PLANE = 3.6

/** Escape radius, squared. Far out, so that the count can be smoothed without seams. */
const FAR = 256

/** Renders one tile of a view, as RGBA. */
export function mandelbrot(view: View, tile: Tile): Uint8ClampedArray<ArrayBuffer> {
  const { iterations, samples } = view
  const pixels = new Uint8ClampedArray(tile.width * tile.height * 4)
  const step = PLANE / view.zoom / view.width / samples
  const left = view.re + ((tile.x - view.width / 2) * samples + 0.5) * step
  const top = view.im - ((tile.y - view.height / 2) * samples + 0.5) * step
  for (let y = 0, at = 0; y < tile.height; y++) {
    // A row takes a few milliseconds: a cancelled tile ends that soon.
    checkCancelled()
    for (let x = 0; x < tile.width; x++, at += 4) {
      let red = 0
      let green = 0
      let blue = 0
      for (let i = 0; i < samples * samples; i++) {
        const re = left + (x * samples + (i % samples)) * step
        const im = top - (y * samples + Math.floor(i / samples)) * step
        const colour = 3 * shade(escapeTime(re, im, iterations))
        red += palette[colour]!
        green += palette[colour + 1]!
        blue += palette[colour + 2]!
      }
      pixels[at] = red / (samples * samples)
      pixels[at + 1] = green / (samples * samples)
      pixels[at + 2] = blue / (samples * samples)
      pixels[at + 3] = 255
    }
  }
  return pixels
}

/** The smoothed number of steps after which a point escapes; -1 for one that does not. */
function escapeTime(re: number, im: number, iterations: number): number {
  let x = 0
  let y = 0
  let xx = 0
  let yy = 0
  // A point that comes back to where it was, to the last bit, goes round for ever.
  let beenX = 0
  let beenY = 0
  let lap = 8
  for (let n = 0; n < iterations; n++) {
    y = 2 * x * y + im
    x = xx - yy + re
    xx = x * x
    yy = y * y
    if (xx + yy > FAR) return n + 2 - Math.log2(Math.log2(xx + yy))
    if (x === beenX && y === beenY) return -1
    if (n === lap) {
      beenX = x
      beenY = y
      lap *= 2
    }
  }
  return -1
}

/** Colours of the palette, and one more for the set itself. */
const SHADES = 2048

function shade(time: number): number {
  if (time < 0) return SHADES
  // By the logarithm, so that a view with ten steps and one with ten thousand have bands of the same width.
  return Math.floor(SHADES * 0.52 * Math.log2(time + 3)) % SHADES
}

const palette = /* @__PURE__ */ makePalette()

/** A closed loop through night, blue, paper and amber, then the ink of the set. */
function makePalette(): Uint8Array {
  const stops = [
    [0, 9, 14, 36],
    [0.2, 22, 74, 150],
    [0.42, 196, 222, 245],
    [0.52, 252, 244, 226],
    [0.66, 244, 150, 62],
    [0.82, 122, 30, 16],
    [1, 9, 14, 36],
  ] as const
  const colours = new Uint8Array(3 * (SHADES + 1))
  for (let i = 0; i < SHADES; i++) {
    const at = i / SHADES
    const to = stops.findIndex(([stop]) => stop > at)
    const [from, upto] = [stops[to - 1]!, stops[to]!]
    const t = (at - from[0]) / (upto[0] - from[0])
    // Eased, so that no stop shows as an edge.
    const eased = t * t * (3 - 2 * t)
    for (const c of [0, 1, 2] as const) colours[3 * i + c] = from[c + 1]! + eased * (upto[c + 1]! - from[c + 1]!)
  }
  colours.set([12, 13, 17], 3 * SHADES)
  return colours
}

// ---- factoring ----

/**
 * A search for a divisor of `n`: Pollard's rho, that is a walk y → y² + c which repeats itself modulo a divisor long
 * before it does modulo `n`. A few numbers describe where it stands, so it can go on anywhere.
 */
export interface Walk {
  readonly n: bigint
  readonly c: bigint
  readonly x: bigint
  readonly y: bigint
  /** Steps since `x` was last moved up, and after how many it will be next (Brent). */
  readonly lap: number
  readonly lapLength: number
  readonly steps: number
}

/** What a stretch of the search gave: the number is prime, a divisor, or how to go on. */
export type Found =
  | { readonly kind: "prime" }
  | { readonly kind: "divisor"; readonly divisor: bigint }
  | { readonly kind: "walk"; readonly walk: Walk }

/** A stretch of the search is this long, in milliseconds. */
export const STRETCH_MS = 80

/** Differences that are multiplied up before one common divisor is taken. */
const BATCH = 256

/** The start of a search. Each `c` gives a walk of its own. */
export function newWalk(n: bigint, c: bigint): Walk {
  return { n, c, x: 2n, y: 2n, lap: 0, lapLength: 1, steps: 0 }
}

/** Searches on for a divisor, for `STRETCH_MS`. */
export function factor(walk: Walk): Found {
  const { n, c } = walk
  let { x, y, lap, lapLength, steps } = walk
  if (steps === 0) {
    const small = smallDivisor(n)
    if (small === n || (small === undefined && isPrime(n))) return { kind: "prime" }
    if (small !== undefined) return { kind: "divisor", divisor: small }
  }
  const end = performance.now() + STRETCH_MS
  do {
    checkCancelled()
    const batch = { ...walk, x, y, lap, lapLength, steps }
    let product = 1n
    for (let i = 0; i < BATCH; i++) {
      y = (y * y + c) % n
      product = (product * (x > y ? x - y : y - x)) % n
      if (++lap === lapLength) {
        x = y
        lap = 0
        lapLength *= 2
      }
    }
    steps += BATCH
    const divisor = gcd(product, n)
    if (divisor > 1n) return divisor < n ? { kind: "divisor", divisor } : again(batch)
  } while (performance.now() < end)
  return { kind: "walk", walk: { ...walk, x, y, lap, lapLength, steps } }
}

/** Takes a batch step by step: all of its divisors at once were as good as none. */
function again(walk: Walk): Found {
  const { n, c } = walk
  let { x, y, lap, lapLength } = walk
  for (;;) {
    y = (y * y + c) % n
    const divisor = gcd(x > y ? x - y : y - x, n)
    if (divisor === n) return { kind: "walk", walk: { ...newWalk(n, c + 1n), steps: 1 } }
    if (divisor > 1n) return { kind: "divisor", divisor }
    if (++lap === lapLength) {
      x = y
      lap = 0
      lapLength *= 2
    }
  }
}

function smallDivisor(n: bigint): bigint | undefined {
  if (n % 2n === 0n) return 2n
  for (let d = 3n; d < 1000n; d += 2n) {
    if (n % d === 0n) return d
    if (d * d > n) return n
  }
  return undefined
}

/** Miller and Rabin's test, for odd `n` > 1000. Certain below 3·10²⁴; above, one composite in 10¹⁴ might pass. */
function isPrime(n: bigint): boolean {
  let d = n - 1n
  let twos = 0
  for (; d % 2n === 0n; d /= 2n) twos++
  const bases = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83].map(BigInt)
  return bases.every((base) => {
    let power = powMod(base, d, n)
    if (power === 1n || power === n - 1n) return true
    for (let i = 1; i < twos; i++) {
      power = (power * power) % n
      if (power === n - 1n) return true
    }
    return false
  })
}

function powMod(base: bigint, exponent: bigint, n: bigint): bigint {
  let result = 1n
  for (let square = base % n; exponent > 0n; exponent >>= 1n, square = (square * square) % n) {
    if (exponent & 1n) result = (result * square) % n
  }
  return result
}

function gcd(a: bigint, b: bigint): bigint {
  while (b > 0n) [a, b] = [b, a % b]
  return a
}

threads({ mandelbrot, factor }, () => new Worker(new URL("./jobs.ts", import.meta.url), { type: "module" }))
