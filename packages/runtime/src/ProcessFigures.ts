import type { ServiceReport, WorkerReport } from "@millrace/contracts"
import { Context, Effect, type Scope } from "effect"

type Part<K extends keyof ServiceReport> = () => NonNullable<ServiceReport[K]>

/** What the parts of this process can tell of themselves for its reports; plain and immediate. */
export interface ProcessFigures {
  readonly workers: Set<() => WorkerReport>
  readonly breakers: Set<Part<"breakers">>
  readonly deadLetters: Set<Part<"deadLetters">>
  readonly longestBlockMs: Set<() => number>
}

/** Figures of a process that has no parts yet. */
export const makeProcessFigures = (): ProcessFigures => ({
  workers: new Set(),
  breakers: new Set(),
  deadLetters: new Set(),
  longestBlockMs: new Set()
})

/** The figures of this process: `runService` provides it; a worker elsewhere (tests, embedding) tells nobody. */
export const CurrentProcess = Context.Reference<ProcessFigures>("@millrace/runtime/CurrentProcess", {
  defaultValue: makeProcessFigures
})

/** Shows a part's figures until the scope closes. */
export const showFigures = <K extends keyof ProcessFigures>(
  kind: K,
  figures: ProcessFigures[K] extends Set<infer F> ? F : never
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const shown = (yield* CurrentProcess)[kind] as Set<typeof figures>
    yield* Effect.acquireRelease(
      Effect.sync(() => shown.add(figures)),
      () => Effect.sync(() => shown.delete(figures))
    )
  })
