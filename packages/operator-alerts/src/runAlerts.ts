import { ServiceConfig } from "@millrace/runtime"
import { AlertStore, type Lease, Leases } from "@millrace/store"
import { Clock, Duration, Effect, Metric, Option } from "effect"
import type { AlertChannel } from "./AlertChannel.ts"
import type { AlertRules } from "./AlertRule.ts"
import type { AlertSources } from "./AlertSources.ts"
import { AlertsConfig } from "./AlertsConfig.ts"
import { alertChannels } from "./alertChannels.ts"
import { defaultRules } from "./defaultRules.ts"
import { deliverAlerts } from "./deliverAlerts.ts"
import { makeGatherFacts } from "./gatherFacts.ts"
import { hasChanges, lookAtAlerts } from "./lookAtAlerts.ts"
import { readAlertRules } from "./readAlertRules.ts"

const leaseName = "operator-alerts"
/** A leader that is gone is replaced after this time. */
const leaseFor = Duration.seconds(15)
const keptFor = Duration.days(7)

const firingAlerts = Metric.gauge("millrace_operator_alerts_firing", { description: "Alerts that fire, by severity" })

/**
 * Looks at everything that rules are judged on each `ALERT_INTERVAL`, and tells operators by every channel that is set, until
 * the scope closes.
 *
 * Several processes may run it: one judges, by a lease, and all deliver, one channel by one process at a time. What was found
 * and told lies in PostgreSQL, so that a restart neither repeats nor forgets; while that does not answer nothing is judged, and the
 * direct path (`OperatorAlerts`) tells. Fails at the start with `ConfigError`, `ChannelSettingInvalid` or `AlertRulesInvalid`.
 */
export const runAlerts = Effect.fnUntraced(function* (sources: AlertSources) {
  const settings = yield* AlertsConfig
  const rules = yield* Option.match(settings.rulesFile, {
    onNone: () => Effect.succeed<AlertRules>(defaultRules),
    onSome: readAlertRules
  })
  yield* runAlertsWith({ rules, channels: yield* alertChannels(settings), sources })
})

/** The same with given rules and channels. */
export const runAlertsWith = Effect.fnUntraced(function* (given: GivenAlerts) {
  const { giveUpAfter, interval } = yield* AlertsConfig
  yield* leading(yield* makeLook(given), interval)
  for (const channel of given.channels) yield* deliverAlerts(channel, giveUpAfter)
  const store = yield* AlertStore
  yield* Clock.currentTimeMillis.pipe(
    Effect.flatMap((nowMs) => store.forget(Duration.toMillis(keptFor), nowMs)),
    Effect.catch((error) => Effect.logWarning(`old messages to operators are kept: ${error.message}`)),
    Effect.andThen(Effect.sleep("1 hour")),
    Effect.forever,
    Effect.forkScoped
  )
})

export interface GivenAlerts {
  readonly rules: AlertRules
  readonly channels: ReadonlyArray<AlertChannel>
  readonly sources: AlertSources
}

/** One look under a lease; `false`: another process leads by now. */
const makeLook = Effect.fnUntraced(function* ({ channels, rules, sources }: GivenAlerts) {
  const names = channels.map(({ name }) => name)
  const store = yield* AlertStore
  const { groupInterval, groupWait, repeat } = yield* AlertsConfig
  const gather = yield* makeGatherFacts(sources)
  const timing = {
    groupWaitMs: Duration.toMillis(groupWait),
    groupIntervalMs: Duration.toMillis(groupInterval),
    repeatMs: Duration.toMillis(repeat)
  }
  return Effect.fnUntraced(function* (lease: Lease) {
    let book = yield* store.open(lease.epoch)
    return Effect.gen(function* () {
      const facts = yield* gather(names)
      const silences = yield* store.silences(facts.nowMs)
      const next = lookAtAlerts(book, facts, { rules, silences, timing, channels: names })
      if (hasChanges(next.changes) && !(yield* store.commit(lease.epoch, next.changes))) return false
      book = next.book
      for (const { firing, kind, resolved, rule, severity, title } of next.changes.notices)
        yield* Effect.logWarning(`alert ${kind}: ${title}`, {
          rule,
          severity,
          firing: firing.map(({ subject }) => subject),
          resolved: resolved.map(({ subject }) => subject)
        })
      for (const severity of ["warning", "critical"] as const) {
        const firing = book.alerts.filter((alert) => alert.state === "firing" && alert.severity === severity)
        yield* Metric.update(Metric.withAttributes(firingAlerts, { severity }), firing.length)
      }
      return true
    })
  })
})

/** Looks while this process leads; another one takes over within `leaseFor`, at once when this one ends in order. */
const leading = Effect.fnUntraced(function* <E extends { readonly message: string }>(
  makeOne: (lease: Lease) => Effect.Effect<Effect.Effect<boolean, E>, E>,
  interval: Duration.Duration
) {
  const leases = yield* Leases
  const { instance } = yield* ServiceConfig
  const lead = Effect.acquireUseRelease(
    leases.acquire(leaseName, instance, leaseFor),
    (lease) =>
      lease === undefined
        ? Effect.void
        : Effect.flatMap(makeOne(lease), (look) =>
            leases.renew(lease, leaseFor).pipe(
              Effect.flatMap((isHeld) => (isHeld ? look : Effect.succeed(false))),
              Effect.andThen((goesOn) => Effect.as(Effect.sleep(interval), goesOn)),
              Effect.repeat({ while: (goesOn) => goesOn })
            )
          ),
    (lease) => (lease === undefined ? Effect.void : Effect.ignore(leases.release(lease)))
  )
  yield* lead.pipe(
    Effect.catch((error) => Effect.logWarning(`alerts were not judged: ${error.message}`)),
    Effect.andThen(Effect.sleep(interval)),
    Effect.forever,
    Effect.forkScoped
  )
})
