import { Schema } from "effect"
import { EpochMs } from "./Fields.ts"

/** An operator replaced a value: who and when stand in the mark, and the hashes (SHA-256, hexadecimal) tell the values apart. */
export const PayloadEdit = Schema.Struct({
  beforeSha256: Schema.String,
  afterSha256: Schema.String,
  reason: Schema.String
})
export type PayloadEdit = typeof PayloadEdit.Type

/**
 * What became of a dead letter. Topic `dead-letter-marks`, compacted, key `<topic>/<letter id>`; a letter without a mark
 * is open. A mark and the replayed record that it tells of are written in one transaction.
 */
export const DeadLetterMark = Schema.Struct({
  letterId: Schema.String,
  state: Schema.Literals(["replayed", "edited", "purged"]),
  /** Where the letter lies in `<topic>.dlq`. */
  partition: Schema.Int,
  offset: Schema.Int,
  /** Header `replay-id` of the record that went back to its lane. */
  replayId: Schema.optionalKey(Schema.String),
  edit: Schema.optionalKey(PayloadEdit),
  /** Who did it, as the operator's tool knows. */
  actor: Schema.String,
  atMs: EpochMs
})
export type DeadLetterMark = typeof DeadLetterMark.Type
