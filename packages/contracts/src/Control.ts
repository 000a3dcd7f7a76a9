import { Schema } from "effect"
import { EpochMs, Id } from "./Fields.ts"
import { urgencies } from "./Topic.ts"

/** What a pause holds for; a part left out means all. In a key, so without `/`. */
const Name = Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9.-]{0,127}$/u))

/**
 * The controls are alive: everything decided before this time has been published. Writer: control-api, each second.
 *
 * `storeMark` grows with each heartbeat and was committed to PostgreSQL before it; whoever finds less there than was told
 * here, or a database of another cluster (`storeId`), reads a restored one.
 */
export const ControlsHeartbeat = Schema.TaggedStruct("ControlsHeartbeat", {
  atMs: EpochMs,
  storeMark: Schema.optionalKey(Schema.Int),
  storeId: Schema.optionalKey(Schema.String)
})
export type ControlsHeartbeat = typeof ControlsHeartbeat.Type

/** Which records wait: of one topic, of one of its lanes, with one worker or with all that read it. */
export const PauseScope = Schema.Struct({
  /** Logical topic. */
  topic: Name,
  /** Absent: all lanes. */
  lane: Schema.optionalKey(Schema.Literals(urgencies)),
  /** Absent: every worker that reads the topic. */
  worker: Schema.optionalKey(Name)
})
export type PauseScope = typeof PauseScope.Type

/** Records of the scope are not taken until a tombstone of its key; those in flight are finished. Writer: control-api. */
export const Pause = Schema.TaggedStruct("Pause", {
  ...PauseScope.fields,
  /** Who paused, and in which words. */
  actor: Schema.String,
  reason: Schema.optionalKey(Schema.String),
  atMs: EpochMs
})
export type Pause = typeof Pause.Type

/** ACTIVE: everything. REDUCE_ONLY: closing, reducing, adding margin, moving stops. HALTED: nothing is sent. */
export const TradingMode = Schema.Literals(["ACTIVE", "REDUCE_ONLY", "HALTED"])
export type TradingMode = typeof TradingMode.Type

/** What a switch holds for: a rule of an account, an account, or all. */
export const TradingScope = Schema.Struct({
  accountId: Schema.optionalKey(Id),
  /** Only together with the account. */
  ruleId: Schema.optionalKey(Id)
})
export type TradingScope = typeof TradingScope.Type

/** The kill switch of a scope; the strictest one that covers a rule holds. A tombstone is ACTIVE. Writer: control-api. */
export const TradingSwitch = Schema.TaggedStruct("TradingSwitch", {
  ...TradingScope.fields,
  mode: Schema.Literals(["REDUCE_ONLY", "HALTED"]),
  /** Who switched, and in which words. */
  actor: Schema.String,
  reason: Schema.optionalKey(Schema.String),
  atMs: EpochMs
})
export type TradingSwitch = typeof TradingSwitch.Type

/** An operator withdraws a command that was not sent yet. Writer: control-api. */
export const CommandCancel = Schema.TaggedStruct("CommandCancel", {
  commandId: Schema.String,
  accountId: Id,
  actor: Schema.String,
  reason: Schema.optionalKey(Schema.String),
  atMs: EpochMs
})
export type CommandCancel = typeof CommandCancel.Type

/**
 * Value of the compacted topic `controls`. Its key is the scope, beginning with the kind: `heartbeat`, or
 * `pause/<topic>/<lane>/<worker>`, `trading/<account>/<rule>` (with `*` for all), `cancel/<command>`. A further kind is a further
 * member with keys of its own; readers that do not know it leave the record out and keep what they have.
 */
export const Control = Schema.Union([ControlsHeartbeat, Pause, TradingSwitch, CommandCancel])
export type Control = typeof Control.Type

/** Workspace of records that concern the whole installation. */
export const systemWorkspace = "system"

/** Key of a pause: one for each scope. */
export const pauseKey = ({ topic, lane, worker }: PauseScope): string =>
  `pause/${topic}/${lane ?? "*"}/${worker ?? "*"}`

/** Key of a trading switch: one for each scope. */
export const tradingKey = ({ accountId, ruleId }: TradingScope): string =>
  `trading/${accountId ?? "*"}/${ruleId ?? "*"}`

/** Key of a command's cancellation. */
export const cancelKey = (commandId: string): string => `cancel/${commandId}`

/** Key of a control in the topic `controls`. */
export const controlKey = (control: Control): string => {
  switch (control._tag) {
    case "ControlsHeartbeat":
      return "heartbeat"
    case "Pause":
      return pauseKey(control)
    case "TradingSwitch":
      return tradingKey(control)
    case "CommandCancel":
      return cancelKey(control.commandId)
  }
}

/** Whether all that `inner` holds for is part of what `outer` holds for. */
export const covers = (outer: PauseScope, inner: PauseScope): boolean =>
  outer.topic === inner.topic &&
  (outer.lane === undefined || outer.lane === inner.lane) &&
  (outer.worker === undefined || outer.worker === inner.worker)
