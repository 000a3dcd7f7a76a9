import type { HealthState } from "@millrace/telemetry"
import { Deferred, Effect } from "effect"
import type { LaneStatus } from "./InputIntake.ts"
import type { Membership } from "./Membership.ts"
import type { openBroadcast, openInput } from "./openIntakes.ts"
import type { WorkerStatus } from "./RunningWorker.ts"
import { WorkerFailed } from "./RuntimeError.ts"
import type { Intaking } from "./Table.ts"

type OpenInput = Effect.Success<ReturnType<typeof openInput>>
type OpenBroadcast = Effect.Success<ReturnType<typeof openBroadcast>>

/** All parts of a worker, from its start to its end; plain and immediate. */
export class WorkerState {
  readonly name: string
  readonly tables: Array<Intaking> = []
  readonly inputs: Array<OpenInput> = []
  readonly broadcasts: Array<OpenBroadcast> = []
  readonly memberships: Array<Membership> = []
  readonly started = Deferred.makeUnsafe<void>()
  readonly failed = Deferred.makeUnsafe<never, WorkerFailed>()
  /** What the start waits for; undefined once it takes records. */
  waitsFor: string | undefined = "its start"
  private readonly stopProcess: (reason: WorkerFailed) => void
  private failure: WorkerFailed | undefined
  private groups = Number.POSITIVE_INFINITY

  constructor(name: string, stopProcess: (reason: WorkerFailed) => void) {
    this.name = name
    this.stopProcess = stopProcess
  }

  tablesReady = (): boolean => this.tables.every((table) => table.ready)

  /** Broadcasts go on while a rebalance reads new partitions of a table. */
  broadcastsOpen = (): boolean => this.waitsFor === undefined || this.tablesReady()

  /** All groups have been joined: the start is over once their tables are read. */
  joined(groups: number): void {
    this.groups = groups
    this.advance()
  }

  /** Something has become ready: starts what may start now. */
  advance = (): void => {
    if (this.waitsFor !== undefined && this.complete()) {
      this.waitsFor = undefined
      Deferred.doneUnsafe(this.started, Effect.void)
    }
    if (this.tablesReady()) for (const { intake } of this.inputs) intake.pump()
    if (this.broadcastsOpen()) for (const { intake } of this.broadcasts) intake.pump()
  }

  idle = (): void => {
    for (const membership of this.memberships) membership.idle()
  }

  fail = (detail: string, cause: unknown): void => {
    if (this.failure !== undefined) return
    this.failure = new WorkerFailed({ worker: this.name, detail, cause })
    Deferred.doneUnsafe(this.failed, Effect.fail(this.failure))
    this.stopProcess(this.failure)
  }

  setPaused(lane: string, topic: string | undefined, paused: boolean): void {
    for (const { intake, plan } of this.inputs) {
      if (topic !== undefined && topic !== plan.contract.name) continue
      plan.lanes.forEach((one, index) => {
        if (one.name === lane) intake.setPaused(index, paused)
      })
    }
    for (const broadcast of this.broadcasts) {
      if (broadcast.lane === lane && (topic ?? broadcast.topic) === broadcast.topic) broadcast.intake.setPaused(paused)
    }
  }

  status = (): WorkerStatus => ({
    ready: this.waitsFor === undefined && this.failure === undefined,
    lanes: [...this.inputs.flatMap(({ intake }) => intake.status()), ...this.broadcasts.map(broadcastStatus)],
    tables: this.tables.map((table) => table.figures)
  })

  health = (): HealthState => {
    const { lanes, ready, tables } = this.status()
    const reason = this.failure?.message ?? (this.waitsFor === undefined ? undefined : `waits for ${this.waitsFor}`)
    return {
      live: this.failure === undefined,
      ready,
      ...(reason === undefined ? {} : { reason }),
      detail: {
        queueName: this.inputs[0]?.plan.contract.name ?? this.broadcasts[0]?.topic ?? this.name,
        concurrency: this.inputs.reduce((sum, { plan }) => sum + plan.concurrency, 0),
        lanes,
        tables
      }
    }
  }

  /** Sets the gauges. */
  measure = (): void => {
    for (const { intake, metrics } of this.inputs) {
      intake.status().forEach((lane, index) => {
        metrics[index]!.lag(lane.lag)
        metrics[index]!.inFlight(lane.inFlight)
        metrics[index]!.buffered(lane.buffered)
      })
    }
    for (const { intake, metrics } of this.broadcasts) {
      metrics.lag(intake.figures.lag)
      metrics.inFlight(intake.figures.inFlight)
      metrics.buffered(intake.figures.buffered)
    }
  }

  private complete(): boolean {
    return (
      this.memberships.length === this.groups &&
      this.memberships.every((membership) => membership.assigned()) &&
      this.tablesReady()
    )
  }
}

const broadcastStatus = ({ intake, lane, topic }: OpenBroadcast): LaneStatus => ({
  topic,
  lane,
  ...intake.figures,
  paused: intake.paused
})
