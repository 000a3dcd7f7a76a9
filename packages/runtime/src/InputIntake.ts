import type { AssignedPartition, RecordBatch } from "@millrace/kafka"
import { Effect } from "effect"
import { Admissions } from "./Admissions.ts"
import { type AttemptEnd, abandoned } from "./AttemptEnd.ts"
import { InputPartitions } from "./InputPartitions.ts"
import type { Committable, Flow, Intake, IntakeTopic } from "./Intake.ts"
import { JobRunner } from "./JobRunner.ts"
import { KeyScheduler } from "./KeyScheduler.ts"
import { LaneHolds } from "./LaneHolds.ts"
import { type LaneStatus, laneStatus } from "./LaneStatus.ts"
import type { ParkedRecord } from "./ParkedRecord.ts"
import { type Parking, parkingOf } from "./Parking.ts"
import { ParkingRules } from "./ParkingRules.ts"
import type { AttemptParts } from "./RecordAttempts.ts"
import { jobsOf, mayJoin, parkedJob, type RecordJob, together } from "./RecordJob.ts"
import { RetryTimers } from "./RetryTimers.ts"
import type { RuntimeConfig } from "./RuntimeConfig.ts"
import { Suspects } from "./Suspects.ts"
import { Tenure } from "./Tenure.ts"
import type { InputPlan } from "./TopicPlan.ts"
import type { Transactions } from "./Transactions.ts"

/** What an input needs besides its plan. */
export interface InputParts {
  readonly plan: InputPlan
  readonly attempts: Omit<AttemptParts, "publish">
  /** For a transactional input; else outcomes go out before the commit of their records. */
  readonly transactions: Transactions | undefined
  readonly config: Omit<RuntimeConfig, "chunkRecords" | "commitInterval" | "drainTimeout">
  /** False until the tables are read: nothing is handled before. */
  readonly open: () => boolean
  /** Called whenever nothing is in flight any more. */
  readonly onIdle: () => void
  /** A bug of the runtime itself. */
  readonly onDefect: (defect: unknown) => void
}

/** Records begun in one go before the process turns to what else has come: fetches, timers, urgent lanes. */
const beginsPerTurn = 500

/**
 * The handlers of one input: takes fetched records in, runs at most `concurrency` keys side by side, one record of a key
 * at a time, and knows what may be committed.
 *
 * A record that comes to an idle worker is handled at once, in the call that brings it.
 */
export class InputIntake implements Intake {
  readonly topics: ReadonlyArray<IntakeTopic>
  private readonly parts: InputParts
  readonly scheduler: KeyScheduler<RecordJob>
  private readonly runner: JobRunner
  private readonly timers: RetryTimers<RecordJob>
  private readonly holds: LaneHolds
  readonly parking: Parking | undefined
  private readonly rules: ParkingRules | undefined
  readonly partitions: InputPartitions
  private readonly running = new Set<RecordJob>()
  private admissions: Admissions | undefined
  private suspects: Suspects | undefined
  private opening = 0
  private readonly tenure: Tenure
  private pumping = false
  private turnPlanned = false

  constructor(parts: InputParts) {
    const { plan, config } = parts
    this.parts = parts
    this.topics = plan.lanes.map((lane) => ({ topic: lane.topic, from: "committed" }))
    this.partitions = new InputPartitions(plan.lanes, config)
    this.scheduler = new KeyScheduler({
      lanes: plan.lanes.length,
      concurrency: plan.concurrency,
      reserve: plan.reserve,
      shareEvery: config.laneShareEvery
    })
    this.holds = new LaneHolds(this.scheduler, parts.attempts.context, () => this.pump())
    this.timers = new RetryTimers(parts.attempts.context, (job) => {
      this.scheduler.retry(job)
      this.pump()
    })
    const written = (job: RecordJob) => {
      this.partitions.leave(job)
      this.rules?.written(job)
    }
    this.parking = parkingOf(parts, { written, settled: () => this.tenure.tell() })
    this.rules =
      this.parking === undefined ? undefined : new ParkingRules(this.parking, this.scheduler, config.parkAfter)
    parts.transactions?.attach({
      open: () => this.tenure.open,
      leave: (job) => this.leave(job),
      crowded: (one) => this.rules?.relieve(one)
    })
    const { attempts, transactions } = parts
    const busy = () => this.running.size > 0 || this.parking?.idle === false
    this.tenure = new Tenure({
      busy,
      commit: transactions && ((done) => (this.opening > 0 ? done() : transactions.commit(done))),
      idle: parts.onIdle
    })
    this.runner = new JobRunner(
      { attempts, parking: this.parking, transactions, crashesAlone: config.crashesAlone },
      {
        ended: (job, end) => this.settle(job, end),
        defect: (job, defect) => {
          this.settle(job, abandoned)
          parts.onDefect(defect)
        }
      }
    )
  }

  /** Unfinished records of a kept partition come again from the committed offset. */
  continueAt(): undefined {}

  assign(_epoch: number, partitions: ReadonlyArray<AssignedPartition>, flow: Flow): void {
    this.release()
    const { config, plan, transactions } = this.parts
    const send = transactions === undefined ? flow.commit : (done: () => void) => transactions.commit(done)
    const commit = (done: () => void) =>
      send(() => {
        done()
        this.pump()
      })
    const limits = { window: config.bufferRecords, chunk: plan.concurrency, alone: config.crashesAlone }
    this.partitions.assign(partitions, flow, limits)
    this.tenure.begin()
    this.admissions = new Admissions(this.partitions.all, {
      chunk: limits.chunk,
      commit,
      admitted: (job) => this.admitted(job)
    })
    const dropped = (job: RecordJob) => this.settle(job, abandoned)
    this.suspects = new Suspects({ commit, begin: (job) => this.runner.begin(job), dropped })
    this.opening = 1
    if (this.parking !== undefined) this.opening++
    if (transactions !== undefined) {
      this.opening++
      transactions.assign(this.partitions.all, () => this.opened())
    }
    this.opened()
  }

  /** Nothing is handled before all that an assignment begins with is done. */
  private opened(): void {
    this.opening--
    if (this.opening > 0) return
    this.admissions?.begin()
    this.pump()
  }

  /** Takes over what earlier owners parked; after an assignment nothing is handled before. */
  restore(records: ReadonlyArray<ParkedRecord>): void {
    const now = this.parts.attempts.clock.currentTimeMillisUnsafe()
    const inOrder = [...records].sort((one, other) => one.record.offset - other.record.offset)
    for (const parked of inOrder) {
      const source = this.partitions.find(parked)
      if (source === undefined) continue
      const job = parkedJob(parked, source, this.parts.plan.lanes[source.lane]!.name)
      this.parking?.restore(job, parked, source.waiting.guard.endedUncleanly)
      if (parked.dueMs <= now) this.scheduler.add(job)
      else {
        this.scheduler.addWaiting(job)
        this.timers.start(job, parked.dueMs - now)
      }
    }
    this.opened()
  }

  batch(batch: RecordBatch): void {
    const source = this.partitions.find(batch)
    if (source === undefined) return
    const lane = this.parts.plan.lanes[source.lane]!
    for (const job of jobsOf(batch, source, lane.name)) {
      this.partitions.enter(job)
      this.admissions?.offer(job)
    }
    this.pump()
  }

  /** Begins records while there is work that may run and a place for it. */
  pump(): void {
    if (this.pumping || this.opening > 0 || this.tenure.stopped || !this.parts.open()) return
    this.pumping = true
    const mostWith = this.parts.plan.chunkRecords - 1
    let begun = 0
    for (; begun < beginsPerTurn && !this.tenure.stopped; begun++) {
      const job = this.scheduler.take()
      if (job === undefined) break
      job.begun = true
      if (mostWith > 0 && mayJoin(job)) job.companions = this.scheduler.takeMore(job, mostWith, mayJoin)
      this.suspects?.begin(job)
      if (job.begun) this.running.add(job)
    }
    this.pumping = false
    if (begun === beginsPerTurn) this.pumpInNextTurn()
  }

  stop(): void {
    this.tenure.stop()
    this.suspects?.drop()
  }

  idle(): boolean {
    return this.tenure.isIdle()
  }

  drained(): void {
    this.tenure.drained()
  }

  release(): void {
    this.partitions.release()
    this.scheduler.drop(() => true)
    this.timers.release()
    this.holds.release()
    this.parking?.release()
    this.parts.transactions?.release()
    this.suspects?.drop()
    for (const job of [...this.running]) job.fiber?.interruptUnsafe()
  }

  /** A transactional input commits by itself when it is asked. */
  committable(): ReadonlyArray<Committable> {
    const { transactions } = this.parts
    const { open } = this.tenure
    // Before all is known a commit would hide how the owner before ended.
    if (this.opening > 0) return []
    if (transactions === undefined) return this.partitions.committable(open, (one) => this.rules?.relieve(one))
    transactions.commit(() => {})
    return []
  }

  /** Pauses or resumes a lane at run time; records in flight are finished. */
  setPaused(lane: number, paused: boolean): void {
    this.scheduler.setPaused(lane, paused)
    this.partitions.setPaused(lane, paused)
    if (!paused) this.pump()
  }

  /** Handlers that were interrupted for their time and have not ended yet. */
  get overdue(): ReadonlyArray<object> {
    return this.runner.overdue
  }

  status(): ReadonlyArray<LaneStatus> {
    return laneStatus(this.parts.plan.lanes, this)
  }

  private settle(job: RecordJob, end: AttemptEnd): void {
    job.begun = false
    this.running.delete(job)
    if (end._tag !== "Abandoned") this.holds.ended(job.lane, end)
    if (end._tag === "Again" && job.source.owned) this.waitFor(job, end.afterMs)
    else if (end._tag === "Apart" && job.source.owned) this.takeApart(job)
    else {
      this.scheduler.finish(job)
      if (end._tag === "Finished") this.leave(job)
    }
    this.suspects?.survived(job)
    if (this.pumping) return
    this.pump()
    this.tenure.tell()
  }

  private takeApart(job: RecordJob): void {
    const { companions } = job
    for (const one of together(job)) one.single = true
    job.companions = []
    this.scheduler.putBack(job, companions)
  }

  private leave(job: RecordJob): void {
    for (const one of together(job)) this.partitions.leave(one)
  }

  private waitFor(job: RecordJob, afterMs: number): void {
    this.scheduler.waitForRetry(job)
    this.timers.start(job, afterMs)
    job.dueMs = this.parts.attempts.clock.currentTimeMillisUnsafe() + afterMs
    this.rules?.waits(job, afterMs)
  }

  private admitted(job: RecordJob): void {
    if (job.source.tracker.isFinished(job.ticket) || this.parking?.isRestored(job) === true) {
      this.partitions.leave(job)
      return
    }
    this.scheduler.add(job)
    this.rules?.added(job)
  }

  private pumpInNextTurn(): void {
    if (this.turnPlanned) return
    this.turnPlanned = true
    Effect.runForkWith(this.parts.attempts.context)(Effect.yieldNow).addObserver(() => {
      this.turnPlanned = false
      this.pump()
    })
  }
}
