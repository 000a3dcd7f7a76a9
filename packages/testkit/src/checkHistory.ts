import { crashRule } from "./crashRule.ts"
import { deliveryRules } from "./deliveryRules.ts"
import { exactlyOnceRule } from "./exactlyOnceRule.ts"
import type { HistoryEvent } from "./History.ts"
import { holdRule } from "./holdRule.ts"
import { laneRule } from "./laneRule.ts"
import { type PipelineTraits, plainTraits } from "./PipelineTraits.ts"
import { Progress } from "./Progress.ts"
import { attemptRule, parkingRule } from "./parkingRules.ts"
import { processRules } from "./processRules.ts"
import type { WatchedInput } from "./SimulatedWorld.ts"

/** A promise that the history breaks. */
export interface Violation {
  readonly rule: string
  /** Milliseconds since the world began, and the place in the history. */
  readonly at: number
  readonly event: number
  readonly detail: string
}

/** What a checker must know of a world. */
export interface CheckedWorld {
  readonly inputs: ReadonlyArray<WatchedInput>
  /** Limits that the workers were told; times in milliseconds. */
  readonly laneShareEvery: number
  readonly timeoutMs: number
  readonly drainMs: number
  /** Only who was given a record finishes it. False where a reconciler may settle what another process still works on. */
  readonly finishedByHolder: boolean
  /** Handlers at once of an input. */
  readonly concurrency?: number
  /** What the workers are put to; absent: nothing but faults. */
  readonly traits?: PipelineTraits
}

/** A rule sees each event with what was true before it, and at the end what is true then. */
export interface Rule {
  readonly see: (event: HistoryEvent, before: Progress, report: Report) => void
  readonly end?: (after: Progress, report: Report) => void
}

export type Report = (rule: string, detail: string) => void

const mostViolations = 20

/**
 * Returns every promise that a history of workers breaks, in the order of time; none for a sound one.
 *
 * Pure. It knows what the broker and the outside saw, and what handlers were given, and nothing of how workers work:
 * - a commit never passes a record that is not finished; at the end all are finished and committed;
 * - records of a key start, and their outcomes appear, in their order; one of a key runs at a time;
 * - repeats of an outcome are equal, so that a reader can drop them;
 * - nothing is sent for a partition that the process knows to have lost, nothing starts while it gives back;
 * - what the group had committed does not come again, nor does what was finished under the same assignment;
 * - a handler is interrupted only by its time-out or after the drain time;
 * - a record of the most urgent lane that could run is not passed over but for the lower lanes' share;
 * - a parked record is removed only when it is finished, none is left over, and its attempts are counted on;
 * - who ends processes is set aside after a few ends, and nobody else for it;
 * - of a transactional input, readers see each outcome once;
 * - a lane whose dependency is down asks one record at a time, ever more rarely, and uses up no attempt.
 */
export const checkHistory = (events: ReadonlyArray<HistoryEvent>, world: CheckedWorld): ReadonlyArray<Violation> => {
  const progress = new Progress(world.inputs)
  const rules = rulesOf(world)
  const found: Array<Violation> = []
  const reportAt =
    (at: number, event: number): Report =>
    (rule, detail) => {
      if (found.length < mostViolations) found.push({ rule, at, event, detail })
    }
  events.forEach((event, index) => {
    const report = reportAt(event.at, index)
    for (const rule of rules) rule.see(event, progress, report)
    progress.note(event)
  })
  const atEnd = reportAt(events.at(-1)?.at ?? 0, events.length)
  for (const rule of rules) rule.end?.(progress, atEnd)
  return found
}

const rulesOf = (world: CheckedWorld): ReadonlyArray<Rule> => {
  const traits = world.traits ?? plainTraits
  // Where records wait for tombstones, marks or a whole lane, what could run can't be told from outside.
  const calm = !traits.parked && !traits.deadly && !traits.laneHolds && !traits.transactional
  return [
    ...deliveryRules(world),
    ...processRules(world),
    ...(calm ? [laneRule(world)] : []),
    parkingRule,
    attemptRule(),
    crashRule(),
    ...(traits.transactional ? [exactlyOnceRule()] : []),
    ...(traits.laneHolds && !traits.transactional ? [holdRule(world.concurrency ?? 1)] : [])
  ]
}
