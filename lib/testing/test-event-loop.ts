import { type AwaitableOrPromise, EventLoop, run } from "../index.js"
import { VirtualHost } from "./virtual-host.js"

/** Options of {@link TestEventLoop}. */
export interface TestEventLoopOptions {
  /** What the clock says at first, in seconds; 0 if not given. */
  start?: number
}

/**
 * asyncio's loop on a virtual clock that jumps to the next deadline when nothing is ready: an hour of `sleep` takes no time.
 *
 * A program that waits for nothing native runs to its end inside the call that starts it. Iterations, order and times are
 * those of CPython under such a clock. If nothing is ready and no deadline is left, the run rejects and says which tasks
 * wait for what.
 *
 * ```ts run
 * import { TestEventLoop } from "asyncio-web/testing"
 * const loop = new TestEventLoop()
 * loop.time() // => 0
 * ```
 */
export class TestEventLoop extends EventLoop {
  /** The loop's host, whose clock can be moved. */
  readonly host: VirtualHost

  constructor(options: TestEventLoopOptions = {}) {
    const host = new VirtualHost(options.start)
    super({ host, tickBudget: Number.POSITIVE_INFINITY })
    this.host = host
  }

  /** Lets `seconds` pass without running anything, as a callback does that blocks for so long. */
  block(seconds: number): void {
    this.host.spend(seconds)
  }

  /** `run(main)` on a new loop of this kind. */
  static run<T>(main: AwaitableOrPromise<T>, options: { debug?: boolean } = {}): Promise<T> {
    return run(main, { ...options, loopFactory: () => new TestEventLoop() })
  }
}
