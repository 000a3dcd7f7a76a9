import type { AssignedPartition, TopicPartition } from "@millrace/kafka"
import { encodeNote } from "./CommitNote.ts"
import { type CrashLimits, noteAt } from "./CrashGuard.ts"
import type { Committable, Flow } from "./Intake.ts"
import { LaneGate } from "./LaneGate.ts"
import { type InputPartition, inputPartition, type RecordJob } from "./RecordJob.ts"
import type { RuntimeConfig } from "./RuntimeConfig.ts"
import type { LanePlan } from "./TopicPlan.ts"

/** The partitions that an input holds: how full their buffers are, and what of them may be committed. */
export class InputPartitions {
  private readonly lanes: ReadonlyMap<string, number>
  private readonly gates: ReadonlyArray<LaneGate>
  private held = new Map<string, InputPartition>()

  constructor(lanes: ReadonlyArray<LanePlan>, bounds: Pick<RuntimeConfig, "bufferRecords" | "bufferBytes">) {
    this.lanes = new Map(lanes.map(({ topic }, index) => [topic, index]))
    this.gates = lanes.map(() => new LaneGate({ records: bounds.bufferRecords, bytes: bounds.bufferBytes }))
  }

  get all(): ReadonlyArray<InputPartition> {
    return [...this.held.values()]
  }

  find({ topic, partition }: TopicPartition): InputPartition | undefined {
    return this.held.get(nameOf(topic, partition))
  }

  assign(partitions: ReadonlyArray<AssignedPartition>, flow: Flow, limits: CrashLimits): void {
    this.gates.forEach((gate, lane) => {
      const own = partitions.filter(({ topic }) => this.lanes.get(topic) === lane)
      gate.assign(own, flow).forEach((gated, index) => {
        this.held.set(nameOf(gated.topic, gated.partition), inputPartition(own[index]!, lane, gated, limits))
      })
    })
  }

  release(): void {
    for (const partition of this.held.values()) partition.owned = false
    this.held = new Map()
    for (const gate of this.gates) gate.release()
  }

  /** A fetched record waits from now on. */
  enter({ bytes, lane, source }: RecordJob): void {
    this.gates[lane]!.entered(source.gated, bytes, 1)
  }

  /** A record counts as finished in its partition: it is, or it is parked. */
  leave(job: RecordJob): void {
    if (job.left || !job.source.owned) return
    job.left = true
    this.gates[job.lane]!.left(job.source.gated, job.bytes, 1)
    job.source.tracker.finish(job.ticket)
  }

  setPaused(lane: number, paused: boolean): void {
    this.gates[lane]!.setPaused(paused)
  }

  isPaused(lane: number): boolean {
    return this.gates[lane]!.paused
  }

  /** Records of a lane from the committable offsets to the ends. */
  lag(lane: number): number {
    let sum = 0
    for (const partition of this.held.values()) {
      if (partition.lane === lane) sum += Math.max(0, partition.endOffset - partition.tracker.committable)
    }
    return sum
  }

  /** What may be committed; `open`: with the mark that the partition is held. `crowded` is told of notes that are full. */
  committable(open: boolean, crowded: (partition: InputPartition) => void): ReadonlyArray<Committable> {
    return this.all.map((held) => {
      const { topic, partition, tracker, waiting } = held
      const offset = tracker.committable
      const { text, complete } = encodeNote(noteAt(waiting.guard, offset, { done: tracker.done, open }), offset)
      if (!complete) crowded(held)
      return { topic, partition, offset, metadata: text }
    })
  }
}

const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`
