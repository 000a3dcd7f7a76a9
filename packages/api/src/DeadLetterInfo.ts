import { ErrorKind, Id } from "@millrace/contracts/schemas"
import { Schema } from "effect"

const Count = Schema.Int
const Words = Schema.String.check(Schema.isMaxLength(1_000), Schema.isMinLength(1))

/** Where a letter stands. `quarantined`: it came back from its replays, and is replayed only by its id. */
export const LetterState = Schema.Literals(["open", "quarantined", "replayed", "edited", "purged"])
export type LetterState = typeof LetterState.Type

export const LetterCounts = Schema.Struct({
  open: Count,
  quarantined: Count,
  replayed: Count,
  edited: Count,
  purged: Count
})

/** How many letters of a logical topic are in which state. */
export const TopicLetters = Schema.Struct({ topic: Schema.String, counts: LetterCounts })

/** Letters of one cause. */
export const LetterGroup = Schema.Struct({
  fingerprint: Schema.String,
  /** `malformed` where the record does not tell its cause. */
  kind: Schema.Union([ErrorKind, Schema.Literal("malformed")]),
  tag: Schema.String,
  /** Of the letter that came first. */
  message: Schema.String,
  counts: LetterCounts,
  firstMs: Schema.Finite,
  lastMs: Schema.Finite,
  /** Workspaces of letters that wait, at most 20. */
  workspaces: Schema.Array(Schema.String),
  /** What the topic's keys stand for, for example `account id`. */
  affectedAre: Schema.String,
  /** What the letters that wait are about, the most concerned first, at most 20. */
  affected: Schema.Array(Schema.Struct({ name: Schema.String, letters: Count })),
  affectedCount: Count,
  /** A letter to look at. */
  sampleId: Schema.String
})
export type LetterGroup = typeof LetterGroup.Type

/** Who did what with a letter, and when. */
export const LetterMark = Schema.Struct({
  state: LetterState,
  actor: Schema.String,
  atMs: Schema.Finite,
  replayId: Schema.optionalKey(Schema.String),
  /** Why its value was changed. */
  editReason: Schema.optionalKey(Schema.String)
})

/** A letter in a list. */
export const LetterInfo = Schema.Struct({
  letterId: Schema.String,
  topic: Schema.String,
  state: LetterState,
  fingerprint: Schema.String,
  kind: Schema.String,
  tag: Schema.String,
  message: Schema.String,
  key: Schema.optionalKey(Schema.String),
  workspaceId: Schema.optionalKey(Schema.String),
  failedAtMs: Schema.Finite,
  attempts: Schema.optionalKey(Count),
  replayCount: Count,
  mark: Schema.optionalKey(LetterMark)
})
export type LetterInfo = typeof LetterInfo.Type

/** A value as it is shown: what is named like a secret is hidden. */
export const ShownValue = Schema.Union([
  /** By the topic's schema. */
  Schema.TaggedStruct("Decoded", { value: Schema.Unknown }),
  /** The bytes are JSON and do not match the schema, for the reason given. */
  Schema.TaggedStruct("Undecodable", { issue: Schema.String, json: Schema.optionalKey(Schema.Unknown), bytes: Count }),
  Schema.TaggedStruct("Tombstone", {})
])
export type ShownValue = typeof ShownValue.Type

/** The original bytes of a value as text: JSON without its secrets where they are JSON, else what can be read of them. */
export const RawValue = Schema.Struct({
  bytes: Count,
  /** Of the schema they were written with, where they are in the Confluent wire format. */
  schemaId: Schema.optionalKey(Count),
  text: Schema.String,
  /** The text is cut after 64 KiB. */
  cut: Schema.Boolean
})
export type RawValue = typeof RawValue.Type

/** A letter in full. */
export const LetterDetail = Schema.Struct({
  ...LetterInfo.fields,
  value: ShownValue,
  /** Absent: there are no bytes. */
  raw: Schema.optionalKey(RawValue),
  /** Without secrets and without those that tell the cause. */
  headers: Schema.Record(Schema.String, Schema.String),
  stack: Schema.optionalKey(Schema.String),
  service: Schema.optionalKey(Schema.String),
  version: Schema.optionalKey(Schema.String),
  traceId: Schema.optionalKey(Schema.String),
  firstFailureMs: Schema.optionalKey(Schema.Finite),
  lastFailureMs: Schema.optionalKey(Schema.Finite),
  origin: Schema.optionalKey(
    Schema.Struct({
      topic: Schema.String,
      lane: Schema.String,
      partition: Count,
      offset: Schema.Int,
      timestampMs: Schema.Finite
    })
  )
})
export type LetterDetail = typeof LetterDetail.Type

/** Whether the topic's schema takes a value; `issue`: what is wrong with it. */
export const CheckedValue = Schema.Struct({ fits: Schema.Boolean, issue: Schema.optionalKey(Schema.String) })
export type CheckedValue = typeof CheckedValue.Type

/** Which letters are meant: `all`, or what every part that is given says. Never nothing by leaving parts out. */
export const GivenSelection = Schema.Struct({
  all: Schema.optionalKey(Schema.Literal(true)),
  letterIds: Schema.optionalKey(
    Schema.Array(Schema.String.check(Schema.isPattern(/^[0-9a-f]{1,64}$/u))).check(Schema.isMaxLength(1_000))
  ),
  fingerprint: Schema.optionalKey(Words),
  key: Schema.optionalKey(Words),
  /** By the time of the last failure: from `sinceMs` on, before `untilMs`. */
  sinceMs: Schema.optionalKey(Schema.Finite),
  untilMs: Schema.optionalKey(Schema.Finite)
}).check(
  Schema.makeFilter(({ all, ...parts }) =>
    (all === true) === Object.values(parts).filter((part) => part !== undefined).length > 0
      ? "either `all`, or at least one of letterIds, fingerprint, key, sinceMs, untilMs"
      : undefined
  )
)
export type GivenSelection = typeof GivenSelection.Type

/** What a replay would do. */
export const ReplayPreview = Schema.Struct({
  replayed: Count,
  /** Left out, as they came back from their replays. */
  quarantined: Count,
  /** Replayed, edited or purged before. */
  settled: Count,
  refused: Count,
  refusals: Schema.Array(Schema.Struct({ id: Schema.String, why: Schema.String })),
  /** Would go ahead of an older open letter of their key. */
  overtaking: Count,
  /** The first ones, in the order in which they would be sent. */
  first: Schema.Array(LetterInfo)
})

/** Work on dead letters under way, or ended. */
export const TriageJobInfo = Schema.Struct({
  jobId: Id,
  topic: Schema.String,
  kind: Schema.Literals(["replay", "edit", "purge"]),
  actor: Schema.String,
  /** `interrupted`: its process has fallen silent; what was done is done, and the same call goes on there. */
  state: Schema.Literals(["running", "interrupted", "done", "failed", "stopped"]),
  /** Letters that it was to work on, as counted before it began. */
  expected: Schema.optionalKey(Count),
  done: Count,
  selection: Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])),
  report: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite, Schema.Boolean]))
  ),
  reason: Schema.optionalKey(Schema.String),
  startedAtMs: Schema.Finite,
  endedAtMs: Schema.optionalKey(Schema.Finite)
})
export type TriageJobInfo = typeof TriageJobInfo.Type
