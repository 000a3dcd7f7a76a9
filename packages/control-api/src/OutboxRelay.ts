import { Publisher } from "@millrace/runtime"
import { Outbox } from "@millrace/store"
import { Health, type HealthState, showFromStart } from "@millrace/telemetry"
import { Duration, Effect, Metric, Queue, Schedule, Stream } from "effect"
import { ControlApiConfig } from "./ControlApiConfig.ts"
import { relayRecords } from "./relayRecords.ts"

const published = Metric.counter("millrace_control_api_relayed_total", {
  description: "outbox entries published to their topics",
  incremental: true
})

/**
 * Publishes the outbox to account-state, account-history and controls, in order per account, until the scope closes. `ready`
 * says whether what was decided is published.
 *
 * At least once: a crash between publishing and marking repeats the same records. Several instances may run; one relays
 * at a time. Wakes up on a notification of PostgreSQL, else each second. Without PostgreSQL or Kafka it keeps trying and
 * is not ready.
 */
export const runOutboxRelay = Effect.gen(function* () {
  const outbox = yield* Outbox
  yield* showFromStart(published)
  const publisher = yield* Publisher
  const { relayBatch, relayPoll, relayRetry, outboxRetention } = yield* ControlApiConfig
  const health = yield* Health
  const wake = yield* Queue.sliding<void>(1)
  let state: HealthState = { live: true, ready: false, reason: "the outbox was not read yet", detail: {} }
  yield* health.register({ name: "outbox-relay", state: () => state })

  const pass = Effect.gen(function* () {
    let relayed = 0
    for (;;) {
      const count = yield* outbox.relay(relayBatch, (entries) => publisher.publish(relayRecords(entries)))
      relayed += count
      if (count < relayBatch) break
    }
    if (relayed > 0) yield* Metric.update(published, relayed)
    state = { live: true, ready: true, detail: { relayed, waiting: yield* outbox.waiting } }
  }).pipe(
    Effect.catch((error) => {
      state = { live: true, ready: false, reason: error.message, detail: state.detail }
      return Effect.andThen(
        Effect.logWarning(`Outbox not relayed, tried again in ${Duration.format(relayRetry)}: ${error.message}`),
        Effect.sleep(relayRetry)
      )
    })
  )

  const listen = outbox.wakeUps.pipe(
    Stream.runForEach(() => Queue.offer(wake, undefined)),
    Effect.tapError((error) => Effect.logWarning(`Not listening to the outbox: ${error.message}`)),
    Effect.retry(Schedule.spaced(relayRetry))
  )
  const prune = outbox.prune(Duration.toMillis(outboxRetention)).pipe(
    Effect.catch((error) => Effect.logWarning(`Outbox not pruned: ${error.message}`)),
    Effect.repeat(Schedule.spaced("1 hour"))
  )

  yield* pass
  yield* Effect.forkScoped(listen)
  yield* Effect.forkScoped(prune)
  yield* Queue.take(wake).pipe(Effect.timeoutOption(relayPoll), Effect.andThen(pass), Effect.forever, Effect.forkScoped)
  return { ready: () => state.ready }
})
