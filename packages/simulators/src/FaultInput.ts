/** What a fault is made of, as the control port and the settings take it. */
import { Schema } from "effect"
import { LatencyDistribution } from "./LatencyDistribution.ts"

/** Strike requests, before they are applied or after. */
export const requestFaults = [
  "latency",
  "status",
  "reset",
  "hang",
  "hold_reply",
  "reset_after",
  "garble_reply",
  "status_after"
] as const

/** Strike single pushes of the stream. */
export const pushFaults = ["stream_drop", "stream_duplicate", "stream_delay", "stream_stale", "stream_stall"] as const

/** Hold for the whole port or stream while they last. */
export const portFaults = ["refuse_connections", "stream_disconnect", "stream_refuse"] as const

export const FaultKind = Schema.Literals([...requestFaults, ...pushFaults, ...portFaults])
export type FaultKind = typeof FaultKind.Type

const Milliseconds = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Count = Schema.Int.check(Schema.isGreaterThan(0))

export const FaultInput = Schema.Struct({
  kind: FaultKind,
  /** Part of `METHOD /path` of a request, or of a push's topic; absent for every one. */
  route: Schema.optionalKey(Schema.String),
  /** An account id; absent for every account and public calls. */
  account: Schema.optionalKey(Schema.String),
  /** Share of the requests or pushes that it strikes, 0 to 1; 1 by default. */
  probability: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))),
  /** How many it would strike it lets pass first; 0 by default. */
  skip: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
  /** How often it strikes before it is gone; without end by default. */
  times: Schema.optionalKey(Count),
  /** For `status` and `status_after`: 500 by default. */
  status: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 400, maximum: 599 }))),
  /** For `status`: the error body's texts, those of the status by default. */
  code: Schema.optionalKey(Schema.String),
  message: Schema.optionalKey(Schema.String),
  /** For `status`: sent as Retry-After; 1 by default with 429. */
  retryAfterSeconds: Schema.optionalKey(Count),
  /** For `latency` and `stream_delay`: milliseconds, and how much more at random. */
  latencyMs: Schema.optionalKey(Milliseconds),
  jitterMs: Schema.optionalKey(Milliseconds),
  /** For `latency` and `stream_delay`, in place of the two before it. */
  distribution: Schema.optionalKey(LatencyDistribution),
  /** For `stream_disconnect`: close code; without one the connection breaks (1006). */
  closeCode: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1000, maximum: 4999 })))
})
export type FaultInput = typeof FaultInput.Type
