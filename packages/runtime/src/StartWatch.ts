import { OperatorAlerts, OperatorConfig } from "@millrace/telemetry"
import { Clock, Context, Duration, Effect, Option } from "effect"

/** Hears of what a start waits for. */
export interface StartWatchService {
  /** A step of the start failed, as what it needs did not answer; it is tried again. `sinceMs`: when the try began. */
  readonly waits: (needs: string, error: string, sinceMs: number) => Effect.Effect<void>
  /** All that the start needs is there. */
  readonly started: Effect.Effect<void>
}

/** `runService` provides it; elsewhere nobody hears. */
export const StartWatch = Context.Reference<StartWatchService>("@millrace/runtime/StartWatch", {
  defaultValue: () => ({ waits: () => Effect.void, started: Effect.void })
})

/** A step of the start that tries by itself for longer than an operator should wait: says each second that it is still at it. */
export const tellingThatItWaits =
  (needs: string) =>
  <A, E, R>(step: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.gen(function* () {
      const { waits } = yield* StartWatch
      const sinceMs = yield* Clock.currentTimeMillis
      const say = Effect.sleep("1 second").pipe(
        Effect.andThen(waits(needs, "no answer so far", sinceMs)),
        Effect.forever
      )
      return yield* Effect.raceFirst(step, say)
    })

/**
 * Tells the operator directly of a service that can't start, once per thing that it waits for, as soon as the start has
 * waited `ALERT_AFTER` for it, and once it has started.
 *
 * A refused connection is told within 7 s, one that is not answered within its time-out more.
 */
export const makeStartWatch = Effect.fnUntraced(function* (service: string) {
  const alerts = yield* OperatorAlerts
  const afterMs = Duration.toMillis((yield* OperatorConfig).alertAfter)
  const since = new Map<string, number>()

  const waits = Effect.fnUntraced(function* (needs: string, error: string, sinceMs: number) {
    const beganAtMs = Option.getOrElse(Option.fromUndefinedOr(since.get(needs)), () => sinceMs)
    since.set(needs, beganAtMs)
    if ((yield* Clock.currentTimeMillis) - beganAtMs < afterMs) return
    const outage = {
      subject: needs,
      title: `${service} can't start: ${needs} does not answer`,
      whatToDo:
        "Until it starts nothing does its work. If it is the only one: close positions or add margin by hand at the exchange where it matters. It starts by itself once that answers."
    }
    yield* alerts.raise(outage, error)
  })
  const started = Effect.suspend(() => Effect.forEach([...since.keys()], alerts.clear, { discard: true }))
  return { waits, started } satisfies StartWatchService
})
