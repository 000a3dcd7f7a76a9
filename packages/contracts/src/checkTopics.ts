import { Duration } from "effect"
import { urgencies } from "./Topic.ts"
import type { DefaultsSyntax, PolicySyntax, TopicSyntax, TopicsSyntax } from "./TopicsSyntax.ts"
import { policyFrom } from "./topicFrom.ts"

/** A contradiction between entries that are each well formed. */
export interface TopicsFault {
  readonly path: ReadonlyArray<string | number>
  readonly expected: string
  readonly remedy: string
}

/** Returns every contradiction in a topics.yaml whose words are all right. */
export const checkTopics = (file: TopicsSyntax): ReadonlyArray<TopicsFault> => {
  const topics = Object.entries(file.topics)
  return [
    ...(topics.length === 0 ? [fault(["topics"], "Expected at least one topic", "Declare the topics here.")] : []),
    ...waitFaults(["defaults"], [], file.defaults),
    ...topics.flatMap(([name, topic]) => [
      ...laneFaults(name, topic),
      ...keepingFaults(name, topic),
      ...topicWaitFaults(name, topic, file.defaults),
      ...(Object.keys(topic.records).length === 0
        ? [
            fault(
              ["topics", name, "records"],
              "Expected at least one kind of record",
              "Name it, its writer and readers."
            )
          ]
        : [])
    ]),
    ...partitionFaults(file),
    ...writerFaults(file)
  ]
}

const fault = (path: TopicsFault["path"], expected: string, remedy: string): TopicsFault => ({ path, expected, remedy })

const laneFaults = (name: string, topic: TopicSyntax): ReadonlyArray<TopicsFault> => {
  const lanes = topic.lanes ?? ["normal"]
  const at = ["topics", name]
  const faults: Array<TopicsFault> = []
  const ranks = lanes.map((lane) => urgencies.indexOf(lane))
  if (ranks.some((rank, n) => n > 0 && rank <= ranks[n - 1]!)) {
    faults.push(
      fault(
        [...at, "lanes"],
        `Expected each lane once, in this order: ${urgencies.join(", ")}`,
        "Sort them by urgency."
      )
    )
  }
  if (lanes.length > 1 && topic.defaultLane === undefined) {
    faults.push(
      fault([...at, "defaultLane"], "Expected the lane whose topic has no suffix", "Name one of the topic's lanes.")
    )
  }
  if (topic.defaultLane !== undefined && !lanes.includes(topic.defaultLane)) {
    faults.push(
      fault(
        [...at, "defaultLane"],
        `Expected one of the topic's lanes: ${lanes.join(", ")}`,
        "Name one, or add the lane."
      )
    )
  }
  for (const lane of Object.keys(topic.laneOverrides ?? {})) {
    if (!lanes.some((own) => own === lane)) {
      faults.push(
        fault([...at, "laneOverrides", lane], `Expected one of the topic's lanes: ${lanes.join(", ")}`, "Remove it.")
      )
    }
  }
  return faults
}

const keepingFaults = (name: string, topic: TopicSyntax): ReadonlyArray<TopicsFault> => {
  if (topic.compacted === true && topic.retention !== undefined) {
    const expected = "Expected no retention, as the topic is compacted"
    return [fault(["topics", name, "retention"], expected, "Remove `retention` or `compacted`.")]
  }
  if (topic.compacted === true && topic.parked === true) {
    const expected = "Expected no parked records, as a compacted topic is a table and not handled record by record"
    return [fault(["topics", name, "parked"], expected, "Remove `parked` or `compacted`.")]
  }
  if (topic.compacted === true) return []
  const misplaced = (["tombstones", "segment", "forgetAfter"] as const).filter((word) => topic[word] !== undefined)
  return misplaced.map((word) =>
    fault(
      ["topics", name, word],
      "Expected `compacted: true` beside it",
      `Remove \`${word}\` or make the topic compacted.`
    )
  )
}

const topicWaitFaults = (name: string, topic: TopicSyntax, defaults: DefaultsSyntax): ReadonlyArray<TopicsFault> => [
  ...waitFaults(["topics", name], [topic], defaults),
  ...Object.entries(topic.laneOverrides ?? {}).flatMap(([lane, override]) =>
    waitFaults(["topics", name, "laneOverrides", lane], [topic, override], defaults)
  )
]

/** Waits that could never come true as written. Blames the part at `path`, and only if it says something about waits. */
const waitFaults = (
  path: ReadonlyArray<string>,
  parts: ReadonlyArray<PolicySyntax | undefined>,
  defaults: DefaultsSyntax
): ReadonlyArray<TopicsFault> => {
  const own = parts.length === 0 ? defaults.retry : parts.at(-1)?.retry
  const { retry } = policyFrom(defaults, ...parts)
  if (own === undefined || Duration.isGreaterThanOrEqualTo(retry.cap, retry.initial)) return []
  const key = own.cap === undefined ? "initial" : "cap"
  const found = `the first wait is ${Duration.format(retry.initial)} and the longest ${Duration.format(retry.cap)}`
  return [fault([...path, "retry", key], `Expected initial ≤ cap, but ${found}`, "Raise `cap` or lower `initial`.")]
}

/** Who joins two topics by key relies on both having a key in the same partition. */
const partitionFaults = (file: TopicsSyntax): ReadonlyArray<TopicsFault> => {
  const first = new Map<string, { readonly name: string; readonly partitions: number }>()
  const faults: Array<TopicsFault> = []
  for (const [name, topic] of Object.entries(file.topics)) {
    const by = topic.partitionedBy ?? topic.key
    const partitions = topic.partitions ?? file.defaults.partitions
    const other = first.get(by)
    if (other === undefined) first.set(by, { name, partitions })
    else if (other.partitions !== partitions) {
      const expected = `Expected ${other.partitions} partitions as ${other.name} has, which is partitioned by ${by}, too`
      faults.push(fault(["topics", name, "partitions"], expected, "Give both the same number."))
    }
  }
  return faults
}

/** A kind of record that goes to several topics still has one writer. */
const writerFaults = (file: TopicsSyntax): ReadonlyArray<TopicsFault> => {
  const writers = new Map<string, string>()
  const faults: Array<TopicsFault> = []
  for (const [name, topic] of Object.entries(file.topics)) {
    for (const [kind, { writer }] of Object.entries(topic.records)) {
      const known = writers.get(kind) ?? writer
      writers.set(kind, known)
      if (known !== writer) {
        const expected = `Expected ${known}, which writes ${kind} elsewhere`
        faults.push(fault(["topics", name, "records", kind, "writer"], expected, "Every kind has one writer."))
      }
    }
  }
  return faults
}
