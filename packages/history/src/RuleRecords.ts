import {
  type AutomationCommand,
  automationCommands,
  type Decision,
  decisions,
  type TradeOutcome,
  tradeLog
} from "@millrace/contracts"
import { Effect, Stream } from "effect"
import type { RecordedDecision } from "./Explanation.ts"
import type { History } from "./History.ts"
import type { HistoryError } from "./HistoryError.ts"

type Reading = History["Service"]

/** How long after a tick a decision about it may have been recorded, in wall time: a monitor that was behind. */
const lateMs = 600_000
/** A command's record lies this close to its decision's. */
const besideMs = 60_000

/** An outcome with the wall time of its record. */
export type RecordedOutcome = TradeOutcome & { readonly recordedAtMs: number }

/** What a position's decisions are filed under; an entry's under a star. */
export const subjectOf = ({ positionId }: Pick<Decision, "positionId">): string => positionId ?? "*"

export interface DecisionsFound {
  readonly decided: ReadonlyMap<string, ReadonlyArray<RecordedDecision>>
  /** Not enough was found, and older ones were deleted; the wall time of the oldest one left. */
  readonly deleted: boolean
  readonly oldestMs: number | undefined
}

/**
 * Returns the decisions of a rule around a wall time, by subject, each in the order of their records: back to where `enough`
 * says so of those found and the wall time they reach back to, or to the oldest one kept.
 */
export const decisionsOf = Effect.fnUntraced(function* (
  history: Reading,
  of: { readonly accountId: string; readonly ruleId: string; readonly aroundMs: number },
  enough: (found: ReadonlyMap<string, ReadonlyArray<RecordedDecision>>, backToMs: number) => boolean
): Effect.fn.Return<DecisionsFound, HistoryError> {
  const found = new Map<string, ReadonlyArray<RecordedDecision>>()
  const from = { beforeMs: of.aroundMs + lateMs, partitionKey: of.accountId }
  const looked = yield* history.lookBack(decisions, from, (window, fromMs) =>
    Effect.gen(function* () {
      const earlier = new Map<string, Array<RecordedDecision>>()
      yield* Stream.runForEach(window, ({ timestampMs, value }) =>
        Effect.sync(() => {
          if (value?.ruleId !== of.ruleId) return
          const subject = subjectOf(value)
          const known = earlier.get(subject)
          if (known === undefined) earlier.set(subject, [{ value, timestampMs }])
          else known.push({ value, timestampMs })
        })
      )
      for (const [subject, some] of earlier) found.set(subject, [...some, ...(found.get(subject) ?? [])])
      return !enough(found, fromMs)
    })
  )
  return { decided: found, deleted: looked !== undefined && !looked.complete, oldestMs: looked?.oldestMs }
})

/** Returns the outcomes of a rule's commands that were recorded since a wall time, by command, in their order. */
export const outcomesOf = Effect.fnUntraced(function* (
  history: Reading,
  of: { readonly accountId: string; readonly ruleId: string; readonly sinceMs: number }
): Effect.fn.Return<ReadonlyMap<string, ReadonlyArray<RecordedOutcome>>, HistoryError> {
  const found = new Map<string, Array<RecordedOutcome>>()
  const range = { partitionKey: of.accountId, fromMs: of.sinceMs, whatIsLeft: true }
  yield* Stream.runForEach(history.records(tradeLog, range), ({ timestampMs, value }) =>
    Effect.sync(() => {
      if (value?.ruleId !== of.ruleId) return
      const outcome = { ...value, recordedAtMs: timestampMs }
      const known = found.get(value.commandId)
      if (known === undefined) found.set(value.commandId, [outcome])
      else known.push(outcome)
    })
  )
  return found
})

/** Returns the command of a decision; undefined: its record is no longer kept. */
export const commandOf = Effect.fnUntraced(function* (
  history: Reading,
  { timestampMs, value }: RecordedDecision
): Effect.fn.Return<AutomationCommand | undefined, HistoryError> {
  const range = {
    partitionKey: value.accountId,
    fromMs: timestampMs - besideMs,
    toMs: timestampMs + besideMs,
    whatIsLeft: true
  }
  return yield* Stream.runFold(
    history.records(automationCommands, range),
    (): AutomationCommand | undefined => undefined,
    (last, record) => (record.value !== null && record.value.commandId === value.commandId ? record.value : last)
  )
})
