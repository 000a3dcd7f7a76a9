import type { Duration } from "effect"

/** Urgency classes, most urgent first: a handler that is free takes from the first one that has work. */
export const urgencies = ["critical", "high", "normal", "low"] as const
export type LaneName = (typeof urgencies)[number]

/** A priority class of a topic: a Kafka topic of its own. */
export interface Lane {
  readonly name: LaneName
  /** Physical topic: the logical name for the default lane, else `<name>.<lane>`. */
  readonly topic: string
  readonly isDefault: boolean
}

/** Waits between the attempts of a record whose handler failed for a temporary reason. */
export interface RetryPolicy {
  /** Runs in all, the first one included. */
  readonly attempts: number
  readonly backoff: "fixed" | "exponential"
  /** Wait before the second attempt. */
  readonly initial: Duration.Duration
  /** An exponential wait grows by it each time. */
  readonly factor: number
  /** Share of a wait, 0 to 1, by which it may be longer or shorter. */
  readonly jitter: number
  /** No wait is longer. */
  readonly cap: Duration.Duration
}

/** How the records of a lane are handled, unless the worker says otherwise. */
export interface TopicPolicy {
  readonly retry: RetryPolicy
  /** A handler that takes longer is interrupted; counts as a failed attempt. */
  readonly timeout: Duration.Duration
  /** Keys handled at the same time in one process. */
  readonly concurrency: number
}

/** What Kafka does with old records. */
export type Keeping =
  | { readonly _tag: "Retained"; readonly retention: Duration.Duration | "forever" }
  /**
   * The last record of a key is kept; a tombstone can be seen for `tombstones` more. Records of the last `segment` are
   * all still there: Kafka never cleans the file being written. `forgetAfter`: a key that was not written for so long goes.
   */
  | {
      readonly _tag: "Compacted"
      readonly tombstones: Duration.Duration
      readonly segment: Duration.Duration
      readonly forgetAfter?: Duration.Duration
    }

/** A kind of record, with the one package that writes it and those that read it. */
export interface RecordKind {
  readonly name: string
  readonly writer: string
  readonly readers: ReadonlyArray<string>
}

/** A logical topic, as topics.yaml declares it. */
export interface Topic {
  readonly name: string
  readonly about: string
  /** What the key is, in words: `market`, `<account>/<position>`. */
  readonly key: string
  /** The part of the key that chooses the partition; the whole key's words when it is all of it. */
  readonly partitionedBy: string
  /** Most urgent first. */
  readonly lanes: ReadonlyArray<Lane>
  readonly defaultLane: LaneName
  /** The same for all lanes. */
  readonly partitions: number
  /** Copies of each partition; -1 leaves it to the broker's `default.replication.factor`. */
  readonly replication: number
  readonly keeping: Keeping
  /** Largest record, key and headers included. */
  readonly maxMessageBytes: number
  readonly policies: Readonly<Partial<Record<LaneName, TopicPolicy>>>
  readonly deadLetters: DeadLetterTopic
  /** `<topic>.parked`, compacted: records that wait for long, with the partitions of the lanes. Absent: they wait in memory. */
  readonly parkedTopic?: string
  readonly records: ReadonlyArray<RecordKind>
}

/** `<topic>.dlq`: one for all lanes of a topic. */
export interface DeadLetterTopic {
  readonly topic: string
  readonly partitions: number
  readonly retention: Duration.Duration | "forever"
}

/** A topic of the broker, with the settings that it should have there. */
export interface PhysicalTopic {
  readonly topic: string
  /** The logical topic that it belongs to. */
  readonly logical: string
  /** Absent: the dead letters of the topic, or its parked records. */
  readonly lane: LaneName | undefined
  readonly compacted: boolean
  readonly partitions: number
  readonly replication: number
  readonly config: Readonly<Record<string, string>>
}
