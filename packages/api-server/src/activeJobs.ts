import type { ActiveJob, Unavailable } from "@millrace/api"
import type { RecordCodec } from "@millrace/contracts"
import { type FoundRecord, searchedTopic, searchRecords } from "@millrace/history"
import { KafkaClient } from "@millrace/kafka"
import { decodeNote, type OffsetRange } from "@millrace/runtime"
import { Effect } from "effect"
import { orHistoryUnavailable } from "./historyAnswers.ts"
import type { CountedQueue } from "./QueueFigures.ts"
import { orKafkaUnavailable, recordInfo } from "./recordAnswers.ts"

const shown = 20
/** Of one partition. */
const budget = { records: 500, ms: 500 }

/**
 * The oldest unfinished records of a queue, as many as are being handled, 20 at most: from the committed offsets on, without
 * those that the group noted as finished. Which records a handler has is known to its process only. Nothing is read while
 * nothing is handled. `workspaceId`: only those of the workspace.
 */
export const activeJobs = (
  { lanes, queue: { topic, workers } }: CountedQueue,
  workspaceId: string | undefined
): Effect.Effect<ReadonlyArray<ActiveJob>, Unavailable, KafkaClient | RecordCodec> =>
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    const busy = lanes.filter(({ active }) => active > 0)
    const found: Array<FoundRecord> = []
    for (const { active, lane } of busy) {
      const physical = topic.lanes.find(({ name }) => name === lane)
      if (physical === undefined) continue
      const ofLane: Array<FoundRecord> = []
      for (const worker of workers)
        for (const { metadata, offset, partition } of yield* admin.committed(worker, [physical.topic])) {
          const from = { lane, partition, fromOffset: Math.max(0, offset), order: "oldest" } as const
          const { done } = decodeNote(metadata, offset)
          const of = workspaceId === undefined ? {} : { workspaceId }
          const { records } = yield* searchRecords(searchedTopic(topic), { ...from, ...of, limit: shown, budget })
          ofLane.push(...records.filter(({ record }) => !isDone(done, record.offset)))
        }
      found.push(...ofLane.toSorted(byTime).slice(0, active))
    }
    return found.toSorted(byTime).slice(0, shown).map(jobOf)
  }).pipe(orKafkaUnavailable, orHistoryUnavailable)

const isDone = (done: ReadonlyArray<OffsetRange>, offset: number): boolean =>
  done.some(({ from, to }) => offset >= from && offset < to)

const byTime = (one: FoundRecord, other: FoundRecord): number => one.record.timestampMs - other.record.timestampMs

const jobOf = (record: FoundRecord): ActiveJob => {
  const { key, lane, offset, partition, timestampMs, topic, value } = recordInfo(record)
  const data = value._tag === "Decoded" ? value.value : value._tag === "Undecodable" ? value.json : undefined
  return {
    id: `${topic}/${partition}@${offset}`,
    name: kindOf(data) ?? topic,
    lane,
    ...(key === undefined ? {} : { key }),
    data: data ?? null,
    timestamp: timestampMs
  }
}

const kindOf = (data: unknown): string | undefined => {
  if (typeof data !== "object" || data === null) return undefined
  const { _tag, kind } = data as { readonly _tag?: unknown; readonly kind?: unknown }
  return [_tag, kind].find((one): one is string => typeof one === "string")
}
