/** The strip chart: what the page felt in the last seconds, on paper that moves to the left. */
import type { Vitals } from "./vitals.js"

/** Where a job ran. */
export type Where = "main" | "worker"

/** A stretch of the chart during which a job ran. */
export interface Stretch {
  readonly where: Where
  readonly fromMs: number
  /** Infinity while it runs. */
  toMs: number
}

/** The strip's length, in milliseconds. */
const WINDOW_MS = 12_000

/** Room for the labels of the scales. */
const MARGIN = 54

/** One of the two curves: its values are milliseconds, on a logarithmic scale. */
interface Track {
  readonly title: string
  readonly lowMs: number
  readonly highMs: number
}

const FRAMES: Track = { title: "Frame interval", lowMs: 8, highMs: 10_000 }
const DELAYS: Track = { title: "Input delay", lowMs: 1, highMs: 10_000 }
const LINES = [
  [10, "10 ms"],
  [100, "100 ms"],
  [1000, "1 s"],
] as const

type Ink = Record<"ink" | "quiet" | "line" | Where, string>

/** Draws on a canvas that it keeps as large as its box. */
export class StripChart {
  readonly #canvas: HTMLCanvasElement
  readonly #vitals: Vitals
  readonly #stretches: readonly Stretch[]
  #ink: Ink | undefined
  #font = ""

  constructor(canvas: HTMLCanvasElement, vitals: Vitals, stretches: readonly Stretch[]) {
    this.#canvas = canvas
    this.#vitals = vitals
    this.#stretches = stretches
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.#ink = undefined
    })
  }

  draw(nowMs: number): void {
    this.#ink ??= this.#readInk()
    const ink = this.#ink
    const canvas = this.#canvas
    const scale = devicePixelRatio
    const { clientWidth: width, clientHeight: height } = canvas
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale)
      canvas.height = Math.round(height * scale)
    }
    const context = canvas.getContext("2d")!
    context.setTransform(scale, 0, 0, scale, 0, 0)
    context.clearRect(0, 0, width, height)
    context.font = this.#font
    context.textBaseline = "middle"
    const right = width - MARGIN
    const xOf = (ms: number) => right - ((nowMs - ms) / WINDOW_MS) * right
    const half = Math.floor(height / 2)
    this.#drawTrack(context, ink, FRAMES, { top: 20, bottom: half - 8, right, xOf })
    this.#drawTrack(context, ink, DELAYS, { top: half + 20, bottom: height - 8, right, xOf })
  }

  #drawTrack(context: CanvasRenderingContext2D, ink: Ink, track: Track, box: Box): void {
    const { top, bottom, right, xOf } = box
    const range = Math.log(track.highMs / track.lowMs)
    const yOf = (ms: number) => {
      return bottom - (bottom - top) * Math.min(Math.max(Math.log(ms / track.lowMs) / range, 0), 1)
    }
    context.save()
    context.beginPath()
    context.rect(0, top - 20, right, bottom - top + 21)
    context.clip()
    for (const { where, fromMs, toMs } of this.#stretches) {
      const x = xOf(fromMs)
      const end = Math.min(xOf(toMs), right)
      if (end < 0) continue
      context.globalAlpha = 0.1
      context.fillStyle = ink[where]
      context.fillRect(x, top - 2, Math.max(end - x, 1), bottom - top + 2)
      context.globalAlpha = 1
      context.fillRect(x, top - 2, Math.max(end - x, 1), 2)
    }
    context.restore()

    context.lineWidth = 1
    context.strokeStyle = ink.line
    context.fillStyle = ink.quiet
    for (const [ms, label] of LINES) {
      const y = Math.round(yOf(ms)) + 0.5
      context.beginPath()
      context.moveTo(0, y)
      context.lineTo(right, y)
      context.stroke()
      context.fillText(label, right + 7, y)
    }
    context.strokeStyle = ink.quiet
    context.beginPath()
    context.moveTo(0, bottom + 0.5)
    context.lineTo(right, bottom + 0.5)
    context.stroke()
    context.fillText(track.title, 0, top - 12)

    context.save()
    context.beginPath()
    context.rect(0, top - 2, right, bottom - top + 2)
    context.clip()
    if (track === FRAMES) this.#drawFrames(context, ink, bottom, xOf, yOf)
    else this.#drawDelays(context, ink, bottom, xOf, yOf)
    context.restore()
  }

  #drawFrames(context: CanvasRenderingContext2D, ink: Ink, bottom: number, xOf: Scale, yOf: Scale): void {
    const { frames } = this.#vitals
    for (let i = frames.length - 1; i >= 0; i--) {
      const { startMs, endMs } = frames[i]!
      const end = xOf(endMs)
      if (end < 0) break
      const start = xOf(startMs)
      const y = yOf(endMs - startMs)
      context.fillStyle = this.#colourAt(ink, startMs, endMs)
      context.fillRect(start, y, end - start, bottom - y)
    }
  }

  #drawDelays(context: CanvasRenderingContext2D, ink: Ink, bottom: number, xOf: Scale, yOf: Scale): void {
    const { delays } = this.#vitals
    for (let i = delays.length - 1; i >= 0; i--) {
      const { atMs, delayMs, kind } = delays[i]!
      const x = xOf(atMs)
      if (x < -8) break
      const y = yOf(delayMs)
      context.fillStyle = this.#colourAt(ink, atMs, atMs + delayMs)
      context.fillRect(x - 1, y, 2, bottom - y)
      if (kind === "probe") continue
      context.beginPath()
      context.arc(x, Math.min(y, bottom - 4), 4, 0, 2 * Math.PI)
      context.fill()
    }
  }

  #colourAt(ink: Ink, fromMs: number, toMs: number): string {
    const stretch = this.#stretches.findLast((it) => it.fromMs < toMs && it.toMs > fromMs)
    return stretch === undefined ? ink.ink : ink[stretch.where]
  }

  #readInk(): Ink {
    const style = getComputedStyle(this.#canvas)
    const read = (name: string) => style.getPropertyValue(name).trim()
    this.#font = `11px ${style.fontFamily}`
    return {
      ink: read("--ink-soft"),
      quiet: read("--ink-soft"),
      line: read("--line"),
      main: read("--main"),
      worker: read("--worker"),
    }
  }
}

type Scale = (ms: number) => number

interface Box {
  readonly top: number
  readonly bottom: number
  readonly right: number
  readonly xOf: Scale
}
