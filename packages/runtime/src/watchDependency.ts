import { OperatorAlerts, OperatorConfig, type Outage } from "@millrace/telemetry"
import { Clock, Duration, Effect } from "effect"

/** How long a probe may take. */
const probeTimeout = "2 seconds"

/**
 * Tells the operator directly while a dependency is down: probes it each second, raises the outage once it has been down for
 * `ALERT_AFTER`, and clears it with the first probe that succeeds. Runs until the scope closes.
 *
 * With the default settings the operator is told within 8 s.
 */
export const watchDependency = Effect.fnUntraced(function* <E extends { readonly message: string }, R>(
  outage: Outage,
  probe: Effect.Effect<unknown, E, R>
) {
  const alerts = yield* OperatorAlerts
  const { alertAfter } = yield* OperatorConfig
  const afterMs = Duration.toMillis(alertAfter)
  let downSinceMs: number | undefined
  const look = Effect.gen(function* () {
    const beganAtMs = yield* Clock.currentTimeMillis
    yield* probe.pipe(
      Effect.timeout(probeTimeout),
      Effect.matchEffect({
        onSuccess: () => {
          downSinceMs = undefined
          return alerts.clear(outage.subject)
        },
        onFailure: Effect.fnUntraced(function* (error) {
          downSinceMs ??= beganAtMs
          if ((yield* Clock.currentTimeMillis) - downSinceMs >= afterMs) yield* alerts.raise(outage, error.message)
        })
      })
    )
    yield* Effect.sleep("1 second")
  })
  yield* Effect.forkScoped(Effect.forever(look))
})
