import { Schema } from "effect"
import { EpochMs, Id } from "./Fields.ts"

/** critical: positions are not protected, or soon will not be; warning: something needs a person today. */
export const AlertSeverity = Schema.Literals(["warning", "critical"])
export type AlertSeverity = typeof AlertSeverity.Type

/** What an alert is about, as silences match it and messages show it. */
const about = {
  /** Name of the rule, for example `backlog`. */
  rule: Schema.NonEmptyString,
  /** What it was found on, for example a worker, a lane or a topic. */
  subject: Schema.NonEmptyString,
  workspaceId: Id,
  severity: AlertSeverity
}

/** Something that a rule finds. `firing` once it has lasted as long as the rule says; it ends after its absence has lasted. */
export const OperatorAlert = Schema.Struct({
  ...about,
  state: Schema.Literals(["pending", "firing"]),
  /** The figures, in words, as last seen. */
  detail: Schema.String,
  sinceMs: EpochMs,
  firingSinceMs: Schema.optionalKey(EpochMs),
  /** Since when a firing one is not found any more. */
  absentSinceMs: Schema.optionalKey(EpochMs)
})
export type OperatorAlert = typeof OperatorAlert.Type

/** An alert that operators were told of and not yet of its end. */
export const ToldAlert = Schema.Struct({ ...about, detail: Schema.String, firingSinceMs: EpochMs })
export type ToldAlert = typeof ToldAlert.Type

/** Alerts of one rule and one workspace: they are told together. */
export const AlertGroup = Schema.Struct({
  rule: Schema.NonEmptyString,
  workspaceId: Id,
  /** Since when there is something new to tell; absent: nothing. */
  newSinceMs: Schema.optionalKey(EpochMs),
  /** When it was last told, of anything. */
  toldAtMs: Schema.optionalKey(EpochMs),
  /** Messages so far; with the group it makes the id of the next one. */
  messages: Schema.Int,
  told: Schema.Array(ToldAlert)
})
export type AlertGroup = typeof AlertGroup.Type

/** What a silence holds for; each part left out means all, `*` stands for any text. */
export const AlertMatcher = Schema.Struct({
  rule: Schema.optionalKey(Schema.NonEmptyString),
  subject: Schema.optionalKey(Schema.NonEmptyString),
  workspaceId: Schema.optionalKey(Schema.NonEmptyString),
  severity: Schema.optionalKey(AlertSeverity)
})
export type AlertMatcher = typeof AlertMatcher.Type

/** Alerts that are not told for a time. */
export const AlertSilence = Schema.Struct({
  silenceId: Id,
  matcher: AlertMatcher,
  fromMs: EpochMs,
  untilMs: EpochMs,
  actor: Schema.String,
  reason: Schema.String,
  /** It was ended before its time. */
  ended: Schema.optionalKey(Schema.Struct({ atMs: EpochMs, actor: Schema.String }))
})
export type AlertSilence = typeof AlertSilence.Type

/** What one message tells: alerts of one group, those that fire and those that are over. */
export const AlertNotice = Schema.Struct({
  /** The same for every try and every channel. */
  noticeId: Schema.String,
  /** `firing`: something is new. `reminder`: it still lasts. `resolved`: all of the group is over. `test`: asked for by an operator. */
  kind: Schema.Literals(["firing", "reminder", "resolved", "test"]),
  rule: Schema.NonEmptyString,
  workspaceId: Id,
  severity: AlertSeverity,
  /** What is the case, in a sentence. */
  title: Schema.String,
  whatToDo: Schema.String,
  firing: Schema.Array(ToldAlert),
  resolved: Schema.Array(ToldAlert),
  /** Firing ones that the message does not list. */
  more: Schema.Int,
  atMs: EpochMs
})
export type AlertNotice = typeof AlertNotice.Type

/** Key of an alert: one for each thing that a rule finds. */
export const alertKey = ({
  rule,
  subject,
  workspaceId
}: Pick<OperatorAlert, "rule" | "subject" | "workspaceId">): string => `${rule}|${workspaceId}|${subject}`

/** Key of an alert's group. */
export const alertGroupKey = ({ rule, workspaceId }: Pick<OperatorAlert, "rule" | "workspaceId">): string =>
  `${rule}|${workspaceId}`
