/** What the library reports while tests run. */
import { afterEach, beforeEach, expect } from "vitest"
import { setLogger } from "../../lib/log.js"

/** The reports of the current test. */
export const reports: string[] = []

/**
 * Collects in {@link reports} instead of the console, for each test of the file.
 *
 * @param options.expected whether tests leave what they expected there; else what is left at their end fails them.
 */
export function collectReports({ expected }: { expected: boolean }): void {
  beforeEach(() => {
    reports.length = 0
    setLogger({ error: (message) => reports.push(message), warn: (message) => reports.push(message) })
  })
  afterEach(() => {
    setLogger()
    if (!expected) expect(reports).toEqual([])
  })
}
