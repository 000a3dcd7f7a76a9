import type { ChaosOptions } from "./ChaosOptions.ts"
import type { Judgement } from "./judgeHistory.ts"
import type { Recovery } from "./recoveries.ts"

/** The last line of a run. */
export interface ChaosSummary {
  readonly ok: boolean
  readonly accepted: number
  readonly effects: number
  readonly duplicates: number
  readonly lost: number
  readonly outOfOrder: number
  readonly deadLettered: number
  readonly refused: number
  readonly contradictions: number
  readonly goneFromTopics: number
  readonly unfinishedIntents: number
  readonly deadLetteredInVain: number
  /** Records above the committed offsets when waiting ended; 0 in a good run. */
  readonly lag: number
  readonly workerStarts: number
  /** How workers ended, and how often. */
  readonly workerEnds: Readonly<Record<string, number>>
  readonly faults: ReadonlyArray<Recovery>
  /** How the full disk was made. */
  readonly fullDisk: string
  readonly seed: number
  readonly minutes: number
  readonly brokers: number
  readonly workers: number
  readonly recordsPerSecond: number
}

export interface RestedRun {
  readonly lag: number
  readonly workerStarts: number
  readonly workerEnds: ReadonlyArray<string>
  readonly fullDisk: string
}

const countOf = (values: ReadonlyArray<string>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

/** Returns a run in figures; `ok` only when every promise was kept and every fault was recovered from. */
export const summaryOf = (
  options: ChaosOptions,
  judgement: Judgement,
  faults: ReadonlyArray<Recovery>,
  run: RestedRun
): ChaosSummary => {
  const figures = {
    accepted: judgement.accepted,
    effects: judgement.effects,
    duplicates: judgement.duplicates,
    lost: judgement.lostIds.length,
    outOfOrder: judgement.outOfOrderIds.length,
    deadLettered: judgement.deadLettered,
    refused: judgement.refused,
    contradictions: judgement.contradictions.length,
    goneFromTopics: judgement.goneFromTopics.length,
    unfinishedIntents: judgement.unfinishedIntents,
    deadLetteredInVain: judgement.deadLetteredInVain.length
  }
  const mustBeNone = [
    figures.duplicates,
    figures.lost,
    figures.outOfOrder,
    figures.contradictions,
    figures.goneFromTopics,
    figures.unfinishedIntents,
    run.lag
  ]
  const recovered = faults.every(({ recoveredSeconds }) => recoveredSeconds !== null)
  return {
    ok: figures.accepted > 0 && recovered && mustBeNone.every((figure) => figure === 0),
    ...figures,
    lag: run.lag,
    workerStarts: run.workerStarts,
    workerEnds: countOf(run.workerEnds),
    faults,
    fullDisk: run.fullDisk,
    seed: options.seed,
    minutes: Math.round((options.seconds / 60) * 100) / 100,
    brokers: options.brokers,
    workers: options.workers,
    recordsPerSecond: options.recordsPerSecond
  }
}
