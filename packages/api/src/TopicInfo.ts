import { Schema } from "effect"
import { ShownValue } from "./DeadLetterInfo.ts"

/** A lane of a topic on the broker. */
export const LaneInfo = Schema.Struct({
  lane: Schema.String,
  /** Physical topic. */
  topic: Schema.String,
  isDefault: Schema.Boolean,
  partitions: Schema.Int,
  /** Offsets from start to end, of all workspaces: in a compacted topic more than there are records. */
  records: Schema.Int
})

/** How far a consumer group is behind in a lane. */
export const GroupLagInfo = Schema.Struct({ group: Schema.String, lane: Schema.String, lag: Schema.Int })

/** A logical topic as topics.yaml declares it, and what lies in it. */
export const TopicInfo = Schema.Struct({
  topic: Schema.String,
  about: Schema.String,
  key: Schema.String,
  partitionedBy: Schema.String,
  /** What the installation itself needs: its records are shown to its administrators only. */
  system: Schema.Boolean,
  /** Whether this version has a schema for its values. */
  hasSchema: Schema.Boolean,
  kinds: Schema.Array(
    Schema.Struct({ name: Schema.String, writer: Schema.String, readers: Schema.Array(Schema.String) })
  ),
  /** How long a record is kept, in milliseconds; absent: for ever, or as the last one of its key. */
  retentionMs: Schema.optionalKey(Schema.Finite),
  compacted: Schema.Boolean,
  lanes: Schema.Array(LaneInfo),
  /** Groups that have committed something. */
  lag: Schema.Array(GroupLagInfo),
  /** Absent: records of the topic are not parked. */
  parkedTopic: Schema.optionalKey(Schema.String),
  deadLetterTopic: Schema.String
})
export type TopicInfo = typeof TopicInfo.Type

/** A record as it is shown: secrets are hidden. */
export const RecordInfo = Schema.Struct({
  topic: Schema.String,
  lane: Schema.String,
  partition: Schema.Int,
  offset: Schema.Int,
  /** Wall time of its writer. */
  timestampMs: Schema.Finite,
  key: Schema.optionalKey(Schema.String),
  workspaceId: Schema.optionalKey(Schema.String),
  headers: Schema.Record(Schema.String, Schema.String),
  value: ShownValue
})
export type RecordInfo = typeof RecordInfo.Type

/** Some of what a search finds. One call does a bounded amount of work: it may find nothing and yet not be at its end. */
export const RecordPage = Schema.Struct({
  items: Schema.Array(RecordInfo),
  /** What to give as `after` to go on; absent: everything was looked at. */
  next: Schema.optionalKey(Schema.String),
  /** Records looked at by this call, those of other workspaces included. */
  examined: Schema.Int,
  /** Wall time of the last record looked at. */
  reachedMs: Schema.optionalKey(Schema.Finite)
})

/** A record that waits for its next attempt outside of its lane. */
export const ParkedInfo = Schema.Struct({
  /** Physical topic that it is from. */
  topic: Schema.String,
  partition: Schema.Int,
  offset: Schema.Int,
  key: Schema.optionalKey(Schema.String),
  workspaceId: Schema.optionalKey(Schema.String),
  /** When it is due, wall time in milliseconds; 0: as soon as it is its turn. */
  dueMs: Schema.Finite,
  /** Failed attempts so far. */
  failed: Schema.Int,
  running: Schema.Boolean,
  firstFailureMs: Schema.optionalKey(Schema.Finite),
  /** Its last failure, in a line; absent: it waits for what is before it. */
  why: Schema.optionalKey(Schema.String)
})
export type ParkedInfo = typeof ParkedInfo.Type
