import { KafkaClient } from "@millrace/kafka"
import { Effect } from "effect"
import { workerName } from "./Job.ts"
import { jobTopics } from "./readHistory.ts"

/** Records of the jobs' topics above what the workers have committed. */
export const lagOfJobs = Effect.gen(function* () {
  const { admin } = yield* KafkaClient
  const commits = yield* admin.committed(workerName, jobTopics)
  const ends = yield* Effect.forEach(jobTopics, (topic) =>
    Effect.map(admin.offsets(topic), (partitions) => partitions.map((found) => ({ topic, ...found })))
  )
  return ends.flat().reduce((lag, { end, partition, start, topic }) => {
    const commit = commits.find((found) => found.topic === topic && found.partition === partition)
    return lag + end - (commit?.offset ?? start)
  }, 0)
})
