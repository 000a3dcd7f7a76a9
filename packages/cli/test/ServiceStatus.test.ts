import { assert, describe, it } from "@effect/vitest"
import type { ServiceReport } from "@millrace/contracts"
import { statusesOf, statusLines } from "../src/ServiceStatus.ts"

const nowMs = 1_000_000

const report = (changes: Partial<ServiceReport> = {}): ServiceReport => ({
  _tag: "ServiceReport",
  service: "margin-monitor",
  instance: "r1",
  version: "0.1.0",
  pid: 42,
  startedAtMs: nowMs - 65_000,
  atMs: nowMs - 1_000,
  everyMs: 2_000,
  live: true,
  ready: true,
  memory: { residentBytes: 104_857_600, heapUsedBytes: 1, heapLimitBytes: 2 },
  cpuSeconds: 1,
  boundaries: [],
  workers: [],
  breakers: [],
  ...changes
})

const ready = { live: true, ready: true, reason: undefined }

describe("the status of services", () => {
  it("takes the state from the page of a service that runs here, and the figures from its report", () => {
    const [one, ...others] = statusesOf([{ name: "margin-monitor", pid: 42, page: ready }], [report()], nowMs)
    assert.deepStrictEqual(others, [])
    assert.deepInclude(one, { state: "ready", instance: "r1", upMs: 65_000, residentBytes: 104_857_600, lag: 0 })
  })

  it("shows a service that does not run, or does not answer, without a report", () => {
    const states = statusesOf(
      [
        { name: "scheduler", pid: undefined, page: undefined },
        { name: "control-api", pid: 7, page: undefined },
        { name: "market-data", pid: 8, page: { live: true, ready: false, reason: "start waits for PostgreSQL" } }
      ],
      [],
      nowMs
    )
    assert.deepStrictEqual(
      states.map(({ reason, state }) => [state, reason]),
      [
        ["down", "its health page does not answer"],
        ["failing", "its health page does not answer"],
        ["starting", "start waits for PostgreSQL"]
      ]
    )
  })

  it("tells a process elsewhere by its report, and one that fell silent", () => {
    const states = statusesOf([], [report(), report({ instance: "r2", atMs: nowMs - 7_000 })], nowMs)
    assert.deepStrictEqual(
      states.map(({ instance, state }) => [instance, state]),
      [
        ["r1", "ready"],
        ["r2", "silent"]
      ]
    )
    assert.include(statusLines(states)[1], "1m 5s")
    assert.include(statusLines(states)[2], "no report for 7 s")
  })
})
