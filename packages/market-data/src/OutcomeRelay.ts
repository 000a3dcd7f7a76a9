import type { TradeOutcome } from "@millrace/contracts"
import { type Incoming, nothing, type Outcome } from "@millrace/runtime"
import { Deferred, Effect, type Scope } from "effect"
import { concernsPositions } from "./outcomeEffect.ts"

/** What a leader does with outcomes. */
export interface OutcomeTaker {
  /** Wall time since which it leads: records written before count as replayed. */
  readonly sinceMs: number
  /** Plain and immediate. */
  readonly apply: (outcome: TradeOutcome, replayed: boolean) => void
  /** Returns once what `apply` led to is at the broker. */
  readonly flushed: Effect.Effect<void>
}

/**
 * Hands the outcomes of `trade-log` to the leader of this process.
 *
 * Every instance reads the whole topic. One that stands by keeps the outcomes that no position shows yet, so that it can
 * finish what a leader that died had read and not written.
 */
export interface OutcomeRelay {
  /** Returns once the outcomes are written; their offsets may be committed then. */
  readonly handleChunk: (records: ReadonlyArray<Incoming<TradeOutcome>>) => Effect.Effect<Outcome>
  /** Makes the taker the leader until the scope closes; it gets first what was kept. */
  readonly lead: (taker: OutcomeTaker) => Effect.Effect<void, never, Scope.Scope>
  /** A position's revision shows the command: nothing is left to do for it. */
  readonly settled: (commandId: string) => void
}

/** Outcomes kept while standing by. */
const mostKept = 10_000

export const makeOutcomeRelay = (): OutcomeRelay => {
  const kept = new Map<string, TradeOutcome>()
  let leader: { readonly taker: OutcomeTaker; readonly gone: Deferred.Deferred<void> } | undefined

  const keep = (outcome: TradeOutcome): void => {
    kept.set(outcome.commandId, outcome)
    if (kept.size > mostKept) kept.delete(kept.keys().next().value!)
  }

  return {
    settled: (commandId) => {
      kept.delete(commandId)
    },
    handleChunk: (records) =>
      Effect.suspend(() => {
        const relevant = records.filter(({ value }) => concernsPositions(value))
        if (relevant.length === 0) return Effect.succeed(nothing)
        const current = leader
        if (current === undefined) {
          for (const { value } of relevant) keep(value)
          return Effect.succeed(nothing)
        }
        const { gone, taker } = current
        for (const { timestampMs, value } of relevant) taker.apply(value, timestampMs < taker.sinceMs)
        return Effect.raceFirst(Effect.as(taker.flushed, true), Effect.as(Deferred.await(gone), false)).pipe(
          Effect.map((written) => {
            if (!written) for (const { value } of relevant) keep(value)
            return nothing
          })
        )
      }),
    lead: (taker) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          const gone = Deferred.makeUnsafe<void>()
          leader = { taker, gone }
          // They stay kept until a position shows them: this leader, too, may end before they are written.
          for (const outcome of kept.values()) taker.apply(outcome, true)
          return gone
        }),
        (gone) =>
          Effect.sync(() => {
            leader = undefined
            Deferred.doneUnsafe(gone, Effect.void)
          })
      )
  }
}
