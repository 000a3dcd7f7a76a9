import { Clock, Effect, Exit, Layer, Schedule, Scope } from "effect"
import { StartWatch } from "./StartWatch.ts"

/** Waits between two tries of a step of the start: from 0.2 s, twice as long each time, up to 5 s. */
export const startWaits = Schedule.min([Schedule.exponential("200 millis"), Schedule.spaced("5 seconds")])

/**
 * Builds a service into the scope at hand, again and again while PostgreSQL or Kafka does not answer: the process stays up,
 * alive and not ready, so that it tells of an outage once, and of its end. Any other failure ends the start.
 *
 * Each try begins anew: what an earlier one had opened is closed first.
 */
export const startService = Effect.fnUntraced(function* <A, E, R>(name: string, service: Layer.Layer<A, E, R>) {
  const watch = yield* StartWatch
  const outer = yield* Scope.Scope
  const once = Effect.gen(function* () {
    const sinceMs = yield* Clock.currentTimeMillis
    const scope = yield* Scope.fork(outer)
    const built = Layer.buildWithMemoMap(service, Layer.makeMemoMapUnsafe(), scope)
    return yield* built.pipe(
      Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause))),
      Effect.tapError((error) => tell(error, sinceMs))
    )
  })
  const tell = Effect.fnUntraced(function* (error: E, sinceMs: number) {
    const down = awayOf(error)
    if (down === undefined) return
    yield* Effect.logWarning(`start waits for ${down.needs}`, { worker: name, error: down.detail })
    yield* watch.waits(down.needs, down.detail, sinceMs)
  })
  const context = yield* Effect.retry(once, { schedule: startWaits, while: (error) => awayOf(error) !== undefined })
  yield* watch.started
  return context
})

/** What a start that failed so can wait for. */
const awayOf = (error: unknown): { readonly needs: string; readonly detail: string } | undefined => {
  if (typeof error !== "object" || error === null || !("_tag" in error)) return undefined
  const detail = "message" in error ? String(error.message) : String(error._tag)
  if (error._tag === "StoreError") return { needs: "PostgreSQL", detail }
  const isAway = error._tag === "KafkaError" && "reason" in error && error.reason === "unavailable"
  return isAway ? { needs: "Kafka", detail } : undefined
}
