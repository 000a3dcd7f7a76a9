import {
  type AutomationCommand,
  accountState,
  automationCommands,
  type Decision,
  decisions,
  type MarginEvent,
  marginEvents,
  type Position,
  type RecordCodec,
  type TopicContract,
  type Topics,
  type TradeOutcome,
  tradeLog
} from "@millrace/contracts"
import type { BrokerEvent } from "@millrace/kafka"
import { Result } from "effect"

/** What is decided and what comes of it, as the workers' own records without their wall times. */
export type LogEntry = {
  /** Market time of the newest tick when the record was written. */
  readonly marketTimeMs: number
  /** The scenario's id of the position, where it has one. */
  readonly position?: string
} & (
  | { readonly type: "margin_event"; readonly value: Omit<MarginEvent, "decidedAtMs"> }
  | { readonly type: "decision"; readonly value: Decision }
  | { readonly type: "command"; readonly value: Omit<AutomationCommand, "decidedAtMs" | "tickReceivedAtMs"> }
  | { readonly type: "outcome"; readonly value: Omit<TradeOutcome, "timing" | "finishedAtMs"> }
  | { readonly type: "position"; readonly value: Position }
)
export type EntryType = LogEntry["type"]

/** An entry without what only the place of its writing knows. */
export type Logged = LogEntry extends infer Entry
  ? Entry extends unknown
    ? Omit<Entry, "marketTimeMs" | "position">
    : never
  : never

const without = <A extends object, K extends keyof A>(value: A, ...names: ReadonlyArray<K>): Omit<A, K> => {
  const rest = { ...value }
  for (const name of names) delete rest[name]
  return rest
}

/** A command as the log has it. */
export const loggedCommand = (value: AutomationCommand): Logged => ({
  type: "command",
  value: without(value, "decidedAtMs", "tickReceivedAtMs")
})

export const loggedOutcome = (value: TradeOutcome): Logged => ({
  type: "outcome",
  value: without(value, "timing", "finishedAtMs")
})

export const loggedMarginEvent = (value: MarginEvent): Logged => ({
  type: "margin_event",
  value: without(value, "decidedAtMs")
})

export const loggedDecision = (value: Decision): Logged => ({ type: "decision", value })

type Reader = (bytes: Uint8Array) => Logged | undefined

/** Reads what the log holds out of records as they are written to the broker; other records are left alone. */
export const logReader = (topics: Topics, codec: RecordCodec["Service"]) => {
  const reader =
    <A>(contract: TopicContract<A>, logged: (value: A) => Logged | undefined): Reader =>
    (bytes) =>
      logged(Result.getOrThrow(codec.decode(contract, bytes)))
  const readers = new Map<string, Reader>()
  const read = <A>(contract: TopicContract<A>, logged: (value: A) => Logged | undefined): void => {
    for (const { topic } of topics.lanesOf(contract.name)) readers.set(topic, reader(contract, logged))
  }
  read(marginEvents, loggedMarginEvent)
  read(decisions, loggedDecision)
  read(automationCommands, loggedCommand)
  read(tradeLog, loggedOutcome)
  read(accountState, (value) => (value._tag === "Position" ? { type: "position", value } : undefined))
  return (event: BrokerEvent): Logged | undefined =>
    event._tag === "Appended" && event.record.value !== null
      ? readers.get(event.topic)?.(event.record.value)
      : undefined
}

/** The log as JSON lines: the same run gives the same bytes. */
export const logText = (entries: ReadonlyArray<LogEntry>): string =>
  entries.map((entry) => `${JSON.stringify(entry)}\n`).join("")
