import { serviceReportKey } from "@millrace/contracts"
import type { ReportedInstance } from "@millrace/runtime"
import type { Found } from "./AlertFacts.ts"
import { age } from "./words.ts"

/** Processes that fell silent and were not replaced, those that are not live, and workers that no process runs. */
export const inactiveWorkers = (
  instances: ReadonlyArray<ReportedInstance>,
  workers: ReadonlyArray<string>,
  nowMs: number
): ReadonlyArray<Found> => {
  const silent = unreplaced(instances)
  const stuck = instances.filter(({ active, report }) => active && !report.live)
  const running = new Set(workersOf(instances.filter(({ active }) => active)))
  const told = new Set(workersOf(silent))
  return [
    ...silent.map(({ heardAtMs, report }) => ({
      subject: serviceReportKey(report),
      detail: `silent for ${age(nowMs - heardAtMs)}: it ended without a word, is cut off, or stands still`
    })),
    ...stuck.map(({ report }) => ({
      subject: serviceReportKey(report),
      detail: `not live: ${report.reason ?? "it does not say why"}`
    })),
    ...workers
      .filter((worker) => !running.has(worker) && !told.has(worker))
      .map((worker) => ({ subject: worker, detail: "no process runs it" }))
  ]
}

/** Processes that report themselves and are not ready, those that are not live left out. */
export const notReady = (instances: ReadonlyArray<ReportedInstance>): ReadonlyArray<Found> =>
  instances.flatMap(({ active, report }) =>
    active && report.live && !report.ready
      ? [{ subject: serviceReportKey(report), detail: report.reason ?? "it does not say why" }]
      : []
  )

/** Breakers that are not closed, of all processes of a service together. */
export const openBreakers = (instances: ReadonlyArray<ReportedInstance>): ReadonlyArray<Found> => {
  const counts = new Map<string, { readonly open: number; readonly all: number }>()
  for (const { active, report } of instances)
    for (const { closed, halfOpen, kind, open } of active ? report.breakers : []) {
      const subject = `${report.service}: ${kind}`
      const known = counts.get(subject) ?? { open: 0, all: 0 }
      counts.set(subject, { open: known.open + open + halfOpen, all: known.all + closed + open + halfOpen })
    }
  return [...counts].flatMap(([subject, { all, open }]) =>
    open === 0 ? [] : [{ subject, detail: `${open} of ${all} breakers not closed` }]
  )
}

/** Dead letters that wait, by topic; several processes may watch the same ones. */
export const deadLetters = (
  instances: ReadonlyArray<ReportedInstance>,
  atLeast: number
): ReadonlyArray<Found> | undefined => {
  const watching = instances.filter(({ active, report }) => active && report.deadLetters !== undefined)
  if (watching.length === 0) return undefined
  const newest = watching.toSorted((one, other) => one.report.atMs - other.report.atMs)
  const counts = new Map(newest.flatMap(({ report }) => report.deadLetters!.map((one) => [one.topic, one] as const)))
  return [...counts.values()].flatMap(({ open, quarantined, topic }) => {
    if (open + quarantined < atLeast) return []
    return [{ subject: topic, detail: `${open} open, ${quarantined} quarantined after repeated replays` }]
  })
}

const workersOf = (instances: ReadonlyArray<ReportedInstance>): ReadonlyArray<string> =>
  instances.flatMap(({ report }) => report.workers.map(({ name }) => name))

/**
 * Silent processes less those that a later one of the same service stands in for: one for each, so that a service that runs
 * with fewer processes than before is seen, and one that was given a new name is not.
 */
const unreplaced = (instances: ReadonlyArray<ReportedInstance>): ReadonlyArray<ReportedInstance> => {
  const successors = instances
    .filter(({ active }) => active)
    .toSorted((one, other) => one.report.startedAtMs - other.report.startedAtMs)
  const silent = instances.filter(({ active }) => !active).toSorted((one, other) => one.heardAtMs - other.heardAtMs)
  return silent.filter(({ heardAtMs, report }) => {
    const at = successors.findIndex(
      (other) => other.report.service === report.service && other.report.startedAtMs > heardAtMs
    )
    if (at >= 0) successors.splice(at, 1)
    return at < 0
  })
}
