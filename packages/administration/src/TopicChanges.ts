import type { PhysicalTopic } from "@millrace/contracts"
import type { TopicDescription } from "@millrace/kafka"
import { Schema } from "effect"

const Settings = Schema.Record(Schema.String, Schema.String)

/** A topic that `apply` will make. */
export const TopicToCreate = Schema.Struct({
  topic: Schema.String,
  partitions: Schema.Int,
  /** -1: the broker's default. */
  replication: Schema.Int,
  config: Settings
})

/** Settings of a topic that differ; a value that the broker does not tell is the empty text. */
export const TopicToAlter = Schema.Struct({ topic: Schema.String, before: Settings, after: Settings })

/** A difference that can't be made safely on a topic with records in it. */
export const TopicRefusal = Schema.Struct({ topic: Schema.String, found: Schema.String, remedy: Schema.String })

/** The difference between topics.yaml and a broker. */
export const TopicChanges = Schema.Struct({
  create: Schema.Array(TopicToCreate),
  alter: Schema.Array(TopicToAlter),
  refused: Schema.Array(TopicRefusal),
  /** Topics at the broker that topics.yaml does not name; they are left alone. */
  undeclared: Schema.Array(Schema.String),
  unchanged: Schema.Int
})
export type TopicChanges = typeof TopicChanges.Type

/** Whether `apply` has something to do. */
export const hasChanges = (changes: TopicChanges): boolean => changes.create.length + changes.alter.length > 0

/** Returns what must happen so that the broker has the wanted topics. Decides only; changes nothing. */
export const topicChanges = (
  wanted: ReadonlyArray<PhysicalTopic>,
  present: ReadonlyArray<TopicDescription>
): TopicChanges => {
  const found = new Map(present.map((topic) => [topic.topic, topic]))
  const declared = new Set(wanted.map((topic) => topic.topic))
  const pairs = wanted.flatMap((topic) => {
    const other = found.get(topic.topic)
    return other === undefined ? [] : [{ topic, other }]
  })
  const refused = pairs.flatMap(({ topic, other }) => refusalsOf(topic, other))
  const alter = pairs.flatMap(({ topic, other }) => alterationOf(topic, other))
  const touched = new Set([...refused, ...alter].map((change) => change.topic))
  return {
    create: wanted
      .filter((topic) => !found.has(topic.topic))
      .map(({ topic, partitions, replication, config }) => ({ topic, partitions, replication, config })),
    alter,
    refused,
    undeclared: [...found.keys()].filter((topic) => !declared.has(topic)).sort(),
    unchanged: pairs.filter(({ topic }) => !touched.has(topic.topic)).length
  }
}

const fixedSetting = "cleanup.policy"

const refusalsOf = (wanted: PhysicalTopic, present: TopicDescription): ReadonlyArray<typeof TopicRefusal.Type> => {
  const refused = (found: string, remedy: string) => ({ topic: wanted.topic, found, remedy })
  const refusals: Array<typeof TopicRefusal.Type> = []
  if (wanted.partitions !== present.partitions) {
    refusals.push(
      refused(
        `${present.partitions} partitions at the broker, ${wanted.partitions} in topics.yaml`,
        `Keys would move to other partitions, lose their order${wanted.compacted ? " and leave stale rows behind" : ""}. ` +
          `Write partitions: ${present.partitions} for ${wanted.logical}, or declare a new topic, move its writers there, ` +
          "let the readers finish the old one, then move them."
      )
    )
  }
  if (wanted.replication !== -1 && wanted.replication !== present.replication) {
    refusals.push(
      refused(
        `${present.replication} copies at the broker, ${wanted.replication} in topics.yaml`,
        "Move the copies with kafka-reassign-partitions, which can limit the load, then plan again."
      )
    )
  }
  const policy = present.config[fixedSetting]
  if (policy !== undefined && policy !== wanted.config[fixedSetting]) {
    refusals.push(
      refused(
        `${fixedSetting} ${policy} at the broker, ${wanted.config[fixedSetting]} in topics.yaml`,
        "Records that are needed could be deleted. Declare a new topic and move its writers and readers."
      )
    )
  }
  return refusals
}

const alterationOf = (wanted: PhysicalTopic, present: TopicDescription): ReadonlyArray<typeof TopicToAlter.Type> => {
  const different = Object.keys(wanted.config).filter(
    (name) => name !== fixedSetting && wanted.config[name] !== present.config[name]
  )
  if (different.length === 0) return []
  const settings = (config: Readonly<Record<string, string>>) =>
    Object.fromEntries(different.map((name) => [name, config[name] ?? ""]))
  return [{ topic: wanted.topic, before: settings(present.config), after: settings(wanted.config) }]
}
