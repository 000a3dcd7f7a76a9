import { BreakerReport, ServiceReport, WorkerReport } from "@millrace/contracts/schemas"
import { Schema } from "effect"

const { _tag, workers, boundaries, deadLetters, ...processFacts } = ServiceReport.fields
const { lanes: _lanes, ...workerFacts } = WorkerReport.fields

/** A time within which a share of the attempts ended. */
export const Quantile = Schema.Struct({
  /** Upper bound, in seconds. */
  seconds: Schema.Finite,
  /** True: it is longer than `seconds`, which is the last bound that is counted. */
  orMore: Schema.Boolean
})
export type Quantile = typeof Quantile.Type

/** What a worker does with a lane. Rates are those of the last minute; all else is as it was last told. */
export const LaneFigures = Schema.Struct({
  worker: Schema.String,
  /** Physical topic. */
  topic: Schema.String,
  lane: Schema.String,
  processedPerMinute: Schema.Finite,
  /** Failed attempts, those that another one follows and those that set the record aside. */
  failedPerMinute: Schema.Finite,
  retriedPerMinute: Schema.Finite,
  /** Attempts that ended as a dependency was down. */
  heldPerMinute: Schema.Finite,
  deadLetteredPerMinute: Schema.Finite,
  /** Share of the attempts that failed, 0 to 1; absent without an attempt. */
  failureRate: Schema.optionalKey(Schema.Finite),
  /** Mean time of an attempt, in seconds; absent without an attempt. */
  meanSeconds: Schema.optionalKey(Schema.Finite),
  p50: Schema.optionalKey(Quantile),
  p99: Schema.optionalKey(Quantile),
  /** Records from the committed offset to the end. */
  lag: Schema.Int,
  inFlight: Schema.Int,
  buffered: Schema.Int,
  /** Keys whose first record waits for its next attempt. */
  waiting: Schema.Int,
  parked: Schema.Int,
  paused: Schema.Boolean,
  /** Since the oldest unfinished record was written, in milliseconds. */
  oldestAgeMs: Schema.optionalKey(Schema.Finite)
})
export type LaneFigures = typeof LaneFigures.Type

/** A process of a service, as it tells of itself on `service-reports`. */
export const ServiceInstance = Schema.Struct({
  ...processFacts,
  /** False once three of its reports in a row are missing. */
  active: Schema.Boolean,
  /** When its last report came, by the server's clock. */
  heardAtMs: Schema.Finite,
  /** Share of one processor that it used within the last minute; absent before its second report. */
  cpuShare: Schema.optionalKey(Schema.Finite),
  breakers: Schema.Array(BreakerReport),
  workers: Schema.Array(Schema.Struct({ ...workerFacts, lanes: Schema.Array(LaneFigures) }))
})
export type ServiceInstance = typeof ServiceInstance.Type

/** A service over all of its processes. */
export const ServiceState = Schema.Struct({
  service: Schema.String,
  /** Processes that report themselves, and those of them that do so no longer. */
  processes: Schema.Int,
  inactive: Schema.Int,
  /** Active ones that are not ready, and not live. */
  notReady: Schema.Int,
  notLive: Schema.Int,
  versions: Schema.Array(Schema.String)
})
export type ServiceState = typeof ServiceState.Type

/**
 * The installation at a moment. Figures are those of all workspaces together, as a lane's lag is everybody's wait; none tells
 * whose records they count.
 */
export const Overview = Schema.Struct({
  atMs: Schema.Finite,
  services: Schema.Array(ServiceState),
  /** Over all active processes, in the order of topics.yaml. */
  lanes: Schema.Array(LaneFigures),
  totals: Schema.Struct({
    processedPerMinute: Schema.Finite,
    failedPerMinute: Schema.Finite,
    failureRate: Schema.optionalKey(Schema.Finite),
    lag: Schema.Int,
    parked: Schema.Int,
    pausedLanes: Schema.Int,
    oldestAgeMs: Schema.optionalKey(Schema.Finite)
  }),
  /** Over all active processes, by kind of dependency. */
  breakers: Schema.Array(BreakerReport),
  /** Dead letters that wait, by logical topic, of all workspaces: for members of the installation only. */
  deadLetters: Schema.optionalKey(
    Schema.Array(Schema.Struct({ topic: Schema.String, open: Schema.Int, quarantined: Schema.Int }))
  )
})
export type Overview = typeof Overview.Type
