import { AlertSeverity } from "@millrace/contracts"
import { Schema } from "effect"

const Seconds = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
const Names = Schema.Array(Schema.NonEmptyString)

const common = {
  severity: AlertSeverity,
  /** What is the case, in a sentence. */
  title: Schema.NonEmptyString,
  /** What a person does about it. */
  whatToDo: Schema.NonEmptyString,
  /** How long it must last before it fires. */
  forSeconds: Seconds,
  /** How long it must be absent before it is over: keeps what comes and goes from being told each time. */
  keepSeconds: Seconds,
  /** Only these subjects, or all but those; `*` stands for any text. */
  only: Schema.optionalKey(Names),
  except: Schema.optionalKey(Names)
}

/** Lanes that a rule looks at; absent: all. */
const lanes = Schema.optionalKey(Schema.Array(Schema.Literals(["critical", "high", "normal", "low"])))

/** What is looked for, with its thresholds. */
export const AlertRule = Schema.Union([
  /** Kafka does not answer this process. While it lasts nothing else is judged or told: there is nothing to judge by. */
  Schema.TaggedStruct("kafka_down", common),
  /** A process fell silent and no later one replaced it; one that is not live; a worker that no process runs. */
  Schema.TaggedStruct("inactive_worker", { ...common, workers: Names }),
  /** A process that reports itself and is not ready. */
  Schema.TaggedStruct("not_ready", common),
  /** More records wait than that, or one for longer than that. */
  Schema.TaggedStruct("backlog", { ...common, lanes, lagRecords: Count, ageSeconds: Seconds }),
  /** Share of the last minute's attempts that failed, from so many attempts on. */
  Schema.TaggedStruct("failure_rate", { ...common, lanes, share: Share, attempts: Count }),
  /** Time within which 95 % of the last minute's attempts ended, from so many attempts on. */
  Schema.TaggedStruct("slow_processing", { ...common, lanes, seconds: Seconds, attempts: Count }),
  /** Dead letters of a topic that nobody has replayed, edited or purged. */
  Schema.TaggedStruct("dead_letters", { ...common, open: Count }),
  /** Breakers of a service that are not closed. */
  Schema.TaggedStruct("breaker_open", common),
  /** An order of which nobody knows whether the exchange carried it out. */
  Schema.TaggedStruct("unknown_intent", common),
  /** No tick came for so long. */
  Schema.TaggedStruct("stale_market_data", { ...common, ageSeconds: Seconds }),
  /** Accounts with guarded positions that nobody evaluates. */
  Schema.TaggedStruct("unguarded", common),
  /** A channel to operators that refused its last message, or took none for so long. */
  Schema.TaggedStruct("channel_failing", { ...common, ageSeconds: Seconds })
])
export type AlertRule = typeof AlertRule.Type
export type AlertRuleKind = AlertRule["_tag"]

/** A rule of one kind. */
export type RuleOf<K extends AlertRuleKind> = Extract<AlertRule, { readonly _tag: K }>

/** Rules by name, in the order in which they are judged. */
export type AlertRules = ReadonlyMap<string, AlertRule>
