/** A host with a clock that goes only where it is told to. */
import { type Driven, type Host, RuntimeError } from "../index.js"

/**
 * A {@link Host} on a virtual clock, in seconds.
 *
 * The first tick of a run comes inside the call that starts it. With nothing ready the clock jumps to the next deadline. While
 * promises are pending it first lets them have a real turn, and while an executor works on a job it waits for that.
 */
export class VirtualHost implements Host {
  readonly resolution = 1e-9
  readonly clockStride = 1
  /** For tests: whatever they want to remember; a tick adds `"tick"` if {@link logTicks} is set. */
  readonly log: string[] = []
  /** Add `"tick"` to the log at each tick. */
  logTicks = false

  #now: number
  #driven: Driven | undefined
  #requested = false
  #deadline = Number.POSITIVE_INFINITY
  #running = false
  #pumping = false
  #pumpDue = false
  /** The run has had its first tick, which comes inside the call that starts it. */
  #begun = false
  /** Turns of the real world that the pending promises have had since something last happened. */
  #patience = 0
  #channel: MessageChannel | undefined

  /** @param start what the clock says at first, in seconds. */
  constructor(start = 0) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  coarseNow(): number {
    return this.#now
  }

  /** Lets `seconds` pass, as a callback does that takes that long. */
  spend(seconds: number): void {
    this.#now += seconds
  }

  attach(driven: Driven): void {
    this.#driven = driven
  }

  requestTick(): void {
    this.#requested = true
    if (this.#begun) this.#pumpSoon()
    else this.#pump()
  }

  setTimer(when: number): void {
    this.#deadline = when
    if (this.#begun && !this.#pumping) this.#pumpSoon()
  }

  setRunning(running: boolean): void {
    this.#running = running
    this.#begun = false
    this.#patience = 0
  }

  close(): void {
    this.#channel?.port1.close()
    this.#channel = undefined
  }

  /** Native code must not see its callback run before `callSoon` returns. */
  #pumpSoon(): void {
    if (this.#pumping || this.#pumpDue) return
    this.#pumpDue = true
    queueMicrotask(() => {
      this.#pumpDue = false
      if (this.#running) this.#pump()
    })
  }

  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    this.#begun = true
    try {
      while (this.#running && (this.#requested || this.#jump())) {
        if (this.#requested) this.#patience = 0
        this.#requested = false
        if (this.logTicks) this.log.push("tick")
        this.#driven?.tick()
      }
    } finally {
      this.#pumping = false
    }
  }

  /** Moves the clock to the next deadline; false if the real world has to move first, or nothing ever will. */
  #jump(): boolean {
    const driven = this.#driven as Driven
    if (this.#deadline <= this.#now) {
      // Overdue: the world need not move for it.
      this.#deadline = Number.POSITIVE_INFINITY
      return true
    }
    if (driven.pendingJobs > 0) return false
    if (driven.pendingPromises > 0 && this.#patience < PATIENCE) {
      this.#patience++
      this.#afterRealTurn()
      return false
    }
    if (this.#deadline === Number.POSITIVE_INFINITY) return this.#stuck(driven)
    this.#patience = 0
    this.#now = Math.max(this.#now, this.#deadline)
    this.#deadline = Number.POSITIVE_INFINITY
    return true
  }

  #stuck(driven: Driven): false {
    if (driven.pendingPromises > 0) return false
    if (this.#patience < PATIENCE) {
      // Native code may be about to end a future: a promise callback that nobody told the loop of.
      this.#patience++
      this.#afterRealTurn()
      return false
    }
    const waiting = driven.describeWaiting()
    driven.fail(
      new RuntimeError(
        `deadlock: nothing is ready, no deadline is left, and ${waiting.length} task(s) wait for ever:\n  ${waiting.join("\n  ")}`,
      ),
    )
    return false
  }

  /** Macrotasks: between two of them every microtask that can run has run. */
  #afterRealTurn(): void {
    this.#channel ??= new MessageChannel()
    this.#channel.port1.onmessage = () => {
      this.#channel?.port1.close()
      this.#channel = undefined
      if (this.#running) this.#pump()
    }
    this.#channel.port2.postMessage(null)
  }
}

/** A promise that is going to be settled by promises alone is so after one turn; a second one for `fetch`'s kin. */
const PATIENCE = 3
