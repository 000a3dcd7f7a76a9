import { Effect, Random } from "effect"

/** Faults of one process. `forMs`: until it is started again, goes on, or is reachable again. */
export const processFaults = ["kill", "stop", "freeze", "cut"] as const
/** Faults of the broker. `forMs`: how long they last; the last three happen once. */
export const brokerFaults = [
  "outage",
  "sends_fail",
  "sends_lose_answers",
  "sends_slow",
  "commits_fail",
  "commits_lose_answers",
  "commits_slow",
  "fetches_fail",
  "fetches_slow",
  "group_calls_fail",
  "group_calls_slow",
  "rebalance",
  "retention",
  "compaction"
] as const

/** Faults of transactions and of questions to the broker (offsets, transactional ids), for worlds that have them. */
export const transactionFaults = [
  "transactions_fail",
  "transactions_lose_answers",
  "transactions_slow",
  "questions_fail"
] as const

export type FaultKind =
  | (typeof processFaults)[number]
  | (typeof brokerFaults)[number]
  | (typeof transactionFaults)[number]

/** One fault: what, when, for how long, and to whom. */
export interface PlannedFault {
  readonly kind: FaultKind
  /** Since the start of the world, in milliseconds. */
  readonly atMs: number
  readonly forMs: number
  /** Index of the process; the broker's faults have none. */
  readonly process: number | undefined
}

export type FaultPlan = ReadonlyArray<PlannedFault>

/** What a plan is drawn from. */
export interface PlanBounds {
  readonly processes: number
  /** Faults begin before this time, in milliseconds. */
  readonly untilMs: number
  /** Kinds besides those of every world. */
  readonly more?: ReadonlyArray<FaultKind>
}

const isProcessFault = (kind: FaultKind): boolean => (processFaults as ReadonlyArray<string>).includes(kind)

/** How long a fault lasts, in milliseconds: short ones and some that outlast a session (10 s) and a drain (10 s). */
const durations = [200, 1_000, 3_000, 8_000, 12_000, 25_000, 45_000] as const

/**
 * Draws the faults of a world from the fiber's Random, in the order of time; so a seed decides which, when, for how long.
 *
 * Each world meets only some kinds of faults, since what hides behind one is often covered up by another; some meet none.
 */
export const drawFaultPlan = (bounds: PlanBounds): Effect.Effect<FaultPlan> =>
  Effect.gen(function* () {
    const all: ReadonlyArray<FaultKind> = [...processFaults, ...processFaults, ...brokerFaults, ...(bounds.more ?? [])]
    const kinds = (yield* Random.shuffle(all)).slice(0, yield* Random.nextIntBetween(1, 6))
    const count = yield* Random.nextIntBetween(0, 10)
    const faults: Array<PlannedFault> = []
    for (let n = 0; n < count; n++) {
      const kind = kinds[yield* Random.nextIntBetween(0, kinds.length - 1)]!
      const process = yield* Random.nextIntBetween(0, bounds.processes - 1)
      faults.push({
        kind,
        atMs: yield* Random.nextIntBetween(0, bounds.untilMs),
        forMs: durations[yield* Random.nextIntBetween(0, durations.length - 1)]!,
        process: isProcessFault(kind) ? process : undefined
      })
    }
    return faults.sort((one, other) => one.atMs - other.atMs)
  })

/** A fault in one line. */
export const describeFault = ({ atMs, forMs, kind, process }: PlannedFault): string =>
  `${(atMs / 1000).toFixed(1)} s: ${kind}${process === undefined ? "" : ` of process ${process}`} for ${forMs / 1000} s`

/**
 * The smallest plan found that still fails: faults are left out as long as it does, halves first, then one by one.
 *
 * `fails` runs the world with a plan; at most `runs` times.
 */
export const shrinkPlan = (plan: FaultPlan, fails: (plan: FaultPlan) => boolean, runs = 60): FaultPlan => {
  let smallest = plan
  let left = runs
  for (let size = Math.max(1, plan.length >> 1); size >= 1 && left > 0; size = size === 1 ? 0 : size >> 1) {
    for (let from = 0; from < smallest.length && left > 0; left--) {
      const without = smallest.filter((_, index) => index < from || index >= from + size)
      if (without.length < smallest.length && fails(without)) smallest = without
      else from += size
    }
  }
  return smallest
}
