import type { TimerRecord, TimerRequested } from "@millrace/contracts"
import { type HandlerFailure, type Incoming, nothing, type Outcome } from "@millrace/runtime"
import { TimerStore } from "@millrace/store"
import { Effect, Result } from "effect"
import { InvalidTimer } from "./InvalidTimer.ts"
import type { TimerTargets } from "./TimerTargets.ts"

/**
 * The rule: one record of `timers` becomes a stored timer, or takes one back; firings are this worker's own words.
 *
 * Idempotent: a request that comes again changes nothing. Fails with `InvalidTimer`, which sets the record aside, and with
 * `StoreError`, which holds it.
 */
export const makeHandleRequest = (
  targets: TimerTargets,
  /** Told that a timer is due this long from now. */
  onStored: (dueInMs: number) => Effect.Effect<void>
): Effect.Effect<(record: Incoming<TimerRecord>) => Effect.Effect<Outcome, HandlerFailure>, never, TimerStore> =>
  Effect.map(TimerStore, (store) => {
    const take = Effect.fnUntraced(function* (request: TimerRequested) {
      const { owner, timerId, revision, dueAtMs, target, payload, skipWhenLaterMs } = request
      const record = targets.recordOf(owner, target, payload, {})
      if (Result.isFailure(record)) return yield* new InvalidTimer({ owner, timerId, issue: record.failure })
      const { dueInMs } = yield* store.schedule({ owner, timerId, revision, dueAtMs, target, payload, skipWhenLaterMs })
      if (dueInMs !== undefined) yield* onStored(dueInMs)
    })

    return Effect.fnUntraced(function* ({ key, value }: Incoming<TimerRecord>) {
      if (value._tag === "TimerFired") return nothing
      const { owner, timerId, revision } = value
      const issue =
        key === timerId
          ? targets.strangerIssue(owner)
          : `its record has the key ${key}; the key of a timer's records is its id, so that they keep their order`
      if (issue !== undefined) return yield* new InvalidTimer({ owner, timerId, issue })
      if (value._tag === "TimerRequested") yield* take(value)
      else yield* store.cancel({ owner, timerId }, revision)
      return nothing
    })
  })
