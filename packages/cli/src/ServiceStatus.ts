import type { ServiceReport } from "@millrace/contracts"

/** A service as its own health page tells. */
export interface AskedService {
  readonly name: string
  readonly pid: number | undefined
  /** Undefined: the page does not answer. */
  readonly page: { readonly live: boolean; readonly ready: boolean; readonly reason: string | undefined } | undefined
}

/** A service for people: what its health page says, else what it reported last. */
export interface ServiceStatus {
  readonly service: string
  readonly instance: string | undefined
  readonly state: "ready" | "starting" | "failing" | "down" | "silent"
  readonly live: boolean
  readonly ready: boolean
  readonly reason: string | undefined
  readonly pid: number | undefined
  readonly version: string | undefined
  readonly upMs: number | undefined
  readonly residentBytes: number | undefined
  readonly lag: number | undefined
  readonly parked: number | undefined
  /** Failed attempts and dead letters since its start. */
  readonly failed: number | undefined
}

const sum = (report: ServiceReport, of: (lane: ServiceReport["workers"][number]["lanes"][number]) => number): number =>
  report.workers.reduce((all, { lanes }) => all + lanes.reduce((some, lane) => some + of(lane), 0), 0)

const figuresOf = (report: ServiceReport | undefined, nowMs: number) =>
  report === undefined
    ? {
        instance: undefined,
        version: undefined,
        upMs: undefined,
        residentBytes: undefined,
        lag: undefined,
        parked: undefined,
        failed: undefined
      }
    : {
        instance: report.instance,
        version: report.version,
        upMs: Math.max(0, nowMs - report.startedAtMs),
        residentBytes: report.memory.residentBytes,
        lag: sum(report, ({ lag }) => lag),
        parked: sum(report, ({ parked }) => parked),
        failed: sum(report, ({ deadLettered, retried }) => deadLettered + retried)
      }

/** Missing reports after which a process counts as silent. */
const missedReports = 3

const reported = (report: ServiceReport, nowMs: number): ServiceStatus => {
  const silentMs = nowMs - report.atMs
  const silent = silentMs > missedReports * report.everyMs
  const { live, ready } = silent ? { live: false, ready: false } : report
  return {
    ...figuresOf(report, nowMs),
    service: report.service,
    pid: report.pid,
    live,
    ready,
    state: silent ? "silent" : !live ? "failing" : ready ? "ready" : "starting",
    reason: silent ? `no report for ${Math.round(silentMs / 1000)} s` : report.reason
  }
}

/**
 * Puts together what health pages and reports say: of a service that runs here its page decides, as it is newer; the
 * report of the same process adds its figures. Reports of processes elsewhere stand for themselves.
 */
export const statusesOf = (
  asked: ReadonlyArray<AskedService>,
  reports: ReadonlyArray<ServiceReport>,
  nowMs: number
): ReadonlyArray<ServiceStatus> => {
  const here = new Set<ServiceReport>()
  const own = asked.map(({ name, page, pid }): ServiceStatus => {
    const report = reports.find((one) => one.pid === pid && name.startsWith(one.service))
    if (report !== undefined) here.add(report)
    const { live, ready } = page ?? { live: false, ready: false }
    return {
      ...figuresOf(report, nowMs),
      service: name,
      pid,
      live,
      ready,
      state:
        page === undefined
          ? pid === undefined
            ? "down"
            : "failing"
          : !live
            ? "failing"
            : ready
              ? "ready"
              : "starting",
      reason: page?.reason ?? (page === undefined ? "its health page does not answer" : undefined)
    }
  })
  const elsewhere = reports.filter((report) => !here.has(report)).map((report) => reported(report, nowMs))
  return [...own, ...elsewhere]
}

const duration = (ms: number): string => {
  const seconds = Math.floor(ms / 1000)
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60
  ]
  if (days > 0) return `${days}d ${hours}h`
  if (hours > 0) return `${hours}h ${minutes}m`
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`
}

const shown = (value: number | undefined, text: (value: number) => string = String): string =>
  value === undefined ? "–" : text(value)

/** A table for people. */
export const statusLines = (statuses: ReadonlyArray<ServiceStatus>): ReadonlyArray<string> => {
  const rows = [
    ["service", "instance", "state", "up", "memory", "lag", "parked", "failed", "process", ""],
    ...statuses.map((one) => [
      one.service,
      one.instance ?? "–",
      one.state,
      shown(one.upMs, duration),
      shown(one.residentBytes, (bytes) => `${Math.round(bytes / 1_048_576)} MiB`),
      shown(one.lag),
      shown(one.parked),
      shown(one.failed),
      shown(one.pid),
      one.reason ?? ""
    ])
  ]
  const widths = rows[0]!.map((_, n) => Math.max(...rows.map((cells) => cells[n]!.length)))
  return rows.map((cells) =>
    cells
      .map((cell, n) => cell.padEnd(widths[n]!))
      .join("  ")
      .trimEnd()
  )
}
