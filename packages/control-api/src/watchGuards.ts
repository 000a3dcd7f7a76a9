import { Publisher } from "@millrace/runtime"
import { OperatorAlerts } from "@millrace/telemetry"
import { Clock, Duration, Effect, Metric, Option } from "effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import { ControlApiConfig } from "./ControlApiConfig.ts"
import type { GuardWatch } from "./GuardWatch.ts"
import { guardingNotice } from "./guardingNotice.ts"

const unguardedAccounts = Metric.gauge("millrace_control_api_unguarded_accounts", {
  description: "accounts with guarded positions that nobody evaluates"
})

const outage = {
  subject: "guarding",
  title: "Guarded positions are not evaluated: no rule acts for them",
  whatToDo:
    "Look at market-data (are there ticks?) and margin-monitor (is it live, does it lag?). Until then act by hand at the exchange."
}

/**
 * Looks each second whether every guarded position is evaluated, and alarms for those that are not: the account's user by
 * notification, the operator directly, each once per outage.
 *
 * While all are evaluated and `ready` says that the controls are published, a request goes to `HEARTBEAT_URL`: when it
 * stops, the operator's own service alarms (dead-man's switch).
 */
export const watchGuards = Effect.fnUntraced(function* (watch: GuardWatch, ready: () => boolean) {
  const publisher = yield* Publisher
  const alerts = yield* OperatorAlerts
  const { heartbeatUrl, heartbeatInterval } = yield* ControlApiConfig
  const alarmed = new Set<string>()
  let allGuarded = false

  const look = Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis
    const unguarded = watch.look(nowMs)
    allGuarded = unguarded.length === 0
    yield* Metric.update(unguardedAccounts, unguarded.length)
    const ids = new Set(unguarded.map(({ accountId }) => accountId))
    for (const id of alarmed) if (!ids.has(id)) alarmed.delete(id)
    if (allGuarded) return yield* alerts.clear(outage.subject)
    yield* alerts.raise(outage, `${unguarded.length} of ${watch.guarded} accounts with guarded positions`)
    const anew = unguarded.filter(({ accountId }) => !alarmed.has(accountId))
    if (anew.length === 0) return
    yield* publisher.publish(anew.map((account) => guardingNotice(account, nowMs)))
    for (const { accountId } of anew) alarmed.add(accountId)
  }).pipe(Effect.catch((error) => Effect.logWarning(`Users were not told that nobody guards: ${error.message}`)))

  const beat = Effect.fnUntraced(
    function* (url: string) {
      if (!ready() || !allGuarded) return
      const client = yield* HttpClient.HttpClient
      const { status } = yield* client.get(url).pipe(Effect.timeout("5 seconds"))
      if (status < 200 || status > 299) yield* Effect.logWarning(`The heartbeat was answered with status ${status}`)
    },
    Effect.catch((error) => Effect.logWarning(`The heartbeat was not sent: ${error.message}`))
  )

  yield* Effect.forkScoped(look.pipe(Effect.andThen(Effect.sleep("1 second")), Effect.forever))
  const url = Option.getOrUndefined(heartbeatUrl)?.href
  if (url !== undefined)
    yield* beat(url).pipe(
      Effect.delay(Duration.min(heartbeatInterval, Duration.seconds(2))),
      Effect.andThen(Effect.sleep(heartbeatInterval)),
      Effect.forever,
      Effect.provide(FetchHttpClient.layer),
      Effect.forkScoped
    )
})
