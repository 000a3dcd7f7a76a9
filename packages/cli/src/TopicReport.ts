import type { TopicChanges } from "@millrace/administration"
import type { Topics } from "@millrace/contracts"

/** Returns a plan as lines for people: what is made (+), altered (~), refused (!) and left alone (?). */
export const planLines = (changes: TopicChanges): ReadonlyArray<string> => {
  const { create, alter, refused, undeclared, unchanged } = changes
  return [
    ...create.map(({ topic, partitions, config }) => `+ ${topic}  ${partitions} partitions, ${settingsText(config)}`),
    ...alter.map(({ topic, before, after }) => {
      const differences = Object.keys(after).map((name) => `${name} ${before[name] || "(default)"} → ${after[name]}`)
      return `~ ${topic}  ${differences.join(", ")}`
    }),
    ...refused.map(({ topic, found, remedy }) => `! ${topic}  ${found}. ${remedy}`),
    ...undeclared.map((topic) => `? ${topic}  not in topics.yaml, left alone`),
    `${create.length} to create, ${alter.length} to alter, ${refused.length} refused, ${unchanged} unchanged`
  ]
}

/** Returns the declared topics as lines for people. */
export const listLines = (topics: Topics): ReadonlyArray<string> =>
  topics.all.flatMap((topic) => [
    `${topic.name}  ${topic.about}`,
    `  key ${topic.key}; ${topic.partitions} partitions by ${topic.partitionedBy}; lanes ${topic.lanes
      .map((lane) => (lane.isDefault ? `${lane.name} (${lane.topic}, default)` : `${lane.name} (${lane.topic})`))
      .join(", ")}`,
    ...topic.records.map(({ name, writer, readers }) => `  ${name}: ${writer} → ${readers.join(", ") || "nobody yet"}`)
  ])

const settingsText = (config: Readonly<Record<string, string>>): string =>
  Object.entries(config)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ")
