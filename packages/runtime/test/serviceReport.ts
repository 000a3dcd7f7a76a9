import type { LaneReport, ServiceReport } from "@millrace/contracts"

/** A lane where nothing has happened yet. */
export const laneReport = (lane: Partial<LaneReport> = {}): LaneReport => ({
  topic: "it-orders",
  lane: "high",
  processed: 0,
  deadLettered: 0,
  retried: 0,
  held: 0,
  expired: 0,
  attempts: { count: 0, sumSeconds: 0, counts: [0, 0] },
  lag: 0,
  inFlight: 0,
  buffered: 0,
  waiting: 0,
  parked: 0,
  paused: false,
  ...lane
})

/** A report of a process with one worker. */
export const serviceReport = ({
  lanes = [],
  ...report
}: Partial<ServiceReport> & { readonly lanes?: ReadonlyArray<LaneReport> } = {}): ServiceReport => ({
  _tag: "ServiceReport",
  service: "it-service",
  instance: "1",
  version: "0.0.0",
  pid: 1,
  startedAtMs: 0,
  atMs: 0,
  everyMs: 2_000,
  live: true,
  ready: true,
  memory: { residentBytes: 1, heapUsedBytes: 1, heapLimitBytes: 2 },
  cpuSeconds: 0,
  boundaries: [0.001],
  workers: [{ name: "it-worker", live: true, ready: true, concurrency: 10, lanes, tables: [] }],
  breakers: [],
  ...report
})
