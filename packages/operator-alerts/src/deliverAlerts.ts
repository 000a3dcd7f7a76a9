import type { RetryPolicy } from "@millrace/contracts"
import { type BreakerPolicy, Breakers, type Dependency, DependencyDown, startRetries } from "@millrace/runtime"
import { type AlertDelivery, AlertStore } from "@millrace/store"
import { Duration, Effect, Exit, Metric } from "effect"
import type { AlertChannel, SendResult } from "./AlertChannel.ts"

/** Longer than the slowest channel's try, so that no other process sends the same meanwhile. */
const holdMs = 60_000
/** Time between two looks for messages of a channel. */
const pollEvery = Duration.seconds(1)

const waits: RetryPolicy = {
  attempts: Number.POSITIVE_INFINITY,
  backoff: "exponential",
  initial: Duration.seconds(1),
  factor: 2,
  jitter: 0.2,
  cap: Duration.minutes(5)
}
/** Waits grow no further after so many tries. */
const countedTries = 12

const policy: BreakerPolicy = {
  failureRate: 0.5,
  windowCalls: 10,
  minimumCalls: 3,
  probes: 1,
  openMs: 5_000,
  openMaxMs: 300_000
}

const sent = Metric.counter("millrace_operator_alerts_messages_total", {
  description: "Messages to operators by kind of channel and how a try ended",
  incremental: true
})

/**
 * Sends a channel's messages, one after the other in the order in which they were decided, until the scope closes.
 *
 * At least once: a process that ends between the channel's answer and its record sends the message again, under the same
 * id. Several processes may do it; one has the channel at a time. A channel that fails is tried again with growing waits, or
 * when it says; its breaker spares it calls, and they use up no try.
 */
export const deliverAlerts = Effect.fnUntraced(function* (channel: AlertChannel, giveUpAfter: Duration.Duration) {
  const store = yield* AlertStore
  const breakers = yield* Breakers
  const kind = kindOf(channel)
  const dependency: Dependency = { kind: "alert channel", name: channel.name, policy }

  const attempt = (delivery: AlertDelivery) =>
    breakers.guard(dependency, channel.send(delivery.deliveryId, delivery.notice), {
      classify: Exit.match({ onFailure: () => "failed" as const, onSuccess: outcomeOf })
    })

  const settle = Effect.fnUntraced(function* (delivery: AlertDelivery, result: SendResult) {
    yield* Metric.update(Metric.withAttributes(sent, { channel: kind, result: result._tag }), 1)
    switch (result._tag) {
      case "Delivered":
        yield* store.finish(delivery, "delivered", result.detail)
        return Duration.millis(result.pauseMs ?? 0)
      case "Refused":
        yield* Effect.logError(
          `operators were not told by ${kind}: it refused the message`,
          fieldsOf(delivery, result.reason)
        )
        yield* store.finish(delivery, "refused", result.reason)
        return Duration.zero
      case "Retry": {
        const waitMs = result.afterMs ?? (yield* nextWait(delivery.attempts))
        yield* Effect.logWarning(
          `operators were not told by ${kind}, tried again in ${Duration.format(Duration.millis(waitMs))}`,
          fieldsOf(delivery, result.reason)
        )
        yield* store.postpone(delivery, waitMs, result.reason, result.afterMs === undefined)
        return pollEvery
      }
    }
  })

  /** Returns how long to wait before the next one. */
  const next = Effect.gen(function* () {
    const delivery = yield* store.claim(channel.name, holdMs)
    if (delivery === undefined) return pollEvery
    if (delivery.ageMs > Duration.toMillis(giveUpAfter)) {
      yield* Effect.logError(
        `operators were not told by ${kind}: given up`,
        fieldsOf(delivery, "it was not reached in time")
      )
      yield* store.finish(delivery, "given_up", `not reached within ${Duration.format(giveUpAfter)}`)
      return Duration.zero
    }
    return yield* attempt(delivery).pipe(
      Effect.flatMap((result) => settle(delivery, result)),
      Effect.catchIf(
        (error) => error instanceof DependencyDown,
        ({ retryAfterMs }) => Effect.as(store.postpone(delivery, retryAfterMs, "its breaker is open", false), pollEvery)
      )
    )
  })

  yield* next.pipe(
    Effect.catch((error) => Effect.as(Effect.logWarning(`messages to operators wait: ${error.message}`), pollEvery)),
    Effect.flatMap(Effect.sleep),
    Effect.forever,
    Effect.forkScoped
  )
})

const outcomeOf = (result: SendResult) => {
  if (result._tag !== "Retry") return "succeeded" as const
  return result.afterMs === undefined ? ("failed" as const) : ("ignored" as const)
}

const nextWait = Effect.fnUntraced(function* (failedBefore: number) {
  const { next } = yield* startRetries(waits, Math.min(failedBefore, countedTries))
  return (yield* next) ?? Duration.toMillis(waits.cap)
})

/** Without the address: it is personal, and a label would have too many values. */
const kindOf = ({ name }: AlertChannel): string => name.split(":")[0] ?? name

const fieldsOf = ({ attempts, notice }: AlertDelivery, error: string) => ({
  rule: notice.rule,
  notice: notice.noticeId,
  attempts: attempts + 1,
  error
})
