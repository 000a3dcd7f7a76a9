import { Schema } from "effect"
import { EpochMs } from "./Fields.ts"

/**
 * What a margin monitor has worked off, sent to the simulator's control port when one is configured, so that a feed at
 * speed `max` runs in lockstep with it. Not a Kafka record.
 */
export const EvaluationProgress = Schema.Struct({
  instance: Schema.String,
  /** Partitions of account-state that this instance evaluates, of `partitionCount`. */
  partitions: Schema.Array(Schema.Int),
  partitionCount: Schema.Int,
  /** Market time of the newest tick evaluated for all of them; 0 before the first. */
  evaluatedToMs: EpochMs,
  ticksEvaluated: Schema.Int,
  marginEvents: Schema.Int,
  positionsWatched: Schema.Int,
  pairsWatched: Schema.Int,
  /** Rules that open positions. */
  entriesWatched: Schema.Int,
  /** Commands decided whose outcome, or its effect on the position, the monitor has not seen yet. */
  openCommands: Schema.Array(Schema.String)
})
export type EvaluationProgress = typeof EvaluationProgress.Type
