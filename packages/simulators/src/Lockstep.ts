/** Which ticks the margin monitors have confirmed: evaluated for every partition, with no command left open. */
import type { EvaluationProgress } from "@millrace/contracts"
import { Effect } from "effect"

export interface Lockstep {
  /** The latest report of a connected monitor. */
  readonly report: (connection: object, progress: EvaluationProgress) => void
  /** A monitor's connection ended; what it confirmed no longer counts. */
  readonly leave: (connection: object) => void
  /** Waits until the tick of this market time is confirmed for every partition. */
  readonly confirmed: (timeMs: number) => Effect.Effect<void>
  /** Why the tick is not confirmed, in words; empty when it is. */
  readonly waitingFor: (timeMs: number) => ReadonlyArray<string>
  readonly reports: () => ReadonlyArray<EvaluationProgress>
}

export const makeLockstep = (): Lockstep => {
  const reports = new Map<object, EvaluationProgress>()
  let waiter: { readonly timeMs: number; readonly resume: () => void } | undefined
  const waitingFor = (timeMs: number): ReadonlyArray<string> => missing([...reports.values()], timeMs)
  const check = (): void => {
    if (!waiter || waitingFor(waiter.timeMs).length > 0) return
    const { resume } = waiter
    waiter = undefined
    resume()
  }
  return {
    report: (connection, progress) => {
      reports.set(connection, progress)
      check()
    },
    leave: (connection) => {
      reports.delete(connection)
      check()
    },
    confirmed: (timeMs) =>
      Effect.callback<void>((resume) => {
        waiter = { timeMs, resume: () => resume(Effect.void) }
        check()
        return Effect.sync(() => {
          waiter = undefined
        })
      }),
    waitingFor,
    reports: () => [...reports.values()]
  }
}

const missing = (reports: ReadonlyArray<EvaluationProgress>, timeMs: number): ReadonlyArray<string> => {
  const partitionCount = Math.max(0, ...reports.map((report) => report.partitionCount))
  if (partitionCount === 0) return ["a margin monitor at /progress of the control port"]
  const done = new Set<number>()
  const reasons: Array<string> = []
  for (const report of reports) {
    if (report.partitions.length === 0) continue
    if (report.evaluatedToMs >= timeMs && report.openCommands.length === 0)
      for (const partition of report.partitions) done.add(partition)
    else if (report.openCommands.length > 0)
      reasons.push(`${report.instance}: ${report.openCommands.length} commands open, first ${report.openCommands[0]}`)
    else reasons.push(`${report.instance}: evaluated to ${report.evaluatedToMs} of ${timeMs}`)
  }
  const open: Array<number> = []
  for (let partition = 0; partition < partitionCount; partition++) if (!done.has(partition)) open.push(partition)
  if (open.length === 0) return []
  return reasons.length > 0 ? reasons : [`partitions ${open.join(", ")}: assigned to no monitor`]
}
