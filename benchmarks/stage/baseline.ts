import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { Machine, Report } from "./report.ts"

/** Medians of guarded figures as they were once, with the machine that they hold for. */
interface Baseline {
  readonly machine: Machine
  readonly commit: string
  readonly at: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly figures: Readonly<Record<string, { readonly median: number; readonly better: "higher" | "lower" }>>
}

const file = fileURLToPath(new URL("../baseline.json", import.meta.url))

/** Below this share of the baseline a figure fails. */
export const tolerance = 0.85

const readAll = (): Record<string, Baseline> =>
  existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, Baseline>) : {}

const sameMachine = (one: Machine, other: Machine): boolean =>
  one.processor === other.processor && one.cores === other.cores && one.memoryGiB === other.memoryGiB

/** Replaces the baseline of this benchmark. */
export const keepAsBaseline = (report: Report): void => {
  const figures = Object.fromEntries(
    report.figures.filter(({ guarded }) => guarded).map(({ better, median, name }) => [name, { median, better }])
  )
  const { at, benchmark, commit, machine, settings } = report
  const all = { ...readAll(), [benchmark]: { machine, commit, at, settings, figures } }
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`)
}

/** What fails against the baseline, each as a sentence; empty when all is well. */
export const compareWithBaseline = (report: Report, all: Readonly<Record<string, Baseline>> = readAll()) => {
  const baseline = all[report.benchmark]
  if (baseline === undefined) return [`${report.benchmark} has no baseline: take one with --baseline`]
  if (!sameMachine(baseline.machine, report.machine)) {
    return [
      `${report.benchmark}: the baseline is of ${baseline.machine.processor} with ${baseline.machine.cores} cores; ` +
        "figures of two machines are not compared. Take one with --baseline"
    ]
  }
  if (JSON.stringify(baseline.settings) !== JSON.stringify(report.settings)) {
    return [`${report.benchmark}: the baseline was measured with other settings: ${JSON.stringify(baseline.settings)}`]
  }
  return Object.entries(baseline.figures).flatMap(([name, { better, median }]) => {
    const found = report.figures.find((figure) => figure.name === name)
    if (found === undefined) return [`${report.benchmark}: ${name} is in the baseline and was not measured`]
    const share = better === "higher" ? found.median / median : median / found.median
    return share >= tolerance
      ? []
      : [`${report.benchmark}: ${name} is ${found.median}, ${share.toFixed(2)} of the baseline's ${median}`]
  })
}
