import { type DeadLetterMark, deadLetterMarks, RecordCodec, type Topic, type TopicsFile } from "@millrace/contracts"
import { KafkaClient, type KafkaError, type ProducerRecord } from "@millrace/kafka"
import { Effect, Schedule, type Scope } from "effect"
import {
  type DeadLetterMarks,
  failed,
  kafkaFailed,
  makeDeadLetterMarks,
  markKey,
  marksPlace
} from "./DeadLetterMarks.ts"
import { contentTypeHeader, jsonContentType, workspaceHeader } from "./Headers.ts"
import type { TriageFailed } from "./TriageFailed.ts"

/** What one step changes: a letter's mark, and the record that goes back to its lane with it. */
export interface TriageStep {
  readonly letterId: string
  /** Absent: the mark is forgotten, as its letter is gone. */
  readonly mark: DeadLetterMark | undefined
  readonly workspaceId: string | undefined
  readonly record?: ProducerRecord
}

/** The sole right to change what became of a topic's dead letters, until somebody else takes it. */
export interface TriageSession {
  readonly topic: Topic
  /** Read to the end after the right was taken: nobody else adds to them any more. */
  readonly marks: DeadLetterMarks
  /**
   * Writes all steps, or none. Fails with the Kafka error: `fenced` when another session took over; after `unavailable`
   * they may be written all the same, which the marks of a new session tell.
   */
  readonly commit: (steps: ReadonlyArray<TriageStep>) => Effect.Effect<void, KafkaError | TriageFailed>
}

export type TriageServices = KafkaClient | RecordCodec | TopicsFile

// Outline of a session, which makes a replay whole whatever happens in between:
// 1. A transactional producer under the topic's own id: the broker ends what an earlier one left open and fences it.
// 2. The marks, read to the end; nobody can add to them now.
// 3. Each step is one transaction: the replayed records and the marks that tell of them are there together or not at all.

const clientId = "millrace-dead-letters"
const encoder = new TextEncoder()

/** Workspace of a mark whose letter names none. */
const noWorkspace = "none"

const openSession = (topic: Topic): Effect.Effect<TriageSession, TriageFailed, TriageServices | Scope.Scope> =>
  Effect.gen(function* () {
    const kafka = yield* KafkaClient
    const codec = yield* RecordCodec
    const transactionalId = `${clientId}-${topic.name}`
    yield* Effect.mapError(codec.prepare([deadLetterMarks]), (cause) =>
      failed(topic.name, "unavailable", `no schema id for their marks: ${cause.message}`, cause)
    )
    const place = yield* marksPlace(topic)
    const producer = yield* Effect.mapError(
      kafka.transactionalProducer({ clientId, transactionalId }),
      kafkaFailed(topic.name)
    )
    const marks = yield* makeDeadLetterMarks(topic)
    yield* marks.refresh("settled")

    const markRecord = ({ letterId, mark, workspaceId }: TriageStep) => {
      const record = (value: Uint8Array | null): ProducerRecord => ({
        ...place,
        key: encoder.encode(markKey(topic.name, letterId)),
        value,
        headers: { [workspaceHeader]: workspaceId || noWorkspace, [contentTypeHeader]: jsonContentType }
      })
      if (mark === undefined) return Effect.succeed(record(null))
      return Effect.mapBoth(Effect.fromResult(codec.encode(deadLetterMarks, mark)), {
        onSuccess: record,
        onFailure: (cause) => failed(topic.name, "unreadable", cause.message, cause)
      })
    }

    const commit = Effect.fnUntraced(function* (steps: ReadonlyArray<TriageStep>) {
      if (steps.length === 0) return
      const records = steps.flatMap(({ record }) => (record === undefined ? [] : [record]))
      const written = yield* Effect.forEach(steps, markRecord)
      yield* producer.transact([...records, ...written], { groupId: transactionalId, offsets: [] })
      for (const { letterId, mark } of steps) marks.put(letterId, mark)
    })
    return { topic, marks, commit }
  })

/** A look at the marks without the right to change them: the fate of steps under way elsewhere is not known. */
const lookOnly = (topic: Topic): Effect.Effect<TriageSession, TriageFailed, TriageServices> =>
  Effect.gen(function* () {
    const marks = yield* makeDeadLetterMarks(topic)
    yield* marks.refresh("visible")
    return { topic, marks, commit: () => Effect.void }
  })

const reopenings = Schedule.exponential("200 millis").pipe(Schedule.upTo({ times: 6 }))

/**
 * Runs the body in a session (a dry run: with a look at the marks, taking nothing over), and once more in a new one whenever Kafka does not answer, up to some 12 s: the marks then
 * tell what is done, so the body must look at them and may be repeated. Fails with `takenOver` when another session of the
 * topic was opened meanwhile.
 */
export const inTriageSession = <A, R>(
  topic: Topic,
  body: (session: TriageSession) => Effect.Effect<A, TriageFailed | KafkaError, R>,
  dryRun = false
): Effect.Effect<A, TriageFailed, R | TriageServices> =>
  Effect.scoped(Effect.flatMap(dryRun ? lookOnly(topic) : openSession(topic), body)).pipe(
    Effect.mapError((error) => (error._tag === "KafkaError" ? kafkaFailed(topic.name)(error) : error)),
    Effect.retry({ schedule: reopenings, while: (error) => error.reason === "unavailable" })
  ) as Effect.Effect<A, TriageFailed, R | TriageServices>
