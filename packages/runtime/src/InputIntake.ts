import type { AssignedPartition, RecordBatch } from "@millrace/kafka"
import { type Context, Effect, Exit, type Fiber } from "effect"
import type { Committable, Flow, Intake, IntakeTopic } from "./Intake.ts"
import { KeyScheduler } from "./KeyScheduler.ts"
import { LaneGate } from "./LaneGate.ts"
import type { AttemptEnd } from "./RecordAttempt.ts"
import { type InputPartition, inputPartition, jobsOf, type RecordJob } from "./RecordJob.ts"
import type { RuntimeConfig } from "./RuntimeConfig.ts"
import type { InputPlan } from "./TopicPlan.ts"

/** What an input needs besides its plan. */
export interface InputParts {
  readonly plan: InputPlan
  /** Runs in `context`. */
  readonly attempt: (job: RecordJob) => Effect.Effect<AttemptEnd>
  readonly context: Context.Context<never>
  readonly config: Pick<RuntimeConfig, "bufferRecords" | "bufferBytes" | "laneShareEvery">
  /** False until the tables are read: nothing is handled before. */
  readonly open: () => boolean
  /** Called whenever nothing is in flight any more. */
  readonly onIdle: () => void
  /** A bug of the runtime itself. */
  readonly onDefect: (defect: unknown) => void
}

/** Figures of a lane. */
export interface LaneStatus {
  readonly topic: string
  readonly lane: string
  readonly lag: number
  readonly inFlight: number
  readonly buffered: number
  readonly paused: boolean
}

interface Slot {
  job: RecordJob | undefined
  fiber: Fiber.Fiber<void> | undefined
}

/**
 * The handlers of one input: takes fetched records in, runs at most `concurrency` keys side by side, one record of a key
 * at a time, and knows what may be committed.
 *
 * A slot is a fiber that works off one record after another and ends when nothing may run; a record that comes to an idle
 * worker is handled at once, in the call that brings it.
 */
export class InputIntake implements Intake {
  readonly topics: ReadonlyArray<IntakeTopic>
  private readonly parts: InputParts
  private readonly scheduler: KeyScheduler<RecordJob>
  private readonly gates: ReadonlyArray<LaneGate>
  private readonly slots = new Set<Slot>()
  private readonly waits = new Map<RecordJob, Fiber.Fiber<void>>()
  private readonly laneOf = new Map<string, number>()
  private partitions = new Map<string, InputPartition>()
  private stopped = true

  constructor(parts: InputParts) {
    const { plan, config } = parts
    this.parts = parts
    this.topics = plan.lanes.map((lane) => ({ topic: lane.topic, from: "committed" }))
    this.gates = plan.lanes.map(() => new LaneGate({ records: config.bufferRecords, bytes: config.bufferBytes }))
    plan.lanes.forEach((lane, index) => {
      this.laneOf.set(lane.topic, index)
    })
    this.scheduler = new KeyScheduler({
      lanes: plan.lanes.length,
      concurrency: plan.concurrency,
      reserve: plan.reserve,
      shareEvery: config.laneShareEvery
    })
  }

  /** Unfinished records of a kept partition come again from the committed offset. */
  continueAt(): undefined {
    return undefined
  }

  assign(_epoch: number, partitions: ReadonlyArray<AssignedPartition>, flow: Flow): void {
    this.release()
    for (const assigned of partitions) {
      const lane = this.laneOf.get(assigned.topic)!
      this.partitions.set(nameOf(assigned.topic, assigned.partition), inputPartition(assigned, lane))
    }
    this.gates.forEach((gate, lane) => {
      gate.assign(
        partitions.filter((partition) => this.laneOf.get(partition.topic) === lane),
        flow
      )
    })
    this.stopped = false
  }

  batch(batch: RecordBatch): void {
    const source = this.partitions.get(nameOf(batch.topic, batch.partition))
    if (source === undefined) return
    const lane = this.parts.plan.lanes[source.lane]!
    for (const job of jobsOf(batch, source, lane.name)) {
      this.gates[source.lane]!.entered(job.bytes, 1)
      this.scheduler.add(job)
    }
    this.pump()
  }

  /** Starts handlers while there is work that may run and a place for it. */
  pump(): void {
    if (this.stopped || !this.parts.open()) return
    for (let job = this.scheduler.take(); job !== undefined; job = this.scheduler.take()) this.startSlot(job)
  }

  stop(): void {
    this.stopped = true
  }

  idle(): boolean {
    return this.slots.size === 0
  }

  release(): void {
    for (const partition of this.partitions.values()) partition.owned = false
    this.partitions = new Map()
    this.scheduler.drop(() => true)
    for (const gate of this.gates) gate.release()
    for (const wait of [...this.waits.values()]) wait.interruptUnsafe()
    for (const slot of [...this.slots]) slot.fiber?.interruptUnsafe()
  }

  committable(): ReadonlyArray<Committable> {
    return [...this.partitions.values()].map(({ topic, partition, tracker }) => ({
      topic,
      partition,
      offset: tracker.committable
    }))
  }

  /** Pauses or resumes a lane at run time; records in flight are finished. */
  setPaused(lane: number, paused: boolean): void {
    this.scheduler.setPaused(lane, paused)
    this.gates[lane]!.setPaused(paused)
    if (!paused) this.pump()
  }

  status(): ReadonlyArray<LaneStatus> {
    return this.parts.plan.lanes.map((lane, index) => {
      const held = [...this.partitions.values()].filter((partition) => partition.lane === index)
      const buffered = this.scheduler.queued(index)
      return {
        topic: lane.topic,
        lane: lane.name,
        lag: held.reduce((sum, { endOffset, tracker }) => sum + Math.max(0, endOffset - tracker.committable), 0),
        inFlight: this.scheduler.runningOf(index),
        buffered,
        paused: this.gates[index]!.paused
      }
    })
  }

  private startSlot(first: RecordJob): void {
    const slot: Slot = { job: first, fiber: undefined }
    this.slots.add(slot)
    const fiber = Effect.runForkWith(this.parts.context)(this.workOff(slot))
    slot.fiber = fiber
    fiber.addObserver((exit) => this.slotEnded(slot, exit))
  }

  private workOff(slot: Slot): Effect.Effect<void> {
    const input = this
    return Effect.gen(function* () {
      for (let job = slot.job; job !== undefined; job = slot.job) {
        const end = yield* input.parts.attempt(job)
        slot.job = undefined
        input.settle(job, end)
        if (!input.stopped) slot.job = input.scheduler.take()
      }
    })
  }

  private settle(job: RecordJob, end: AttemptEnd): void {
    if (end._tag === "Again" && job.source.owned) {
      this.scheduler.waitForRetry(job)
      this.wakeLater(job, end.afterMs)
      return
    }
    this.scheduler.finish(job)
    if (!job.source.owned) return
    this.gates[job.lane]!.left(job.bytes, 1)
    if (end._tag === "Finished") job.source.tracker.finish(job.ticket)
  }

  private wakeLater(job: RecordJob, afterMs: number): void {
    const wait = Effect.runForkWith(this.parts.context)(Effect.sleep(afterMs))
    this.waits.set(job, wait)
    wait.addObserver((exit) => {
      this.waits.delete(job)
      if (Exit.isFailure(exit)) return
      this.scheduler.retry(job)
      this.pump()
    })
  }

  private slotEnded(slot: Slot, exit: Exit.Exit<void>): void {
    this.slots.delete(slot)
    if (slot.job !== undefined) this.scheduler.finish(slot.job)
    if (Exit.isFailure(exit)) {
      const defect = exit.cause.reasons.find((reason) => reason._tag === "Die")
      if (defect !== undefined) this.parts.onDefect(defect.defect)
    }
    if (this.slots.size === 0) this.parts.onIdle()
    this.pump()
  }
}

const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`
