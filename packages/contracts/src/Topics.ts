import { Duration } from "effect"
import type { Keeping, Lane, LaneName, PhysicalTopic, Topic, TopicPolicy } from "./Topic.ts"

/** All topics of one topics.yaml, and look-ups in them; plain functions without failure. */
export interface Topics {
  /** In the order of the file. */
  readonly all: ReadonlyArray<Topic>
  /** The logical topic; undefined when the file does not name it. */
  readonly topic: (name: string) => Topic | undefined
  /** Lanes by urgency, the most urgent first; empty for a topic that the file does not name. */
  readonly lanesOf: (name: string) => ReadonlyArray<Lane>
  /** Policy of a lane (absent: the default lane); the file's defaults for a topic that it does not name. */
  readonly policyOf: (name: string, lane?: string) => TopicPolicy
  /** The logical topic and the lane of a broker's topic; undefined for dead letters, parked records and strangers. */
  readonly laneOf: (physicalTopic: string) => { readonly topic: Topic; readonly lane: Lane } | undefined
  /** Everything that must exist on the broker: each lane of each topic, its dead letters and parked records. */
  readonly physicalTopics: () => ReadonlyArray<PhysicalTopic>
}

/** A dead letter or parked record carries the original bytes and its cause in headers, which take this much room at most. */
export const deadLetterRoomBytes = 64 * 1024

/** A parked record is only ever read by its partition's owner, from the start. */
const parkedTombstones = Duration.hours(1)

/** Indexes the topics of a file; `fallback` is the file's default policy. */
export const makeTopics = (all: ReadonlyArray<Topic>, fallback: TopicPolicy): Topics => {
  const byName = new Map(all.map((topic) => [topic.name, topic]))
  const byLane = new Map(all.flatMap((topic) => topic.lanes.map((lane) => [lane.topic, { topic, lane }] as const)))
  const physical = all.flatMap(physicalTopicsOf)
  return {
    all,
    topic: (name) => byName.get(name),
    lanesOf: (name) => byName.get(name)?.lanes ?? [],
    policyOf: (name, lane) => {
      const topic = byName.get(name)
      return topic?.policies[(lane ?? topic.defaultLane) as LaneName] ?? fallback
    },
    laneOf: (physicalTopic) => byLane.get(physicalTopic),
    physicalTopics: () => physical
  }
}

const physicalTopicsOf = (topic: Topic): ReadonlyArray<PhysicalTopic> => {
  const lanes = topic.lanes.map(
    (lane): PhysicalTopic => ({
      topic: lane.topic,
      logical: topic.name,
      lane: lane.name,
      compacted: topic.keeping._tag === "Compacted",
      partitions: topic.partitions,
      replication: topic.replication,
      config: { ...keepingConfig(topic.keeping), "max.message.bytes": String(topic.maxMessageBytes) }
    })
  )
  const deadLetters: PhysicalTopic = {
    topic: topic.deadLetters.topic,
    logical: topic.name,
    lane: undefined,
    compacted: false,
    partitions: topic.deadLetters.partitions,
    replication: topic.replication,
    config: {
      ...keepingConfig({ _tag: "Retained", retention: topic.deadLetters.retention }),
      "max.message.bytes": String(topic.maxMessageBytes + deadLetterRoomBytes)
    }
  }
  return topic.parkedTopic === undefined
    ? [...lanes, deadLetters]
    : [...lanes, deadLetters, parkedTopicOf(topic, topic.parkedTopic)]
}

const parkedTopicOf = (topic: Topic, name: string): PhysicalTopic => ({
  topic: name,
  logical: topic.name,
  lane: undefined,
  compacted: true,
  partitions: topic.partitions,
  replication: topic.replication,
  config: {
    ...keepingConfig({ _tag: "Compacted", tombstones: parkedTombstones, segment: parkedTombstones }),
    "max.message.bytes": String(topic.maxMessageBytes + deadLetterRoomBytes)
  }
})

/**
 * Kafka's topic settings for a way of keeping records.
 *
 * A compacted topic is a table that services read whole at their start, so it is cleaned early (at a tenth of dirt
 * instead of half) and rolled each `segment`, as Kafka never cleans the segment being written.
 */
const keepingConfig = (keeping: Keeping): Record<string, string> =>
  keeping._tag === "Retained"
    ? { "cleanup.policy": "delete", "retention.ms": milliseconds(keeping.retention) }
    : {
        ...(keeping.forgetAfter === undefined
          ? { "cleanup.policy": "compact" }
          : { "cleanup.policy": "compact,delete", "retention.ms": milliseconds(keeping.forgetAfter) }),
        "delete.retention.ms": milliseconds(keeping.tombstones),
        "min.cleanable.dirty.ratio": "0.1",
        "segment.ms": milliseconds(keeping.segment)
      }

const milliseconds = (duration: Duration.Duration | "forever"): string =>
  duration === "forever" ? "-1" : String(Duration.toMillis(duration))
