import type { Schema } from "effect"
import { AccountHistory, AccountState } from "./AccountState.ts"
import { AuditEntry } from "./AuditEntry.ts"
import { AutomationCommand } from "./AutomationCommand.ts"
import { Control } from "./Control.ts"
import { DeadLetterMark } from "./DeadLetterMark.ts"
import { Decision } from "./Decision.ts"
import { MarginEvent } from "./MarginEvent.ts"
import { MarginState } from "./MarginState.ts"
import { MarketTick } from "./MarketTick.ts"
import { Notification } from "./Notification.ts"
import { ServiceReport } from "./ServiceReport.ts"
import { TimerRecord } from "./Timer.ts"
import { TradeOutcome } from "./TradeOutcome.ts"

/**
 * A logical topic of topics.yaml with the schema of its values.
 *
 * Lanes, partitions and policies are in topics.yaml; physical names are `name`, or `name.lane` for a lane that is not
 * the default one.
 */
export interface TopicContract<A> {
  readonly name: string
  readonly value: Schema.Codec<A, unknown>
  /** The part of a record's key that chooses its partition (murmur2, as Kafka's own partitioner). */
  readonly partitionKey: (key: string) => string
}

const whole = (key: string): string => key
const first = (key: string): string => key.slice(0, Math.max(0, key.indexOf("/")) || key.length)
const second = (key: string): string => key.split("/")[1] ?? key

const contract = <A>(
  name: string,
  value: Schema.Codec<A, unknown>,
  partitionKey: (key: string) => string = whole
): TopicContract<A> => ({ name, value, partitionKey })

/** Key: market. */
export const marketTicks = contract("market-ticks", MarketTick)
/** Key: account id. */
export const marginEvents = contract("margin-events", MarginEvent)
/** Key: account id. */
export const decisions = contract("decisions", Decision)
/** Key: `<account>/<position>`, partitioned by account. */
export const automationCommands = contract("automation-commands", AutomationCommand, first)
/** Key: account id. */
export const tradeLog = contract("trade-log", TradeOutcome)
/** Key: user id. */
export const notifications = contract("notifications", Notification)
/** Key: `<kind>/<account>/<id>`, partitioned by account; compacted, a tombstone deletes. */
export const accountState = contract("account-state", AccountState, second)
/** Key: `<kind>/<account>/<id>`, partitioned by account; compacted: the monitor's episodes and levels. */
export const marginState = contract("margin-state", MarginState, second)
/** Key: account id; every change of account-state again, removals included. */
export const accountHistory = contract("account-history", AccountHistory)
/** Key: scope, compacted, one partition: pauses and a heartbeat. */
export const controls = contract("controls", Control)
/** Key: timer id. */
export const timers = contract("timers", TimerRecord)
/** Key: `<topic>/<letter id>`, partitioned by topic; compacted, a tombstone forgets a letter that is gone. */
export const deadLetterMarks = contract("dead-letter-marks", DeadLetterMark, first)
/** Key: `<service>/<instance>`, compacted, one partition: what each process does; a tombstone when it ends in order. */
export const serviceReports = contract("service-reports", ServiceReport)
/** Key: workspace id. */
export const auditLog = contract("audit-log", AuditEntry)

/** Every topic whose values have a schema by now. */
export const topicContracts = [
  marketTicks,
  marginEvents,
  decisions,
  automationCommands,
  tradeLog,
  notifications,
  accountState,
  marginState,
  accountHistory,
  controls,
  timers,
  deadLetterMarks,
  serviceReports,
  auditLog
] as const
