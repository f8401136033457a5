/**
 * The loop's place on a page, in a worker, or in Node.
 *
 * Turns come from one MessageChannel: it is a macrotask, so input, rendering and the page's timers come in between, and
 * unlike `setTimeout` it is not held up for 4 ms. The one platform timer only asks for a turn.
 */
import { CLOCK_STRIDE_MAX } from "./constants.js"
import { RuntimeError } from "./exceptions.js"
import type { Driven, Host } from "./host.js"

/** `setTimeout` takes a signed 32-bit number of milliseconds; more than that fires at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

/** The clock of a page that is not cross-origin isolated stands still for this long, in seconds. */
const COARSE_CLOCK = 1e-4
const FINE_CLOCK = 5e-6

/** A host on MessageChannel and `setTimeout`. Nothing is started before the loop runs. */
export function browserHost(): Host {
  return new BrowserHost()
}

class BrowserHost implements Host {
  readonly clockStride = CLOCK_STRIDE_MAX
  readonly resolution =
    (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false ? COARSE_CLOCK : FINE_CLOCK

  #driven: Driven | undefined
  #channel: MessageChannel | undefined
  #tickRequested = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #armedFor = Number.POSITIVE_INFINITY

  now(): number {
    return performance.now() / 1000
  }

  /** `performance.now()` costs 130 ns in Chromium, `Date.now()` a third of that. That it may jump does no harm here. */
  coarseNow(): number {
    return Date.now()
  }

  attach(driven: Driven): void {
    this.#driven = driven
  }

  requestTick(): void {
    if (this.#tickRequested) return
    this.#tickRequested = true
    const { port1, port2 } = this.#open()
    // In Node a port with a listener keeps the process alive; one with a message under way has to.
    ref(port1)
    port2.postMessage(null)
  }

  setTimer(when: number): void {
    if (when === this.#armedFor) return
    clearTimeout(this.#timer)
    this.#armedFor = when
    if (when === Number.POSITIVE_INFINITY) return
    // Timers count as due one resolution early; without that the rounding would make every second one 1 ms late.
    const delayMs = Math.ceil((when - this.now() - this.resolution) * 1000)
    this.#timer = setTimeout(this.#due, Math.min(Math.max(delayMs, 0), LONGEST_TIMEOUT_MS))
  }

  setRunning(): void {
    // Ports and timers alone decide whether Node stays: an idle loop does not keep a process.
  }

  close(): void {
    this.setTimer(Number.POSITIVE_INFINITY)
    this.#channel?.port1.close()
    this.#channel?.port2.close()
    this.#channel = undefined
    this.#tickRequested = false
  }

  /** A timer's task counts as nested, and browsers slow nested timers down: the tick comes by message. */
  #due = (): void => {
    this.#armedFor = Number.POSITIVE_INFINITY
    this.requestTick()
  }

  #message = (): void => {
    this.#tickRequested = false
    this.#driven?.tick()
    if (!this.#tickRequested && this.#channel !== undefined) unref(this.#channel.port1)
  }

  #open(): MessageChannel {
    if (this.#channel !== undefined) return this.#channel
    if (typeof MessageChannel === "undefined") {
      throw new RuntimeError("this environment has no MessageChannel to run an event loop on: pass a host of your own")
    }
    const channel = new MessageChannel()
    channel.port1.onmessage = this.#message
    this.#channel = channel
    return channel
  }
}

interface NodePort {
  ref?(): void
  unref?(): void
}

function ref(port: unknown): void {
  ;(port as NodePort).ref?.()
}

function unref(port: unknown): void {
  ;(port as NodePort).unref?.()
}
