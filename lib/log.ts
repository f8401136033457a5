/** Where warnings and unhandled errors go. */

/** Takes the library's reports. @see CPython Lib/asyncio/log.py */
export interface Logger {
  /** Something failed and nobody else will say so; `error` is what was thrown. */
  error(message: string, error?: unknown): void
  /** Something is probably wrong: `category` is `RuntimeWarning`, `ResourceWarning` or a slow callback's report. */
  warn(message: string): void
}

const toConsole: Logger = {
  error(message, error) {
    if (error === undefined) console.error(message)
    else console.error(message, error)
  },
  warn(message) {
    console.warn(message)
  },
}

let logger = toConsole

/** Sends the library's reports to `next` instead of the console; without an argument, back to the console. */
export function setLogger(next?: Logger): void {
  logger = next ?? toConsole
}

/** @internal */
export function _logError(message: string, error?: unknown): void {
  logger.error(message, error)
}

/** @internal */
export function _logWarning(message: string): void {
  logger.warn(message)
}
