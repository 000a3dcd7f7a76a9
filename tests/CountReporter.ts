import type { Reporter, TestModule } from "vitest/node"

/** Prints the closing line `N passed, N failed[, N skipped]`, which scripts read; before it the tests that passed at a second try only. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandledErrors: ReadonlyArray<unknown>): void {
    let passed = 0
    let skipped = 0
    const disturbed: Array<string> = []
    // An error outside of any test, or a file that can't be loaded, counts like a failed test.
    let failed = unhandledErrors.length
    for (const module of modules) {
      failed += module.errors().length
      for (const suite of module.children.allSuites()) failed += suite.errors().length
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (test.diagnostic()?.flaky === true) disturbed.push(`${module.relativeModuleId}: ${test.fullName}`)
        if (state === "passed") passed++
        else if (state === "skipped") skipped++
        else failed++
      }
    }
    for (const name of disturbed) process.stdout.write(`\nPASSED AT THE SECOND TRY ${name}`)
    process.stdout.write(`\n${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}\n`)
  }
}
