import { Context, Effect, Metric, type Scope } from "effect"

/** State of one worker of the process, as its health pages show it. */
export interface HealthState {
  /** False asks the supervisor to restart the process. */
  readonly live: boolean
  /** True once it takes records. */
  readonly ready: boolean
  /** Why it is not live or not ready, in words for an operator. */
  readonly reason?: string
  /** Figures for people: lag, in flight, partitions. */
  readonly detail: Readonly<Record<string, unknown>>
}

/** A named part of the process that can tell its state at any time; plain and immediate. */
export interface HealthCheck {
  readonly name: string
  readonly state: () => HealthState
}

/** Figures of a part without a state of its own, shown on `/health` under its name; plain and immediate. */
export interface HealthDetail {
  readonly name: string
  readonly detail: () => unknown
}

/**
 * The parts of this process that have a state of health, and what is to be measured right before metrics are read.
 *
 * A reference with a default, so that a worker runs with or without a health server; one process with many workers
 * shows them all.
 */
export interface HealthRegistry {
  /** Shows the check until the scope closes. */
  readonly register: (check: HealthCheck) => Effect.Effect<void, never, Scope.Scope>
  readonly checks: () => ReadonlyArray<HealthCheck>
  /** Shows figures until the scope closes; they decide nothing. */
  readonly show: (detail: HealthDetail) => Effect.Effect<void, never, Scope.Scope>
  readonly details: () => ReadonlyArray<HealthDetail>
  /** Runs `sample` before each reading of the metrics, until the scope closes. */
  readonly beforeMetrics: (sample: Effect.Effect<void>) => Effect.Effect<void, never, Scope.Scope>
  readonly sample: Effect.Effect<void>
}

/** An empty registry. */
export const makeHealthRegistry = (): HealthRegistry => {
  const checks = new Set<HealthCheck>()
  const details = new Set<HealthDetail>()
  const samples = new Set<Effect.Effect<void>>()
  const held = <A>(set: Set<A>, item: A) =>
    Effect.acquireRelease(
      Effect.sync(() => set.add(item)),
      () => Effect.sync(() => set.delete(item))
    ).pipe(Effect.asVoid)
  return {
    register: (check) => held(checks, check),
    checks: () => [...checks],
    show: (detail) => held(details, detail),
    details: () => [...details],
    beforeMetrics: (sample) => held(samples, sample),
    sample: Effect.suspend(() => Effect.forEach([...samples], (sample) => sample, { discard: true }))
  }
}

/** Shows counters with 0 from the start, so that their first count is seen as an increase. */
export const showFromStart = (...counters: ReadonlyArray<Metric.Counter<number>>): Effect.Effect<void> =>
  Effect.forEach(counters, (counter) => Metric.update(counter, 0), { discard: true })

export const Health = Context.Reference<HealthRegistry>("@millrace/telemetry/Health", {
  defaultValue: makeHealthRegistry
})
