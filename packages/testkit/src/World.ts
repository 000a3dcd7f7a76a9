import { Effect, Random } from "effect"
import type { Violation } from "./checkHistory.ts"
import { drawFaultPlan, type FaultKind, type FaultPlan, shrinkPlan } from "./FaultPlan.ts"
import type { History } from "./History.ts"

/** What came of one run of a world. */
export interface WorldRun {
  readonly history: History
  readonly violations: ReadonlyArray<Violation>
  /** Records accepted by the inputs, and effects (records of the last stage, or orders applied outside). */
  readonly records: number
  readonly effects: number
}

/** A pipeline to simulate: the seed decides its work, the plan its faults. */
export interface World {
  readonly name: string
  readonly about: string
  readonly processes: number
  /** Faults begin before this time, in milliseconds since the world began. */
  readonly faultsUntilMs: number
  /** Kinds of faults besides those of every world. */
  readonly moreFaults?: ReadonlyArray<FaultKind>
  readonly run: (seed: string, plan: FaultPlan) => WorldRun
}

/** The plan of a seed. */
export const planOf = (world: World, seed: string): FaultPlan =>
  Effect.runSync(
    drawFaultPlan({ processes: world.processes, untilMs: world.faultsUntilMs, more: world.moreFaults ?? [] }).pipe(
      Random.withSeed(`${world.name}/${seed}/plan`)
    )
  )

/** A world that came to a standstill at one instant, or whose code threw, breaks a promise like any other. */
export const runWorld = (world: World, seed: string, plan: FaultPlan): WorldRun | Violation => {
  try {
    return world.run(seed, plan)
  } catch (error) {
    return {
      rule: "crashed",
      at: 0,
      event: 0,
      detail: error instanceof Error ? (error.stack ?? error.message) : `${error}`
    }
  }
}

/** A seed whose history breaks a promise. */
export interface FailedSeed {
  readonly world: string
  readonly seed: string
  readonly violations: ReadonlyArray<Violation>
  readonly plan: FaultPlan
  /** The smallest plan found that breaks the same rule, and the run under it. */
  readonly smallest: FaultPlan
  readonly run: WorldRun | undefined
}

/** Runs a seed. Returns its run, or, when a promise is broken, the failure with the smallest plan found. */
export const trySeed = (world: World, seed: string): WorldRun | FailedSeed => {
  const plan = planOf(world, seed)
  const run = runWorld(world, seed, plan)
  const violations = violationsOf(run)
  if (violations.length === 0 && "history" in run) return run
  const rule = violations[0]!.rule
  const fails = (smaller: FaultPlan) => violationsOf(runWorld(world, seed, smaller)).some((one) => one.rule === rule)
  const smallest = shrinkPlan(plan, fails)
  const last = runWorld(world, seed, smallest)
  return {
    world: world.name,
    seed,
    plan,
    smallest,
    violations: violationsOf(last),
    run: "history" in last ? last : undefined
  }
}

const violationsOf = (run: WorldRun | Violation): ReadonlyArray<Violation> =>
  "history" in run ? run.violations : [run]
