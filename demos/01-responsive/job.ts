/** A job as this demo sees it: a function, the pieces that it is called with, and what to do with each result. */
export interface Job<A extends unknown[] = unknown[], R = unknown> {
  /** For the table of runs. */
  readonly label: string
  /** Runs one piece, in some 100 ms. */
  fn(...args: A): R
  /** The arguments of each piece. Read on demand: the next piece may depend on what came back so far. */
  pieces(): Generator<A, void, void>
  /** Pieces that wait while as many as there are workers run, so that a worker which has finished need not. */
  readonly spare: number
  /** Shows what a piece gave. */
  take(result: R, ...args: A): void
  /** From 0 to 1. */
  progress(): number
  /** What there is to say about it, while it runs and at the end. */
  summary(): string
}

/** Input that makes no job; the message is for the visitor. */
export class InputError extends Error {
  static {
    this.prototype.name = "InputError"
  }

  constructor(
    message: string,
    readonly field: HTMLInputElement | HTMLSelectElement,
  ) {
    super(message)
  }
}
