import type { Reporter, TestModule } from "vitest/node"

/** Ends every run, a failing one too, with `tests: N passed, N failed, N skipped` alone on a line, for scripts. */
export const closingLine: Reporter = {
  onTestRunEnd(modules: readonly TestModule[], unhandled) {
    const count = { passed: 0, failed: unhandled.length, skipped: 0 }
    for (const module of modules) {
      count.failed += module.errors().length
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        count[state === "pending" ? "skipped" : state]++
      }
    }
    process.stdout.write(`\ntests: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`)
  },
}
