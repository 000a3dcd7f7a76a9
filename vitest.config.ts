import { defineConfig } from "vitest/config"

/**
 * On a build machine a test on real servers is tried once more when it fails: one that was disturbed must not hold everything up.
 * The run names each test that needed it before its closing line, so that it is looked into.
 */
const retry = process.env.CI === undefined ? 0 : 1

/** One project per kind of test (docs: style.md, tests): `unit` needs nothing, `integration` a real local stack. */
export default defineConfig({
  test: {
    reporters: ["default", "./tests/GuaranteeReporter.ts", "./tests/CountReporter.ts"],
    // Half of the machine's time belongs to the servers that the tests talk to.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["packages/*/test/**/*.test.ts"],
          // Their time is virtual; a busy machine must not fail them.
          testTimeout: 60_000,
          sequence: { groupOrder: 0 }
        }
      },
      {
        extends: true,
        test: {
          name: "repository",
          include: ["tests/repository/**/*.test.ts"],
          testTimeout: 60_000,
          sequence: { groupOrder: 1 }
        }
      },
      {
        extends: true,
        test: {
          name: "integration",
          retry,
          include: ["tests/integration/**/*.integration.test.ts"],
          globalSetup: ["./tests/integration/startStackOnce.ts"],
          setupFiles: ["./tests/integration/stackEnvironment.ts"],
          // One file after the other: their timings must not depend on each other's load.
          maxWorkers: 1,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 2 }
        }
      },
      {
        // Scenarios of a minute and more that kill real processes again and again.
        extends: true,
        test: {
          name: "faults",
          retry,
          include: ["tests/integration/**/*.faults.test.ts"],
          globalSetup: ["./tests/integration/startStackOnce.ts"],
          setupFiles: ["./tests/integration/stackEnvironment.ts"],
          maxWorkers: 1,
          testTimeout: 300_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 3 }
        }
      },
      {
        // The dashboard in a real Chromium, on the real pipeline; its packages are installed by npm run test:browser only.
        extends: true,
        test: {
          name: "browser",
          retry,
          include: ["tests/browser/**/*.browser.test.ts"],
          globalSetup: ["./tests/integration/startStackOnce.ts"],
          setupFiles: ["./tests/integration/stackEnvironment.ts"],
          maxWorkers: 1,
          testTimeout: 180_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 5 }
        }
      },
      {
        extends: true,
        test: {
          name: "data",
          include: ["tests/data/**/*.test.ts"],
          globalSetup: ["./tests/integration/startStackOnce.ts"],
          setupFiles: ["./tests/integration/stackEnvironment.ts"],
          maxWorkers: 1,
          testTimeout: 3_600_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 4 }
        }
      }
    ]
  }
})
