/** Tunables, each with its unit and its reason. */

/** Seconds that a tick may run before the page has its turn: short of a quarter of a frame, long enough that the hop
 * between two ticks is noise. */
export const TICK_BUDGET = 0.004

/** Callbacks that run between two looks at the clock, at the most. A look costs as much as a tiny callback; but every
 * callback that runs unwatched can be a long one, so the number stays small. */
export const CLOCK_STRIDE_MAX = 16

/** Callbacks after which the real clock is read even if the cheap one says that no time has passed: fake timers may have
 * stopped it. */
export const CLOCK_STRIDE_FORCED = 1024

/** Forced readings without any progress of the real clock after which a tick ends: that clock is stopped as well, or so
 * coarse (100 ms where a browser resists fingerprinting) that it is no measure. 65,536 tiny callbacks take about 4 ms. */
export const CLOCK_STOPPED = 64

/** Seconds that a callback takes on average below which they count as tiny. */
export const TINY_CALLBACK = 0.000006

/** Cancelled timers stay in the heap until there are more timers than this … */
export const MIN_SCHEDULED_TIMERS = 100

/** … and more than this part of them is cancelled. As in CPython (base_events.py). */
export const MIN_CANCELLED_FRACTION = 0.5

/** Seconds that `run()` waits for running jobs of the default executor. */
export const THREAD_JOIN_TIMEOUT = 300

/** Seconds after which debug mode reports a callback as slow. */
export const SLOW_CALLBACK_DURATION = 0.1

/** Durations from here on, in seconds, make debug mode ask whether milliseconds were meant. */
export const SUSPICIOUS_DELAY = 1000

/** New coroutine objects that are kept in view before the first look at which of them were awaited. */
export const NURSERY_SIZE = 256
