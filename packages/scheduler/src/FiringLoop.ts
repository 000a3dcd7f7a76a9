import type { TopicContract } from "@millrace/contracts"
import { Publisher, type PublishFailed } from "@millrace/runtime"
import { ScheduleStore, type StoreError, type TimerClaim, TimerStore } from "@millrace/store"
import { Health, type HealthState } from "@millrace/telemetry"
import { Clock, Duration, Effect, Queue, type Scope } from "effect"
import { type Delivery, deliveryOf, refusalOf } from "./deliveryOf.ts"
import type { SchedulerSettings } from "./SchedulerConfig.ts"
import { countDeliveries, countMissed } from "./SchedulerMetrics.ts"
import type { TimerTargets } from "./TimerTargets.ts"

// Outline of a pass:
// 1. Recurring schedules that are due become timers, each in one transaction with its schedule's next instant.
// 2. Due timers are claimed, in one bounded batch.
// 3. Their records and firings are published; then the batch is marked. A crash in between repeats it under the same ids.
// 4. With nothing left that is due: sleep until the next is, at most the poll, or until a request comes that is earlier.

/** The loop that delivers; it runs until the scope closes. */
export interface FiringLoop {
  /** Tells that a timer was stored that is due this long from now. */
  readonly onStored: (dueInMs: number) => Effect.Effect<void>
}

const schedulesAtOnce = 20

/** Starts delivering. Any number of instances may run; while PostgreSQL or Kafka is down it is not ready and tries again. */
export const startFiringLoop = Effect.fnUntraced(function* (
  settings: SchedulerSettings,
  targets: TimerTargets,
  firings: TopicContract<unknown>
): Effect.fn.Return<FiringLoop, never, TimerStore | ScheduleStore | Publisher | Scope.Scope> {
  const store = yield* TimerStore
  const health = yield* Health
  const wake = yield* Queue.sliding<void>(1)
  const clock = yield* Clock.Clock
  const pass = yield* makePass(settings, targets, firings)
  let state: HealthState = { live: true, ready: false, reason: "the store was not read yet", detail: {} }
  let delivered = 0
  // Until when the loop sleeps, by this process's clock; without end while it is awake, so that every request wakes it.
  let sleepsUntilMs = Number.POSITIVE_INFINITY
  yield* health.register({ name: "scheduler-timers", state: () => state })

  const workOff = Effect.gen(function* () {
    for (;;) {
      const done = yield* pass
      delivered += done.delivered
      if (!done.more) break
    }
    const untilNextMs = yield* store.untilNext
    const pollMs = Duration.toMillis(settings.poll)
    state = { live: true, ready: true, detail: { delivered, nextInMs: untilNextMs ?? null } }
    return Math.max(1, Math.ceil(Math.min(untilNextMs ?? pollMs, pollMs)))
  })

  const failed = (error: StoreError | PublishFailed) => {
    state = { live: true, ready: false, reason: error.message, detail: state.detail }
    const again = Duration.format(settings.retry)
    return Effect.as(
      Effect.logWarning(`Timers not delivered, tried again in ${again}: ${error.message}`),
      Duration.toMillis(settings.retry)
    )
  }

  const round = Effect.gen(function* () {
    sleepsUntilMs = Number.POSITIVE_INFINITY
    const waitMs = yield* Effect.catch(workOff, failed)
    sleepsUntilMs = clock.currentTimeMillisUnsafe() + waitMs
    yield* Effect.timeoutOption(Queue.take(wake), waitMs)
  })
  yield* Effect.forkScoped(Effect.forever(round))
  return {
    onStored: (dueInMs) =>
      Effect.suspend(() =>
        clock.currentTimeMillisUnsafe() + dueInMs < sleepsUntilMs ? Queue.offer(wake, undefined) : Effect.void
      )
  }
})

/** What a pass did; `more`: something else may be due already. */
interface Pass {
  readonly delivered: number
  readonly more: boolean
}

const makePass = Effect.fnUntraced(function* (
  { instance, batch, lease }: SchedulerSettings,
  targets: TimerTargets,
  firings: TopicContract<unknown>
) {
  const store = yield* TimerStore
  const schedules = yield* ScheduleStore
  const publisher = yield* Publisher

  const publishEach = Effect.fnUntraced(function* (deliveries: ReadonlyArray<Delivery>, nowMs: number) {
    const done: Array<Delivery> = []
    for (const delivery of deliveries) {
      const refused = yield* publisher.publish(delivery.records).pipe(
        Effect.as(undefined),
        Effect.catchIf(
          (error) => error.kind === "permanent",
          (error) => Effect.succeed(refusalOf(delivery.timer, nowMs, firings, error.message))
        )
      )
      if (refused !== undefined) yield* publisher.publish(refused.records)
      done.push(refused ?? delivery)
    }
    return done
  })

  // One record that the broker refuses for good must not hold up the others of its batch.
  const publishAll = (deliveries: ReadonlyArray<Delivery>, nowMs: number) =>
    publisher.publish(deliveries.flatMap(({ records }) => records)).pipe(
      Effect.as(deliveries),
      Effect.catchIf(
        (error) => error.kind === "permanent",
        () => publishEach(deliveries, nowMs)
      )
    )

  /** Once its records are out, a batch is marked also by an instance that is told to stop. */
  const deliver = ({ nowMs, timers }: TimerClaim) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const release = Effect.ignore(store.release(instance, timers))
        const planned = timers.map((timer) => deliveryOf(timer, nowMs, targets, firings))
        const deliveries = yield* restore(publishAll(planned, nowMs)).pipe(Effect.onError(() => release))
        for (const { timer, end } of deliveries) {
          if (end.outcome === "refused") {
            yield* Effect.logError("A timer can't be delivered; it is kept", { ...end, topic: timer.target.topic })
          }
        }
        yield* store.finish(deliveries.map(({ end }) => end))
        yield* countDeliveries(deliveries, nowMs)
      })
    )

  return Effect.gen(function* (): Effect.fn.Return<Pass, StoreError | PublishFailed> {
    const unrolled = yield* schedules.unroll(schedulesAtOnce)
    if (unrolled.withMissed.length > 0) {
      yield* countMissed(unrolled.withMissed.length)
      yield* Effect.logWarning("Occurrences of schedules were left out", { schedules: unrolled.withMissed })
    }
    const claim = yield* store.claimDue(instance, batch, lease)
    if (claim.timers.length > 0) yield* deliver(claim)
    return { delivered: claim.timers.length, more: claim.timers.length > 0 || unrolled.schedules > 0 }
  })
})
