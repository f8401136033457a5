/** The seam between the loop and the world outside. */

/** What a {@link Host} drives: an event loop. */
export interface Driven {
  /** Runs whole iterations until the time budget is spent or nothing is ready. */
  tick(): void
  /** Pending promises that a coroutine waits for. */
  readonly pendingPromises: number
  /** Jobs that an executor has not answered yet. */
  readonly pendingJobs: number
  /** Ends the run with an error. */
  fail(error: unknown): void
  /** One line for each task that waits, with what it waits for. */
  describeWaiting(): string[]
}

/**
 * What an event loop needs of the place where it runs: a clock, a turn soon, and a turn later.
 *
 * The page, a worker, Node and a virtual clock each are one. All times are in seconds on the host's own clock.
 */
export interface Host {
  /** How far apart two different readings of the clock are at least, in seconds; timers count as due that much early. */
  readonly resolution: number

  /** Callbacks that may run between two readings of the clock: 1 where reading it costs nothing. */
  readonly clockStride: number

  /** Seconds on a clock that never runs backwards. */
  now(): number

  /** A cheaper reading of some clock: a number that is another one when a millisecond has passed. */
  coarseNow(): number

  /** Called once, before anything else: the host calls `driven.tick()` from now on. */
  attach(driven: Driven): void

  /** Asks for one tick as soon as the world has had its turn. The loop asks again only after that tick. */
  requestTick(): void

  /** Asks for a tick at `when`; replaces what was asked before. `Infinity` withdraws it. */
  setTimer(when: number): void

  /** The loop begins or ends to run. While it runs with work pending the host may keep its process alive. */
  setRunning(running: boolean): void

  /** Lets go of ports and timers; the loop does not run again. */
  close(): void
}
