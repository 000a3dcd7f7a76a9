import { type Topic, TopicsFile } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { Effect, Schedule } from "effect"

/** How far a group is behind in a lane. */
export interface GroupLag {
  readonly group: string
  readonly topic: string
  readonly lane: string
  /** End offset − committed offset over all partitions, in records; from the start where nothing is committed. */
  readonly lagRecords: number
}

/**
 * Returns the lag of every group that has committed something, in the order of topics.yaml.
 *
 * Groups are those of the declared readers: the reader's name, and `<reader>.<instance>` for what each instance reads
 * whole. Fails with `KafkaError`.
 */
export const lagOf = Effect.fn("cli.lagOf")(function* (instance: string) {
  const topics = yield* TopicsFile
  const { admin } = yield* KafkaClient
  const present = new Set(yield* admin.listTopics)
  const there = topics.all.filter((topic) => isRead(topic) && topic.lanes.every((lane) => present.has(lane.topic)))
  const lags = yield* Effect.forEach(there, (topic) => topicLag(topic, instance))
  return lags.flat()
})

const patience = Schedule.spaced("300 millis").pipe(Schedule.upTo({ times: 5 }))
const readersOf = (topic: Topic) => [...new Set(topic.records.flatMap((kind) => kind.readers))]
const isRead = (topic: Topic) => readersOf(topic).length > 0

const topicLag = Effect.fnUntraced(function* (topic: Topic, instance: string) {
  const { admin } = yield* KafkaClient
  const groups = readersOf(topic).flatMap((reader) => [reader, `${reader}.${instance}`])
  const names = topic.lanes.map((lane) => lane.topic)
  const ends = yield* Effect.forEach(names, (name) => admin.offsets(name), { concurrency: 4 })
  // A broker that has never had a group makes its offsets topic first and meanwhile refuses to tell.
  const committed = yield* Effect.forEach(groups, (group) => Effect.retry(admin.committed(group, names), patience), {
    concurrency: 4
  })
  return groups.flatMap((group, g) =>
    topic.lanes.flatMap((lane, l): ReadonlyArray<GroupLag> => {
      const commits = new Map(
        committed[g]!.filter((commit) => commit.topic === lane.topic && commit.offset >= 0).map((commit) => [
          commit.partition,
          commit.offset
        ])
      )
      if (commits.size === 0) return []
      const lagRecords = ends[l]!.reduce(
        (sum, { partition, start, end }) => sum + end - Math.max(start, commits.get(partition) ?? start),
        0
      )
      return [{ group, topic: lane.topic, lane: lane.name, lagRecords }]
    })
  )
})
