import type { KafkaError, OffsetCommit, ProducerRecord, TransactionalProducer } from "@millrace/kafka"
import { Deferred, Effect, Exit } from "effect"
import { encodeNote, withTransaction } from "./CommitNote.ts"
import { noteAt } from "./CrashGuard.ts"
import { reportFailure } from "./HandlerVerdict.ts"
import type { Sent } from "./Outlet.ts"
import { type InputPartition, type RecordJob, together } from "./RecordJob.ts"
import { holdPolicy, startRetries } from "./RetrySchedule.ts"

/** Jobs whose outcomes share one transaction at most. */
const mostJobs = 500

/** An outcome that waits for its transaction, or records that go with none: a parked record or its tombstone. */
interface Pending {
  readonly job: RecordJob | undefined
  readonly records: ReadonlyArray<ProducerRecord>
  readonly ended: Deferred.Deferred<Sent>
}

/** What a line needs. */
export interface LineParts {
  readonly groupId: string
  readonly source: InputPartition
  /** Tells transactions of this line from those of every other owner. */
  readonly name: string
  /** True while the partition is held and not being given back: the note says that it is open. */
  readonly open: () => boolean
  readonly committed: Effect.Effect<OffsetCommit | undefined, KafkaError>
  /** The commit's note can't remember the outcomes that wait: the window has to move first. */
  readonly crowded: () => void
  /** The job counts as finished in its partition. */
  readonly leave: (job: RecordJob) => void
}

// Outline of a transaction, one at a time for each partition of the input:
// 1. take the outcomes that wait; work out the commit as if their records were finished.
// 2. records and commit in one transaction, under the partition's own transactional id.
// 3. done: the records count as finished. Of unknown fate: the commit's metadata names its transaction and so tells whether it
//    is there; else it is done again. The offset and the note can't tell: what parked records publish changes neither.
// All commits of the partition go this way: one beside it could take a later one back.

/** The way out of one partition of a transactional input: what it publishes and what it commits become visible together. */
export class TransactionLine {
  readonly source: InputPartition
  private readonly parts: LineParts
  private readonly producer: TransactionalProducer
  private pending: Array<Pending> = []
  private waiting: Array<() => void> = []
  private known: { readonly offset: number; readonly metadata: string } = { offset: -1, metadata: "" }
  private active = false
  private count = 0

  constructor(parts: LineParts, producer: TransactionalProducer) {
    this.parts = parts
    this.source = parts.source
    this.producer = producer
  }

  /** Adds an outcome; `ended` tells when it is with the broker, together with the commit of its record. */
  add(pending: Pending): void {
    this.pending.push(pending)
  }

  /** `done` is called once all that may be committed by now is. */
  commit(done: () => void): void {
    this.waiting.push(done)
  }

  /** Works off what waits; call after `add` and `commit`, and now and then for records that published nothing. */
  readonly run: Effect.Effect<void> = Effect.suspend(() => {
    if (this.active) return Effect.void
    this.active = true
    return this.workOff.pipe(
      Effect.ensuring(
        Effect.sync(() => {
          this.active = false
        })
      )
    )
  })

  /** Ends all that waits: the partition is lost. */
  release(): void {
    for (const { ended } of this.pending) Deferred.doneUnsafe(ended, Exit.succeed<Sent>({ _tag: "Lost" }))
    this.pending = []
    this.waiting = []
  }

  private readonly workOff: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    while (this.source.owned) {
      const waiting = this.waiting
      this.waiting = []
      const asked = this.pending.length
      const taken = this.take()
      const commit = this.commitOf(taken)
      const news = commit.offset !== this.known.offset || commit.metadata !== this.known.metadata
      if (taken.length > 0 || news) yield* this.send(taken, commit)
      // Told after the partition was lost, it would let its records begin.
      if (!this.source.owned) return
      for (const done of waiting) done()
      const stuck = asked > 0 && taken.length === 0
      if (stuck) this.parts.crowded()
      // What waits for the window goes with the next commit.
      if (this.waiting.length === 0 && (stuck || this.pending.length === 0)) return
    }
  })

  /** As many outcomes as the commit's note can remember; the lowest first. */
  private take(): ReadonlyArray<Pending> {
    const ordered = this.pending.sort((one, other) => ticketOf(one) - ticketOf(other))
    let most = Math.min(mostJobs, ordered.length)
    while (most > 0 && !this.isRemembered(ordered.slice(0, most))) most = Math.floor(most / 2)
    this.pending = ordered.slice(most)
    return ordered.slice(0, most)
  }

  /** After a crash none of these comes again: the note says so, or the offset, or the tombstone of a parked record. */
  private isRemembered(taken: ReadonlyArray<Pending>): boolean {
    const { complete, offset } = this.preview(taken)
    if (complete || taken.length > 1) return complete
    return ticketOf(taken[0]!) < 0 || offset > this.source.tracker.committable
  }

  private preview(taken: ReadonlyArray<Pending>) {
    const { offset, done } = this.source.tracker.preview(
      taken.flatMap(({ job }) => (job === undefined ? [] : together(job).map(({ ticket }) => ticket)))
    )
    const note = noteAt(this.source.waiting.guard, offset, { done, open: this.parts.open() })
    return { offset, ...encodeNote(note, offset) }
  }

  private commitOf(taken: ReadonlyArray<Pending>): OffsetCommit {
    const { topic, partition } = this.source
    const { offset, text } = this.preview(taken)
    return { topic, partition, offset, metadata: text }
  }

  private send(taken: ReadonlyArray<Pending>, commit: OffsetCommit): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const end = yield* this.transact(
        taken.flatMap(({ records }) => records),
        taken.length === 0 ? commit : this.named(commit)
      )
      if (end._tag === "Sent") this.known = commit
      if (end._tag === "Refused" && taken.length > 1) {
        for (const one of taken) yield* this.send([one], this.commitOf([one]))
        return
      }
      for (const { ended, job } of taken) {
        if (end._tag === "Sent" && job !== undefined) this.parts.leave(job)
        Deferred.doneUnsafe(ended, Exit.succeed(end))
      }
    })
  }

  private named(commit: OffsetCommit): OffsetCommit {
    this.count++
    return { ...commit, metadata: withTransaction(commit.metadata, `${this.parts.name}-${this.count}`) }
  }

  private transact(records: ReadonlyArray<ProducerRecord>, commit: OffsetCommit): Effect.Effect<Sent> {
    const { groupId } = this.parts
    return Effect.gen({ self: this }, function* () {
      const waits = yield* startRetries(holdPolicy)
      while (this.source.owned) {
        const exit = yield* Effect.result(this.producer.transact(records, { groupId, offsets: [commit] }))
        if (exit._tag === "Success") return { _tag: "Sent" } as const
        const error = exit.failure
        if (error.reason === "tooLarge" || error.reason === "invalid") {
          return { _tag: "Refused", failure: { ...reportFailure(error), kind: "permanent" } } as const
        }
        if (error.reason !== "unavailable") return { _tag: "Lost" } as const
        yield* Effect.logWarning("transaction not ended yet", { groupId, ...commit, error: error.message })
        yield* Effect.sleep((yield* waits.next) ?? 0)
        if (yield* this.wasCommitted(commit)) return { _tag: "Sent" } as const
      }
      return { _tag: "Lost" } as const
    })
  }

  /** Whether a transaction of unknown fate was committed; asks until there is an answer. */
  private wasCommitted({ offset, metadata }: OffsetCommit): Effect.Effect<boolean> {
    return this.parts.committed.pipe(
      Effect.map((found) => found?.offset === offset && found.metadata === metadata),
      Effect.catch(() => Effect.as(Effect.sleep("200 millis"), undefined)),
      Effect.repeat({ until: (answer) => answer !== undefined || !this.source.owned }),
      Effect.map((answer) => answer === true)
    )
  }
}

const ticketOf = ({ job }: Pending): number => job?.ticket ?? -1
