// Foreign boundary: reads the journals of the run's programs.
import { existsSync, readFileSync } from "node:fs"
import { type ConsumedRecord, KafkaClient } from "@millrace/kafka"
import { IntentLedger } from "@millrace/store"
import { Deferred, Effect } from "effect"
import type { DeadLettered, History, LoggedJob } from "./History.ts"
import { idHeader, type JobResult, jobResults, jobs } from "./Job.ts"
import { lanes } from "./JobSource.ts"
import type { SentJob } from "./LoadJournal.ts"
import type { AppliedEffect } from "./SinkMode.ts"

/** The Kafka topics of the jobs, one for each lane. */
export const jobTopics = lanes.map((lane) => (lane === "normal" ? jobs.name : `${jobs.name}.${lane}`))

/** Lines of a journal; a last one that was cut off by the end of its writer is left out. */
export const journalLines = <A>(file: string): ReadonlyArray<A> => {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, "utf8").split("\n")
  return lines.slice(0, -1).map((line) => JSON.parse(line) as A)
}

/** All records of a topic, read to the end that it has now. */
const readAll = (topic: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const kafka = yield* KafkaClient
      const ends = yield* kafka.admin.offsets(topic)
      const left = new Map(ends.filter(({ end, start }) => end > start).map(({ end, partition }) => [partition, end]))
      const records: Array<ConsumedRecord> = []
      if (left.size === 0) return records
      const finished = yield* Deferred.make<void>()
      yield* kafka.consumer(
        { groupId: `chaos-reader-${topic}`, clientId: "chaos-reader", topics: [{ topic, from: "beginning" }] },
        {
          onAssigned: () => Effect.void,
          onRevoked: () => Effect.void,
          onFailure: (error) => {
            Deferred.doneUnsafe(finished, Effect.die(error))
          },
          onBatch: (batch) => {
            records.push(...batch.records)
            if (batch.nextOffset >= (left.get(batch.partition) ?? 0)) left.delete(batch.partition)
            if (left.size === 0) Deferred.doneUnsafe(finished, Effect.void)
          }
        }
      )
      yield* Deferred.await(finished)
      return records
    })
  )

const textOf = (value: Uint8Array | undefined): string => (value === undefined ? "" : Buffer.from(value).toString())

/** The id in a job's value, past the five bytes of the wire format; that of an undecodable one stands in its header. */
const idOf = (record: ConsumedRecord): string => {
  const header = record.headers[idHeader]
  if (header !== undefined) return textOf(header)
  const value = JSON.parse(textOf(record.value?.subarray(5))) as { readonly id: string }
  return value.id
}

const letterOf = (record: ConsumedRecord): DeadLettered => ({
  id: idOf(record),
  origin: ["topic", "partition", "offset"].map((part) => textOf(record.headers[`dlq-origin-${part}`])).join("/"),
  tag: textOf(record.headers["dlq-tag"])
})

/** Reads everything that a run has left. The workers have stopped, and all that was sent is committed. */
export const readHistory = Effect.fnUntraced(function* (journals: { readonly load: string; readonly sink: string }) {
  const logged = yield* Effect.forEach(jobTopics, readAll)
  const results = yield* readAll(jobResults.name)
  const letters = yield* readAll(`${jobs.name}.dlq`)
  const ledger = yield* IntentLedger
  const history: History = {
    sent: journalLines<SentJob>(journals.load),
    logged: logged.flat().map((record): LoggedJob => ({ id: idOf(record) })),
    results: results.map((record) => JSON.parse(textOf(record.value?.subarray(5))) as JobResult),
    deadLetters: letters.map(letterOf),
    effects: journalLines<AppliedEffect>(journals.sink),
    unfinishedIntents: (yield* ledger.unfinished(1_000)).length
  }
  return history
})
