import { Effect } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { Health, type HealthCheck, type HealthDetail, type HealthState } from "./Health.ts"

/** Answer of a health page. */
export interface HealthPage {
  readonly status: 200 | 503
  readonly body: Readonly<Record<string, unknown>>
}

const statesOf = (checks: ReadonlyArray<HealthCheck>): ReadonlyArray<readonly [string, HealthState]> =>
  checks.map((check) => [check.name, check.state()] as const)

const shown = (state: HealthState): Readonly<Record<string, unknown>> => ({
  isRunning: state.live && state.ready,
  ...(state.reason === undefined ? {} : { reason: state.reason }),
  ...state.detail
})

/** `/health`: everything known, for people and dashboards; `worker` is the first of `workers` that reads a topic. 503 when not live. */
export const healthPage = (
  checks: ReadonlyArray<HealthCheck>,
  timestamp: string,
  details: ReadonlyArray<HealthDetail> = []
): HealthPage => {
  const states = statesOf(checks)
  const live = states.every(([, state]) => state.live)
  const ready = states.length > 0 && states.every(([, state]) => state.ready)
  // Other parts (loops, an outbox) may stand before the worker, which has a queue.
  const [, first] = states.find(([, { detail }]) => "queueName" in detail) ?? states[0] ?? []
  const workers = Object.fromEntries(states.map(([name, state]) => [name, shown(state)]))
  return {
    status: live ? 200 : 503,
    body: {
      status: !live ? "failing" : ready ? "ok" : "starting",
      worker: first === undefined ? { isRunning: false } : shown(first),
      workers,
      ...Object.fromEntries(details.map(({ detail, name }) => [name, detail()])),
      timestamp
    }
  }
}

/** `/ready`: 200 once every part takes records. */
export const readyPage = (checks: ReadonlyArray<HealthCheck>): HealthPage => page(checks, (state) => state.ready, true)

/** `/live`: 503 asks the supervisor to restart the process. */
export const livePage = (checks: ReadonlyArray<HealthCheck>): HealthPage => page(checks, (state) => state.live, false)

const page = (
  checks: ReadonlyArray<HealthCheck>,
  good: (state: HealthState) => boolean,
  needsSome: boolean
): HealthPage => {
  const states = statesOf(checks)
  const bad = states.filter(([, state]) => !good(state))
  const ok = bad.length === 0 && (states.length > 0 || !needsSome)
  const reasons = Object.fromEntries(bad.map(([name, state]) => [name, state.reason ?? "no reason given"]))
  return { status: ok ? 200 : 503, body: ok ? { status: "ok" } : { status: "unavailable", reasons } }
}

/** `/metrics`: the process's metrics in Prometheus' text format, with the gauges measured now. */
export const metricsText: Effect.Effect<string> = Effect.gen(function* () {
  const health = yield* Health
  yield* health.sample
  return yield* PrometheusMetrics.format()
})
