import { KafkaClient, type KafkaError, type OffsetCommit, type ProducerRecord } from "@millrace/kafka"
import { Deferred, Effect, type Fiber, Random, Schedule, type Scope } from "effect"
import { decodeNote } from "./CommitNote.ts"
import { judgeCause } from "./HandlerVerdict.ts"
import type { Sent } from "./Outlet.ts"
import { Publisher } from "./Publisher.ts"
import type { InputPartition, RecordJob } from "./RecordJob.ts"
import { TransactionLine } from "./TransactionLine.ts"
import type { Outgoing } from "./Worker.ts"

/** What transactions ask of their input. */
export interface TransactionHost {
  readonly open: () => boolean
  readonly leave: (job: RecordJob) => void
  /** A commit can't remember all that is finished above its offset. */
  readonly crowded: (source: InputPartition) => void
}

const waits = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("5 seconds")])

/**
 * The way out of a transactional input: an outcome and the commit of its record become visible together, or neither.
 *
 * Each partition has a transactional id of its own. A new owner takes the id over before it reads what is committed: a former
 * owner that wakes again can't end its transaction any more.
 */
export class Transactions {
  private readonly groupId: string
  private readonly clientId: string
  private readonly services: { readonly kafka: KafkaClient["Service"]; readonly publisher: Publisher["Service"] }
  private readonly run: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
  private host: TransactionHost | undefined
  private lines = new Map<InputPartition, TransactionLine>()
  private holding: Fiber.Fiber<void> | undefined

  constructor(parts: {
    readonly groupId: string
    readonly clientId: string
    readonly services: { readonly kafka: KafkaClient["Service"]; readonly publisher: Publisher["Service"] }
    readonly run: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
  }) {
    this.groupId = parts.groupId
    this.clientId = parts.clientId
    this.services = parts.services
    this.run = parts.run
  }

  attach(host: TransactionHost): void {
    this.host = host
  }

  /** Takes the partitions' transactional ids over, then learns what is committed; `ready` follows when all is known. */
  assign(partitions: ReadonlyArray<InputPartition>, ready: () => void): void {
    const opening = Effect.gen({ self: this }, function* () {
      const lines = yield* Effect.forEach(partitions, (source) => this.openLine(source), { concurrency: 8 })
      yield* this.catchUp(lines)
      this.lines = new Map(lines.map((line) => [line.source, line]))
      ready()
      return yield* Effect.never
    })
    this.holding = this.run(Effect.scoped(opening))
  }

  /** Publishes an outcome together with the commit of its record. */
  publish(job: RecordJob, records: ReadonlyArray<Outgoing>, extra: ReadonlyArray<ProducerRecord>): Effect.Effect<Sent> {
    return Effect.gen({ self: this }, function* () {
      const encoded = yield* Effect.exit(this.services.publisher.encode(records))
      if (encoded._tag === "Failure") {
        const verdict = judgeCause(encoded.cause)
        return verdict._tag === "Interrupted" ? lost : { _tag: "Refused", failure: verdict.failure }
      }
      const line = this.lines.get(job.source)
      if (line === undefined || !job.source.owned) return lost
      return yield* this.through(line, job, [...encoded.value, ...extra])
    })
  }

  /** Sends records as they are, in a transaction of their partition: of a former owner that wakes again none arrives. */
  send(source: InputPartition, record: ProducerRecord): Effect.Effect<Sent> {
    return Effect.suspend(() => {
      const line = this.lines.get(source)
      return line === undefined || !source.owned ? Effect.succeed(lost) : this.through(line, undefined, [record])
    })
  }

  /** Commits; `done` is called once all that may be committed by now is. */
  commit(done: () => void): void {
    let left = this.lines.size
    if (left === 0) done()
    for (const line of this.lines.values()) {
      line.commit(() => {
        left--
        if (left === 0) done()
      })
      this.run(line.run)
    }
  }

  release(): void {
    for (const line of this.lines.values()) line.release()
    this.lines = new Map()
    this.holding?.interruptUnsafe()
    this.holding = undefined
  }

  private through(line: TransactionLine, job: RecordJob | undefined, records: ReadonlyArray<ProducerRecord>) {
    return Effect.suspend(() => {
      const ended = Deferred.makeUnsafe<Sent>()
      line.add({ job, records, ended })
      this.run(line.run)
      return Deferred.await(ended)
    })
  }

  private openLine(source: InputPartition): Effect.Effect<TransactionLine, never, Scope.Scope> {
    const transactionalId = `${this.groupId}/${source.topic}/${source.partition}`
    const committed = Effect.map(this.services.kafka.admin.committed(this.groupId, [source.topic]), (all) =>
      all.find(({ partition }) => partition === source.partition)
    )
    const taken = this.services.kafka
      .transactionalProducer({ clientId: this.clientId, transactionalId })
      .pipe(this.insist(`transactional id ${transactionalId} not taken over yet`))
    return Effect.all([taken, Random.nextIntBetween(0, 2 ** 32)]).pipe(
      Effect.map(
        ([producer, name]) =>
          new TransactionLine(
            {
              groupId: this.groupId,
              source,
              name: name.toString(36),
              committed,
              open: () => this.host?.open() ?? false,
              leave: (job) => this.host?.leave(job),
              crowded: () => this.host?.crowded(source)
            },
            producer
          )
      )
    )
  }

  /** A former owner may have committed after the assignment was read: what it finished is not handled again. */
  private catchUp(lines: ReadonlyArray<TransactionLine>): Effect.Effect<void> {
    const topics = [...new Set(lines.map(({ source }) => source.topic))]
    if (topics.length === 0) return Effect.void
    return this.services.kafka.admin.committed(this.groupId, topics).pipe(
      this.insist("committed offsets not read yet"),
      Effect.flatMap((commits) => Effect.sync(() => restoreAll(lines, commits)))
    )
  }

  private insist(waiting: string) {
    return <A, R>(effect: Effect.Effect<A, KafkaError, R>): Effect.Effect<A, never, R> =>
      effect.pipe(
        Effect.tapError((error) => Effect.logWarning(waiting, { groupId: this.groupId, error: error.message })),
        Effect.retry(waits),
        Effect.orDie
      )
  }
}

const lost: Sent = { _tag: "Lost" }

const restoreAll = (lines: ReadonlyArray<TransactionLine>, commits: ReadonlyArray<OffsetCommit>): void => {
  for (const { source } of lines) {
    const found = commits.find((one) => one.topic === source.topic && one.partition === source.partition)
    if (found !== undefined) source.tracker.restore(rangesOf(found, source.startOffset))
  }
}

const rangesOf = ({ metadata, offset }: OffsetCommit, from: number) => [
  ...(offset > from ? [{ from, to: offset }] : []),
  ...decodeNote(metadata, offset).done
]

/** The transactions of one input. */
export const makeTransactions = Effect.fnUntraced(function* (groupId: string, clientId: string) {
  const kafka = yield* KafkaClient
  const publisher = yield* Publisher
  const context = yield* Effect.context<never>()
  return new Transactions({ groupId, clientId, services: { kafka, publisher }, run: Effect.runForkWith(context) })
})
