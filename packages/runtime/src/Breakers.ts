import { Health } from "@millrace/telemetry"
import { Cause, Clock, Context, Effect, Exit, Layer, Metric } from "effect"
import type { CallOutcome } from "./Breaker.ts"
import {
  BreakerBoard,
  type BreakerChange,
  type BreakerStatus,
  type Dependency,
  dependencyName
} from "./BreakerBoard.ts"
import { DependencyDown } from "./DependencyDown.ts"
import { showFigures } from "./ProcessFigures.ts"

/** How a call is judged, and what its refusal holds. */
export interface GuardOptions<A, E> {
  /** What the call's end says of the dependency; not asked after an interruption, which says nothing. */
  readonly classify: (exit: Exit.Exit<A, E>) => CallOutcome
  /** Default `key`. */
  readonly holds?: "key" | "lane"
}

/**
 * Breakers of this process, one per dependency, each closed until its calls fail.
 *
 * Their state is not shared: each process judges by what its own calls meet, opens within a few of them, and probes with
 * one. @see docs/decisions/0009-limits-and-breakers.md
 */
export class Breakers extends Context.Service<
  Breakers,
  {
    /**
     * Runs the call if the breaker lets it through, and learns from its end.
     *
     * Fails with `DependencyDown`, without running it, while the breaker is open or its probes are under way.
     */
    readonly guard: <A, E, R>(
      dependency: Dependency,
      call: Effect.Effect<A, E, R>,
      options: GuardOptions<A, E>
    ) => Effect.Effect<A, E | DependencyDown, R>
    /** Fails with `DependencyDown` when a call would be refused now; takes no probe. Spares work that comes before a call. */
    readonly check: (dependency: Dependency) => Effect.Effect<void, DependencyDown>
    /** The breakers that are open or half-open; plain and immediate. */
    readonly notClosed: () => ReadonlyArray<BreakerStatus>
  }
>()("@millrace/runtime/Breakers") {
  static readonly layer = Layer.effect(
    Breakers,
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const health = yield* Health
      const board = new BreakerBoard(() => Number(clock.monotonicTimeNanosUnsafe()) / 1e6)
      yield* health.show({ name: "breakers", detail: board.notClosed })
      yield* health.beforeMetrics(measure(board))
      yield* showFigures("breakers", () =>
        [...board.counts()].map(([kind, { closed, open, "half-open": halfOpen }]) => ({ kind, closed, open, halfOpen }))
      )
      return Breakers.of({
        guard: (dependency, call, options) => guarded(board, dependency, call, options),
        check: (dependency) =>
          Effect.suspend(() => {
            const retryAfterMs = board.wouldRefuse(dependency)
            return retryAfterMs === undefined ? Effect.void : Effect.fail(downOf(dependency, retryAfterMs, undefined))
          }),
        notClosed: board.notClosed
      })
    })
  )
}

const breakerState = Metric.gauge("millrace_runtime_breaker_state", {
  description: "Breakers by kind of dependency and state"
})
const openingsTotal = Metric.counter("millrace_runtime_breaker_openings_total", {
  description: "Times a breaker opened",
  incremental: true
})
const refusedTotal = Metric.counter("millrace_runtime_breaker_refused_total", {
  description: "Calls that a breaker did not let through",
  incremental: true
})

const guarded = <A, E, R>(
  board: BreakerBoard,
  dependency: Dependency,
  call: Effect.Effect<A, E, R>,
  { classify, holds }: GuardOptions<A, E>
): Effect.Effect<A, E | DependencyDown, R> =>
  Effect.uninterruptibleMask((restore): Effect.Effect<A, E | DependencyDown, R> => {
    const [admission, change] = board.admit(dependency)
    if (admission._tag === "Refused") {
      const down = Effect.fail(downOf(dependency, admission.retryAfterMs, holds))
      return Effect.andThen(Metric.update(Metric.withAttributes(refusedTotal, { kind: dependency.kind }), 1), down)
    }
    const run = Effect.onExit(restore(call), (exit) => {
      const interrupted = Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
      const ended = board.report(dependency, admission.permit, interrupted ? "ignored" : classify(exit))
      return ended === undefined ? Effect.void : tell(ended)
    })
    return change === undefined ? run : Effect.andThen(tell(change), run)
  })

const downOf = (dependency: Dependency, retryAfterMs: number, holds: "key" | "lane" | undefined): DependencyDown =>
  new DependencyDown({
    dependency: dependencyName(dependency),
    retryAfterMs: Math.ceil(retryAfterMs),
    ...(holds === undefined ? {} : { holds })
  })

/** Tells of a change, once. */
const tell = ({ dependency, openings, openMs, state }: BreakerChange): Effect.Effect<void> => {
  const fields = { dependency: dependencyName(dependency), openings, openMs: Math.round(openMs) }
  switch (state) {
    case "open":
      return Effect.andThen(
        Effect.logWarning("a breaker opened: its calls fail", fields),
        Metric.update(Metric.withAttributes(openingsTotal, { kind: dependency.kind }), 1)
      )
    case "half-open":
      return Effect.logInfo("a breaker lets a probe through", fields)
    case "closed":
      return Effect.logInfo("a breaker closed: its calls succeed", fields)
  }
}

/** Breakers by kind and state; with a kind that is met for the first time, its counters begin at 0. */
const measure = (board: BreakerBoard): Effect.Effect<void> =>
  Effect.suspend(() =>
    Effect.forEach(
      board.counts(),
      ([kind, counts]) =>
        Effect.all(
          [
            Metric.update(Metric.withAttributes(openingsTotal, { kind }), 0),
            Metric.update(Metric.withAttributes(refusedTotal, { kind }), 0),
            ...Object.entries(counts).map(([state, count]) =>
              Metric.update(Metric.withAttributes(breakerState, { kind, state }), count)
            )
          ],
          { discard: true }
        ),
      { discard: true }
    )
  )
