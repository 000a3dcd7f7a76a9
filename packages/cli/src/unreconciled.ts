import {
  type AutomationCommand,
  automationCommands,
  commandIntents,
  type TradeOutcome,
  tradeLog
} from "@millrace/contracts"
import { History } from "@millrace/history"
import { IntentLedger, type LostState, type Restore, StoreMarks } from "@millrace/store"
import { DateTime, Effect, Stream } from "effect"
import { toldStates } from "./toldStates.ts"

/** What the exchange may have done and a restored PostgreSQL does not know, of one account. */
export interface UnreconciledAccount {
  readonly accountId: string
  /** Outcomes that were told to Kafka and whose intents the ledger lacks. */
  readonly outcomes: ReadonlyArray<TradeOutcome>
  /** Commands that nobody knows the end of; one that was sent may be sent again once trading is resumed. */
  readonly commands: ReadonlyArray<AutomationCommand>
  /** The account itself or its rules, where PostgreSQL has them in an older state than the workers were told. */
  readonly states: ReadonlyArray<LostState>
}

/** What has to be looked at before trading may be resumed after a restore. */
export interface Unreconciled {
  /** Intents of the ledger itself that are not settled: the executor settles them by itself once it reaches the exchange. */
  readonly unfinished: ReadonlyArray<string>
  readonly accounts: ReadonlyArray<UnreconciledAccount>
}

/**
 * Compares what Kafka was told in the time that PostgreSQL may lack with the ledger.
 *
 * Fails with `BeyondRetention` when Kafka has not kept that time, and with what PostgreSQL or Kafka fail with.
 */
export const unreconciledOf = Effect.fnUntraced(function* ({ missingFromMs, missingToMs }: Restore) {
  const history = yield* History
  const ledger = yield* IntentLedger
  const range = { ...(missingFromMs > 0 ? { fromMs: missingFromMs } : { whatIsLeft: true }), toMs: missingToMs }
  const isMissing = (command: Pick<AutomationCommand, "action" | "commandId">) =>
    Effect.map(
      Effect.forEach(commandIntents(command), (intentId) => ledger.find(intentId)),
      (intents) => intents.includes(undefined)
    )
  const accounts = new Map<string, Growing>()
  const of = (accountId: string) => {
    const known = accounts.get(accountId) ?? { outcomes: [], commands: [], states: [] }
    accounts.set(accountId, known)
    return known
  }
  const ended = new Set<string>()
  yield* history.records(tradeLog, { ...range, toMs: missingToMs + outcomesAfterMs }).pipe(
    Stream.runForEach(({ value }) =>
      Effect.gen(function* () {
        if (value === null) return
        ended.add(value.commandId)
        const acted = (value.status === "completed" && value.reason !== "dry_run") || value.status === "unknown"
        if (acted && (yield* isMissing(value))) of(value.accountId).outcomes.push(value)
      })
    )
  )
  yield* history.records(automationCommands, range).pipe(
    Stream.runForEach(({ value }) =>
      Effect.gen(function* () {
        if (value === null || value.dryRun || ended.has(value.commandId)) return
        if (yield* isMissing(value)) of(value.accountId).commands.push(value)
      })
    )
  )
  const told = yield* toldStates({ fromMs: missingFromMs, toMs: missingToMs })
  for (const state of yield* (yield* StoreMarks).lost(told)) of(state.accountId).states.push(state)
  const unfinished = (yield* ledger.unfinished(1_000)).map(({ intentId }) => intentId)
  return {
    unfinished,
    accounts: [...accounts].map(([accountId, found]) => ({ accountId, ...found }))
  } satisfies Unreconciled
})

interface Growing {
  readonly outcomes: Array<TradeOutcome>
  readonly commands: Array<AutomationCommand>
  readonly states: Array<LostState>
}

/** Outcomes may be told this long after the time that is missing. */
const outcomesAfterMs = 60_000

/** What stands against going on, in lines; none: nothing does. */
export const objections = (found: Unreconciled, checked: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...found.unfinished.map((id) => `! intent ${id} is not settled: let the executor settle it, or see the runbook`),
  ...found.accounts
    .filter(({ accountId }) => !checked.includes(accountId))
    .flatMap(({ accountId, commands, outcomes, states }) => [
      `! account ${accountId}: compare it with the exchange, then name it with --checked ${accountId}`,
      ...outcomes.map(
        ({ action, commandId, finishedAtMs, positionId, status }) =>
          `    ${status}: ${action._tag} of ${positionId ?? "an entry"} at ${isoTime(finishedAtMs)}, command ${commandId}`
      ),
      ...commands.map(
        ({ action, commandId, positionId }) =>
          `    end not known: ${action._tag} of ${positionId ?? "an entry"}, command ${commandId}`
      ),
      ...states.map(lostLine)
    ])
]

const lostLine = ({ atMs, heldVersion, id, kind, removed, version }: LostState): string => {
  const change = removed ? "was removed" : `became version ${version}`
  const holds = heldVersion === undefined ? "it is gone" : `version ${heldVersion} holds`
  return `    ${kind} ${id} ${change} at ${isoTime(atMs)}: forgotten, ${holds} from the resumption on; store it anew before if it should not`
}

const isoTime = (ms: number): string => DateTime.formatIso(DateTime.makeUnsafe(ms))
