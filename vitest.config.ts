import { defineConfig } from "vitest/config"

/** One project per kind of test (docs: style.md, tests): `unit` needs nothing, `integration` a real local stack. */
export default defineConfig({
  test: {
    reporters: ["default", "./tests/CountReporter.ts"],
    // Half of the machine's time belongs to the servers that the tests talk to.
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: "unit", include: ["packages/*/test/**/*.test.ts"], sequence: { groupOrder: 0 } } },
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
        extends: true,
        test: {
          name: "data",
          include: ["tests/data/**/*.test.ts"],
          globalSetup: ["./tests/integration/startStackOnce.ts"],
          setupFiles: ["./tests/integration/stackEnvironment.ts"],
          maxWorkers: 1,
          testTimeout: 3_600_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 3 }
        }
      }
    ]
  }
})
