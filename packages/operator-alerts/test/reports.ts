import type { LaneReport, ServiceReport } from "@millrace/contracts"
import type { ReportedInstance } from "@millrace/runtime"
import { laneReport, serviceReport } from "../../runtime/test/serviceReport.ts"
import type { AlertFacts } from "../src/index.ts"

/** A process that reported itself just now. */
export const instance = (
  report: Partial<ServiceReport> & { readonly lanes?: ReadonlyArray<LaneReport> } = {},
  rest: Partial<Omit<ReportedInstance, "report">> = {}
): ReportedInstance => {
  const last = serviceReport(report)
  return { report: last, recent: [last], heardAtMs: last.atMs, active: true, ...rest }
}

/** A process whose lane changed from one report to another, a minute later. */
export const changing = (
  before: Partial<LaneReport>,
  after: Partial<LaneReport>,
  boundaries = [0.001]
): ReportedInstance => {
  const first = serviceReport({ lanes: [laneReport(before)], boundaries, atMs: 0 })
  const last = serviceReport({ lanes: [laneReport(after)], boundaries, atMs: 60_000 })
  return { report: last, recent: [first, last], heardAtMs: 60_000, active: true }
}

/** Facts in which nothing is wrong, but what is given. */
export const facts = (changes: Partial<AlertFacts> = {}): AlertFacts => ({
  nowMs: 100_000,
  kafkaDown: undefined,
  instances: [],
  unknownOrders: [],
  unguarded: [],
  lastTickAtMs: changes.nowMs ?? 100_000,
  channels: [],
  ...changes
})
