import type { WorkerReport } from "@millrace/contracts"
import type { HealthState } from "@millrace/telemetry"
import { Deferred, Duration, Effect } from "effect"
import type { Controls } from "./Controls.ts"
import type { LaneStatus } from "./LaneStatus.ts"
import type { Membership } from "./Membership.ts"
import type { openBroadcast, openInput } from "./openIntakes.ts"
import type { WorkerStatus } from "./RunningWorker.ts"
import type { RuntimeConfig } from "./RuntimeConfig.ts"
import { WorkerFailed } from "./RuntimeError.ts"
import { consumerWatched, Stalls, type Watched } from "./Stalls.ts"
import type { Intaking } from "./Table.ts"

type OpenInput = Effect.Success<ReturnType<typeof openInput>>
type OpenBroadcast = Effect.Success<ReturnType<typeof openBroadcast>>

/** A lane of an input or a broadcast, as an operator names it. */
interface ReadLane {
  readonly topic: string
  readonly lane: string
  readonly setPaused: (paused: boolean) => void
}

const laneName = ({ topic, lane }: Pick<ReadLane, "topic" | "lane">): string => `${topic}/${lane}`

/** All parts of a worker, from its start to its end; plain and immediate. */
export class WorkerState {
  readonly name: string
  readonly tables: Array<Intaking> = []
  readonly inputs: Array<OpenInput> = []
  readonly broadcasts: Array<OpenBroadcast> = []
  readonly memberships: Array<Membership> = []
  readonly started = Deferred.makeUnsafe<void>()
  readonly failed = Deferred.makeUnsafe<never, WorkerFailed>()
  readonly stalls: Stalls
  /** Absent: the worker's topics.yaml has no controls. */
  controls: Controls | undefined
  /** What the start waits for; undefined once it takes records. */
  waitsFor: string | undefined = "its start"
  private readonly stopProcess: (reason: WorkerFailed) => void
  private readonly ownPauses = new Set<string>()
  private readonly held = new Set<string>()
  private failure: WorkerFailed | undefined
  private groups = Number.POSITIVE_INFINITY

  /** @param lookEveryMs time between two looks for what is stalled */
  constructor(name: string, stopProcess: (reason: WorkerFailed) => void, lookEveryMs: number) {
    this.name = name
    this.stalls = new Stalls(lookEveryMs)
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

  /** A pause of this process alone; one of the controls holds besides. */
  setPaused(lane: string, topic: string | undefined, paused: boolean): void {
    const named = this.readLanes().filter((one) => one.lane === lane && (topic ?? one.topic) === one.topic)
    for (const one of named) {
      if (paused) this.ownPauses.add(laneName(one))
      else this.ownPauses.delete(laneName(one))
    }
    this.applyPauses()
  }

  /** Pauses and resumes lanes, so that each is as the controls and this process's own pauses say. */
  applyPauses = (): void => {
    for (const lane of this.readLanes()) {
      const name = laneName(lane)
      const paused = this.ownPauses.has(name) || this.controls?.paused(lane.topic, lane.lane) === true
      if (paused === this.held.has(name)) continue
      if (paused) this.held.add(name)
      else this.held.delete(name)
      lane.setPaused(paused)
    }
  }

  private readLanes(): ReadonlyArray<ReadLane> {
    return [
      ...this.inputs.flatMap(({ intake, plan }) =>
        plan.lanes.map((lane, index): ReadLane => {
          const setPaused = (paused: boolean) => intake.setPaused(index, paused)
          return { topic: plan.contract.name, lane: lane.name, setPaused }
        })
      ),
      ...this.broadcasts.map(({ intake, lane, topic }): ReadLane => {
        return { topic, lane, setPaused: (paused) => intake.setPaused(paused) }
      })
    ]
  }

  status = (): WorkerStatus => ({
    ready: this.waitsFor === undefined && this.failure === undefined,
    lanes: [...this.inputs.flatMap(({ intake }) => intake.status()), ...this.broadcasts.map(broadcastStatus)],
    tables: this.tables.map((table) => table.figures),
    ...(this.controls === undefined ? {} : { controls: this.controls.status() })
  })

  health = (): HealthState => {
    const { controls, lanes, ready, tables } = this.status()
    const reason =
      this.failure?.message ??
      this.stalls.reason ??
      (this.waitsFor === undefined ? undefined : `waits for ${this.waitsFor}`)
    return {
      live: this.failure === undefined && this.stalls.reason === undefined,
      ready,
      ...(reason === undefined ? {} : { reason }),
      detail: {
        queueName: this.inputs[0]?.plan.contract.name ?? this.broadcasts[0]?.topic ?? this.name,
        concurrency: this.concurrency,
        lanes,
        tables,
        ...(controls === undefined ? {} : { controls })
      }
    }
  }

  /** The worker as its process reports it. */
  report = (nowMs: number): WorkerReport => {
    const { controls, lanes, tables } = this.status()
    const { live, ready, reason } = this.health()
    const metrics = [...this.inputs.flatMap((one) => one.metrics), ...this.broadcasts.map((one) => one.metrics)]
    return {
      name: this.name,
      live,
      ready,
      ...(reason === undefined ? {} : { reason }),
      concurrency: this.concurrency,
      lanes: lanes.map(({ oldestAtMs, ...lane }, index) => ({
        ...lane,
        ...metrics[index]!.counts(),
        ...(oldestAtMs === undefined ? {} : { oldestAgeMs: Math.max(0, nowMs - oldestAtMs) })
      })),
      tables,
      ...(controls === undefined
        ? {}
        : { controls: { readable: controls.readable, heartbeatAgeMs: controls.heartbeatAgeMs } })
    }
  }

  private get concurrency(): number {
    return this.inputs.reduce((sum, { plan }) => sum + plan.concurrency, 0)
  }

  /** What has to move on while this worker lives. */
  watched(config: Pick<RuntimeConfig, "stalledAfter" | "handlerGrace">): ReadonlyArray<Watched> {
    const limitMs = Duration.toMillis(config.stalledAfter)
    const graceMs = Duration.toMillis(config.handlerGrace)
    const overdue = ({ intake, plan }: OpenInput) =>
      intake.overdue.map((id) => ({
        id,
        mark: undefined,
        limitMs: graceMs,
        stalled: `a handler of ${plan.contract.name} does not end, though its time-out interrupted it,`
      }))
    const chunks = ({ handling, timeoutMs, topic }: OpenBroadcast) =>
      [...handling].map((id) => ({
        id,
        mark: undefined,
        limitMs: timeoutMs + graceMs,
        stalled: `a handler of ${topic} does not end`
      }))
    return [
      ...this.memberships.flatMap((one) => consumerWatched(one.groupId, one.progress(), limitMs)),
      ...this.inputs.flatMap(overdue),
      ...this.broadcasts.flatMap(chunks)
    ]
  }

  /** Sets the gauges. */
  measure = (nowMs: number): void => {
    const metrics = [...this.inputs.flatMap((one) => one.metrics), ...this.broadcasts.map((one) => one.metrics)]
    this.status().lanes.forEach((lane, index) => {
      const gauges = metrics[index]!
      gauges.lag(lane.lag)
      gauges.inFlight(lane.inFlight)
      gauges.buffered(lane.buffered)
      gauges.waiting(lane.waiting)
      gauges.parked(lane.parked)
      gauges.paused(lane.paused)
      gauges.oldestAge(lane.oldestAtMs === undefined ? 0 : Math.max(0, nowMs - lane.oldestAtMs) / 1000)
    })
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
  parked: 0,
  waiting: 0,
  paused: intake.paused
})
