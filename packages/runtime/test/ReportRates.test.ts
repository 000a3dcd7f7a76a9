import { assert, it } from "@effect/vitest"
import type { ServiceReport } from "@millrace/contracts"
import { attemptQuantile, laneRates } from "../src/index.ts"
import { laneReport, serviceReport } from "./serviceReport.ts"

const at = (atMs: number, lane: Partial<ServiceReport["workers"][number]["lanes"][number]>): ServiceReport =>
  serviceReport({ atMs, lanes: [laneReport(lane)] })

it("gives what happened between the first and the last report, per minute", () => {
  const rates = laneRates([
    at(10_000, {
      processed: 100,
      deadLettered: 1,
      retried: 4,
      attempts: { count: 104, sumSeconds: 1, counts: [104, 0] }
    }),
    at(12_000, {
      processed: 150,
      deadLettered: 1,
      retried: 4,
      attempts: { count: 154, sumSeconds: 2, counts: [154, 0] }
    }),
    at(20_000, {
      processed: 200,
      deadLettered: 2,
      retried: 9,
      attempts: { count: 209, sumSeconds: 4, counts: [204, 5] }
    })
  ])
  assert.deepInclude(rates[0], {
    worker: "it-worker",
    topic: "it-orders",
    lane: "high",
    overMs: 10_000,
    processedPerMinute: 600,
    retriedPerMinute: 30,
    deadLetteredPerMinute: 6,
    failedPerMinute: 36,
    failureRate: 6 / 105,
    meanSeconds: 3 / 105
  })
  assert.deepStrictEqual(rates[0]!.attempts.counts, [100, 5])
})

it("gives nothing before the second report, and nothing of a lane that was not there before", () => {
  assert.deepStrictEqual(laneRates([at(10_000, {})]), [])
  assert.deepStrictEqual(laneRates([serviceReport({ atMs: 10_000, lanes: [] }), at(12_000, {})]), [])
})

it("knows no failure rate and no time where nothing was tried", () => {
  const [rates] = laneRates([at(10_000, {}), at(12_000, {})])
  assert.isUndefined(rates!.failureRate)
  assert.isUndefined(rates!.meanSeconds)
})

it("finds the time within which a share of the attempts ended", () => {
  const boundaries = [0.001, 0.01, 0.1]
  const counts = [90, 8, 1, 1]
  assert.strictEqual(attemptQuantile(boundaries, { counts }, 0.5), 0.001)
  assert.strictEqual(attemptQuantile(boundaries, { counts }, 0.98), 0.01)
  assert.strictEqual(attemptQuantile(boundaries, { counts }, 0.99), 0.1)
  assert.strictEqual(attemptQuantile(boundaries, { counts }, 1), Number.POSITIVE_INFINITY)
  assert.isUndefined(attemptQuantile(boundaries, { counts: [0, 0, 0, 0] }, 0.5))
})

it("counts from the first report that has the lane, as a process reports itself before its workers run", () => {
  const early = serviceReport({ atMs: 0, workers: [] })
  const rates = laneRates([early, at(2_000, { processed: 10 }), at(4_000, { processed: 30 })])
  assert.deepInclude(rates[0], { overMs: 2_000, processedPerMinute: 600 })
})
