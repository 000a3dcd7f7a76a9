import { type Lease, Leases } from "@millrace/store"
import { Cause, Clock, Duration, Effect, Metric } from "effect"

/** What the leader knows of its lease. */
export interface Leadership {
  readonly epoch: number
  /** Wall time of the take-over, in milliseconds. */
  readonly sinceMs: number
  /** Another instance led before, until just now. */
  readonly tookOver: boolean
  /** Plain and immediate: the lease has not run out by our own monotonic clock. */
  readonly held: () => boolean
}

export interface LeadershipOptions {
  readonly name: string
  /** Name of this instance; an instance that starts again under its name leads at once. */
  readonly owner: string
  readonly ttl: Duration.Duration
  readonly retry: Duration.Duration
}

const leading = Metric.gauge("millrace_market_data_leading", { description: "1 while this instance leads" })

/** The part of a lease's time after which the holder stops by itself, before the database gives the lease away. */
const usableShare = 0.9

/**
 * Runs `lead` whenever, and as long as, this instance holds the lease; ends only by interruption.
 *
 * A holder whose renewals fail stops before its time is over. `lead` is interrupted when the lease is lost, and the
 * lease is freed when `lead` is interrupted, so that a stop hands over at once.
 */
export const whileLeading = Effect.fnUntraced(function* <E, R>(
  options: LeadershipOptions,
  lead: (leadership: Leadership) => Effect.Effect<void, E, R>
) {
  const leases = yield* Leases
  const clock = yield* Clock.Clock
  const nowMs = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
  const usableMs = Duration.toMillis(options.ttl) * usableShare

  const acquire = leases
    .acquire(options.name, options.owner, options.ttl)
    .pipe(
      Effect.catch((error) =>
        Effect.as(
          Effect.logWarning("the lease can't be asked for").pipe(Effect.annotateLogs({ error: error.message })),
          undefined
        )
      )
    )

  const keepRenewing = Effect.fnUntraced(function* (lease: Lease, time: { untilMs: number }) {
    for (;;) {
      yield* Effect.sleep(Duration.toMillis(options.ttl) / 3)
      const askedAtMs = nowMs()
      const left = Math.max(0, time.untilMs - askedAtMs)
      const renewed = yield* leases.renew(lease, options.ttl).pipe(
        Effect.timeout(left),
        Effect.catch((error) =>
          Effect.as(
            Effect.logWarning("the lease was not renewed").pipe(Effect.annotateLogs({ error: error.message })),
            undefined
          )
        )
      )
      if (renewed === true) time.untilMs = askedAtMs + usableMs
      else if (renewed === false || nowMs() >= time.untilMs) return
    }
  })

  const turn = Effect.fnUntraced(function* (lease: Lease, askedAtMs: number, tookOver: boolean) {
    const time = { untilMs: askedAtMs + usableMs }
    const sinceMs = clock.currentTimeMillisUnsafe()
    yield* Metric.update(leading, 1)
    yield* Effect.logInfo("leads").pipe(Effect.annotateLogs({ lease: lease.name, epoch: lease.epoch }))
    const leadership = { epoch: lease.epoch, sinceMs, tookOver, held: () => nowMs() < time.untilMs }
    yield* Effect.raceFirst(lead(leadership), keepRenewing(lease, time)).pipe(
      // Whatever ends the leader must not end the instance: the lease is freed and asked for again.
      Effect.catchCause((cause) =>
        Cause.hasInterruptsOnly(cause) ? Effect.interrupt : Effect.logError("the leader failed", cause)
      )
    )
  })

  let stoodBy = false
  return yield* Effect.forever(
    Effect.gen(function* () {
      const askedAtMs = nowMs()
      const lease = yield* acquire
      if (lease !== undefined) {
        yield* turn(lease, askedAtMs, stoodBy).pipe(
          Effect.ensuring(
            Effect.all([Metric.update(leading, 0), Effect.ignore(Effect.timeout(leases.release(lease), "2 seconds"))], {
              discard: true
            })
          )
        )
        yield* Effect.logWarning("leads no more").pipe(Effect.annotateLogs({ lease: lease.name, epoch: lease.epoch }))
      }
      stoodBy = lease === undefined
      yield* Effect.sleep(options.retry)
    })
  )
})
