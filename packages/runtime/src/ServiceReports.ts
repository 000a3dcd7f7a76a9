import { type ServiceReport, serviceReports } from "@millrace/contracts"
import { Clock, Context, Effect, Layer } from "effect"
import { makeTable, type TableHandle } from "./Table.ts"
import type { TableChange } from "./Worker.ts"

/** A process, as its reports tell. */
export interface ReportedInstance {
  /** The last report. */
  readonly report: ServiceReport
  /** Reports of the last minute and of this life of the process, the oldest first; the last one is `report`. */
  readonly recent: ReadonlyArray<ServiceReport>
  /** When the last report came, by the reader's clock, wall time in milliseconds. */
  readonly heardAtMs: number
  /** False once three reports in a row are missing: it ended without a word, is cut off, or stands still. */
  readonly active: boolean
}

/** Missing reports after which a process counts as inactive. */
export const missedReports = 3
const recentMs = 60_000

interface Heard {
  readonly recent: ReadonlyArray<ServiceReport>
  readonly heardAtMs: number
}

/** The last reports of each process; plain and immediate. */
export class ReportBoard {
  private readonly heard = new Map<string, Heard>()
  private readonly nowMs: () => number
  private live = false

  constructor(nowMs: () => number) {
    this.nowMs = nowMs
  }

  /** A row of the table has changed. */
  readonly change = ({ key, value }: TableChange<ServiceReport>): void => {
    if (value === undefined) {
      this.heard.delete(key)
      return
    }
    const known = this.heard.get(key)?.recent ?? []
    const sameLife = known.filter(
      ({ atMs, pid, startedAtMs }) =>
        pid === value.pid && startedAtMs === value.startedAtMs && value.atMs - atMs <= recentMs && atMs < value.atMs
    )
    // What lay in the topic before this reader is as old as it says; clocks of machines that differ matter only there.
    const heardAtMs = this.live ? this.nowMs() : Math.min(this.nowMs(), value.atMs)
    this.heard.set(key, { recent: [...sameLife, value], heardAtMs })
  }

  /** The table was read to its end: from now on reports are heard as they are told. */
  readonly read = (): void => {
    this.live = true
  }

  /** In the order of their keys, the inactive ones included until the topic forgets them. */
  readonly instances = (): ReadonlyArray<ReportedInstance> => {
    const nowMs = this.nowMs()
    return [...this.heard].toSorted(byKey).map(([, { heardAtMs, recent }]) => {
      const report = recent.at(-1)!
      return { report, recent, heardAtMs, active: nowMs - heardAtMs <= missedReports * report.everyMs }
    })
  }
}

const byKey = ([one]: readonly [string, Heard], [other]: readonly [string, Heard]): number => (one < other ? -1 : 1)

/**
 * The processes of all services, as they report themselves on `service-reports`.
 *
 * `table` is for the worker that follows them (`runWorker({ tables: [reports.table] })`); `instances` is plain and immediate.
 */
export class ServiceReports extends Context.Service<
  ServiceReports,
  {
    readonly table: TableHandle<ServiceReport>
    readonly instances: () => ReadonlyArray<ReportedInstance>
  }
>()("@millrace/runtime/ServiceReports") {
  static readonly layer = Layer.effect(
    ServiceReports,
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const board = new ReportBoard(() => clock.currentTimeMillisUnsafe())
      const table = yield* makeTable<ServiceReport>({
        contract: serviceReports,
        scope: "all",
        onChange: board.change,
        onPartition: (_, event) => {
          if (event === "ready") board.read()
        }
      })
      return { table, instances: board.instances }
    })
  )
}
