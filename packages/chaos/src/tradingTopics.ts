import { readFileSync } from "node:fs"
import { defaultTopicsPath, makeTopics, parseTopics, type Topics } from "@millrace/contracts"
import { Result } from "effect"

/** What the executor reads and writes. */
const names = ["account-state", "automation-commands", "trade-log", "audit-log", "notifications"]
const partitions = 3

/** The executor's topics as topics.yaml declares them, on topics of the broker that begin with `prefix`. */
export const tradingTopics = (prefix: string): Topics => {
  const declared = Result.getOrThrow(parseTopics(readFileSync(defaultTopicsPath, "utf8"), defaultTopicsPath))
  const own = (topic: string): string => `${prefix}-${topic}`
  return makeTopics(
    declared.all
      .filter(({ name }) => names.includes(name))
      .map((topic) => ({
        ...topic,
        ...{ partitions, replication: 1 },
        lanes: topic.lanes.map((lane) => ({ ...lane, topic: own(lane.topic) })),
        deadLetters: { ...topic.deadLetters, topic: own(topic.deadLetters.topic) },
        ...(topic.parkedTopic === undefined ? {} : { parkedTopic: own(topic.parkedTopic) })
      })),
    declared.policyOf("automation-commands")
  )
}
