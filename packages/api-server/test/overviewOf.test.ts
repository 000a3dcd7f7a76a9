import { assert, it } from "@effect/vitest"
import { makeTopics } from "@millrace/contracts"
import { ReportBoard } from "@millrace/runtime"
import { laneReport, serviceReport } from "../../runtime/test/serviceReport.ts"
import { instanceOf, overviewOf } from "../src/overviewOf.ts"

const topics = makeTopics([], { concurrency: 1 } as never)

type Told = Parameters<typeof serviceReport>[0]

/** The instances after these reports, at a time. */
const after = (reports: ReadonlyArray<Told>, atMs: number) => {
  let nowMs = 0
  const board = new ReportBoard(() => nowMs)
  board.read()
  for (const told of reports) {
    const value = serviceReport(told)
    nowMs = value.atMs
    const key = `${value.service}/${value.instance}`
    board.change({ key, value, previous: undefined, workspaceId: "system", partition: 0, offset: 0 })
  }
  nowMs = atMs
  return board.instances()
}

const lane = (processed: number, more: Parameters<typeof laneReport>[0] = {}) =>
  laneReport({ processed, attempts: { count: processed, sumSeconds: processed, counts: [processed, 0] }, ...more })

it("adds up a lane over the processes that share it, and leaves silent ones out", () => {
  const instances = after(
    [
      { instance: "gone", atMs: 0, lanes: [lane(1, { lag: 1_000 })] },
      { instance: "a", atMs: 100_000, lanes: [lane(0)] },
      { instance: "b", atMs: 100_000, lanes: [lane(100)] },
      { instance: "a", atMs: 106_000, lanes: [lane(10, { lag: 3, oldestAgeMs: 50 })], breakers: [breaker(1)] },
      {
        instance: "b",
        atMs: 106_000,
        ready: false,
        lanes: [lane(130, { lag: 4, retried: 10 })],
        breakers: [breaker(2)]
      }
    ],
    107_000
  )
  const overview = overviewOf(instances, { topics, atMs: 107_000, whole: true })
  assert.deepStrictEqual(overview.services, [
    { service: "it-service", processes: 3, inactive: 1, notReady: 1, notLive: 0, versions: ["0.0.0"] }
  ])
  assert.lengthOf(overview.lanes, 1)
  assert.deepInclude(overview.lanes[0], {
    worker: "it-worker",
    processedPerMinute: 400,
    failedPerMinute: 100,
    failureRate: 0.2,
    meanSeconds: 1,
    p50: { seconds: 0.001, orMore: false },
    lag: 7,
    oldestAgeMs: 50
  })
  assert.deepStrictEqual(overview.totals, {
    processedPerMinute: 400,
    failedPerMinute: 100,
    failureRate: 0.2,
    lag: 7,
    parked: 0,
    pausedLanes: 0,
    oldestAgeMs: 50
  })
  assert.deepStrictEqual(overview.breakers, [{ kind: "exchange", closed: 0, open: 3, halfOpen: 0 }])
})

const breaker = (open: number) => ({ kind: "exchange", closed: 0, open, halfOpen: 0 })

it("tells a time above the last bound as such, and shows a process with its share of a processor", () => {
  const slow = (count: number) => laneReport({ attempts: { count, sumSeconds: 9, counts: [0, count] } })
  const instances = after(
    [
      { atMs: 0, cpuSeconds: 1, lanes: [slow(0)] },
      { atMs: 2_000, cpuSeconds: 2, lanes: [slow(5)], reason: "slow" }
    ],
    2_000
  )
  const one = instanceOf(instances[0]!)
  assert.deepInclude(one, { service: "it-service", active: true, cpuShare: 0.5, reason: "slow" })
  assert.deepStrictEqual(one.workers[0]?.lanes[0]?.p99, { seconds: 0.001, orMore: true })
})

it("shows the dead letters of all workspaces to members of the installation only, of the process that told last", () => {
  const letters = (open: number) => [
    { topic: "it-orders", open, quarantined: 0 },
    { topic: "it-empty", open: 0, quarantined: 0 }
  ]
  const instances = after(
    [
      { instance: "b", atMs: 2_000, deadLetters: letters(5) },
      { instance: "a", atMs: 3_000, deadLetters: letters(3) },
      { instance: "c", atMs: 3_500 }
    ],
    3_500
  )
  const of = (whole: boolean) => overviewOf(instances, { topics, atMs: 0, whole }).deadLetters
  assert.deepStrictEqual(of(true), [{ topic: "it-orders", open: 3, quarantined: 0 }])
  assert.isUndefined(of(false))
})
