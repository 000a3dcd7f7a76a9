import { Clock, Duration, Effect, Metric } from "effect"
import type { ExchangeError } from "./Exchange.ts"
import type { StreamUnavailable } from "./StreamConnection.ts"

export interface Renewal {
  /** The label of metrics. */
  readonly side: "public" | "account"
  readonly start: Effect.Effect<void, ExchangeError | StreamUnavailable>
  readonly after: Duration.Duration
  /** When something was last pushed, in milliseconds of monotonic time. */
  readonly pushedAtMs: () => number
}

const renewals = Metric.counter("millrace_exchange_stream_renewals_total", {
  description: "subscriptions made again because nothing was pushed, by side",
  incremental: true
})

const monotonicMs = Clock.clockWith((clock) => Effect.sync(() => Number(clock.monotonicTimeNanosUnsafe()) / 1e6))

/**
 * Subscribes again whenever nothing was pushed for that long: a peer that answers pings may have lost the subscription.
 *
 * Ends with the reason when the peer does not answer.
 */
export const renewSubscription = ({ after, pushedAtMs, side, start }: Renewal): Effect.Effect<string, ExchangeError> =>
  Effect.gen(function* () {
    let renewedAtMs = yield* monotonicMs
    for (;;) {
      const quietMs = (yield* monotonicMs) - Math.max(pushedAtMs(), renewedAtMs)
      const leftMs = Duration.toMillis(after) - quietMs
      if (leftMs > 0) {
        yield* Effect.sleep(Math.ceil(leftMs))
        continue
      }
      yield* start
      yield* Metric.update(Metric.withAttributes(renewals, { side }), 1)
      renewedAtMs = yield* monotonicMs
    }
  }).pipe(Effect.catchTag("StreamUnavailable", ({ detail }) => Effect.succeed(detail)))
