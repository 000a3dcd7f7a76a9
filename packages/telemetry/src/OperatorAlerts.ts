import { Clock, Config, Context, DateTime, Duration, Effect, Layer, Option, Queue, Redacted } from "effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import { OperatorConfig } from "./OperatorConfig.ts"
import { webhookHeaders } from "./webhookSignature.ts"

/** Something that only a person can look after, for as long as it lasts. */
export interface Outage {
  /** What is down, as this worker sees it; one outage of a subject at a time. */
  readonly subject: string
  /** What is the case, in a sentence. */
  readonly title: string
  /** What it means for positions, and what can be done by hand. */
  readonly whatToDo: string
}

/** Tells the operator past Kafka, PostgreSQL and the notifier: once when an outage begins, and once when it has ended. */
export interface OperatorAlertsService {
  /** Tells it once, however often it is called while the outage lasts. */
  readonly raise: (outage: Outage, detail?: string) => Effect.Effect<void>
  /** The outage of this subject has ended; nothing when there was none. */
  readonly clear: (subject: string) => Effect.Effect<void>
}

/** The operator's direct path; `runService` provides it. Elsewhere nobody is told. */
export const OperatorAlerts = Context.Reference<OperatorAlertsService>("@millrace/telemetry/OperatorAlerts", {
  defaultValue: () => ({ raise: () => Effect.void, clear: () => Effect.void })
})

interface Told {
  readonly id: string
  readonly body: string
}

/** Messages that wait for a webhook that does not answer; the oldest are given up beyond it. */
const waitingMessages = 1_000

/**
 * The direct path to `ALERT_URL`. Messages go out one after the other, in order; one that does not arrive (no answer in
 * 5 s, or none of 2xx) is sent again under the same id. Without `ALERT_URL` outages are only logged.
 *
 * Fails with `ConfigError` when there is an address without `ALERT_SECRET`.
 */
export const layerOperatorAlerts = (worker: string) =>
  Layer.effect(
    OperatorAlerts,
    Effect.gen(function* () {
      const { alertUrl, alertSecret, alertRetry } = yield* OperatorConfig
      const messages = yield* Queue.sliding<Told>(waitingMessages)
      const url = Option.getOrUndefined(alertUrl)
      if (url !== undefined) {
        const secret = Option.isSome(alertSecret) ? alertSecret.value : yield* Config.Redacted("ALERT_SECRET")
        yield* Effect.forkScoped(deliver(messages, url.href, secret, alertRetry))
      }
      const open = new Map<string, { readonly outage: Outage; readonly beganAtMs: number }>()

      const tell = (began: boolean, outage: Outage, beganAtMs: number, endedAtMs?: number, detail?: string) => {
        const body = JSON.stringify({
          type: began ? "outage.began" : "outage.ended",
          timestamp: isoTime(endedAtMs ?? beganAtMs),
          data: {
            worker,
            ...outage,
            ...(detail === undefined ? {} : { detail }),
            beganAt: isoTime(beganAtMs),
            ...(endedAtMs === undefined ? {} : { endedAt: isoTime(endedAtMs) })
          }
        })
        const id = `${worker}.${outage.subject}.${beganAtMs}.${began ? "began" : "ended"}`.replaceAll(/[^\w.-]/gu, "-")
        Queue.offerUnsafe(messages, { id, body })
      }

      const raise = Effect.fnUntraced(function* (outage: Outage, detail?: string) {
        if (open.has(outage.subject)) return
        const beganAtMs = yield* Clock.currentTimeMillis
        open.set(outage.subject, { outage, beganAtMs })
        tell(true, outage, beganAtMs, undefined, detail)
        yield* Effect.logError(`operator: ${outage.title}`, { whatToDo: outage.whatToDo, error: detail })
      })
      const clear = Effect.fnUntraced(function* (subject: string) {
        const known = open.get(subject)
        if (known === undefined) return
        open.delete(subject)
        tell(false, known.outage, known.beganAtMs, yield* Clock.currentTimeMillis)
        yield* Effect.logInfo(`operator: over: ${known.outage.title}`)
      })
      return { raise, clear }
    })
  )

const isoTime = (ms: number): string => DateTime.formatIso(DateTime.makeUnsafe(ms))

/** Sends what waits, in order, each until it arrives. */
const deliver = (messages: Queue.Dequeue<Told>, url: string, secret: Redacted.Redacted, retry: Duration.Duration) =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const send = Effect.fnUntraced(function* ({ id, body }: Told) {
      const timestampSeconds = Math.floor((yield* Clock.currentTimeMillis) / 1000)
      const request = HttpClientRequest.post(url).pipe(
        HttpClientRequest.bodyText(body, "application/json"),
        HttpClientRequest.setHeaders(webhookHeaders(Redacted.value(secret), { id, timestampSeconds, body }))
      )
      const { status } = yield* client.execute(request).pipe(Effect.timeout("5 seconds"))
      if (status < 200 || status > 299) return yield* Effect.fail({ message: `status ${status}` })
    })
    const insist = (told: Told): Effect.Effect<void> =>
      send(told).pipe(
        Effect.catch((error) =>
          Effect.logWarning(`The operator was not told, tried again in ${Duration.format(retry)}`, {
            error: error.message
          }).pipe(Effect.andThen(Effect.sleep(retry)), Effect.andThen(Effect.suspend(() => insist(told))))
        )
      )
    return yield* Queue.take(messages).pipe(Effect.flatMap(insist), Effect.forever)
  }).pipe(Effect.provide(FetchHttpClient.layer))
