import type { ErrorKind, TopicContract } from "@millrace/contracts"
import type { Duration, Effect } from "effect"

/** A decoded record, as a handler gets it. */
export interface Incoming<A> {
  readonly topic: string
  readonly lane: string
  readonly partition: number
  readonly offset: number
  /** Broker's record timestamp, and wall time of the fetch that brought it, in milliseconds. */
  readonly timestampMs: number
  readonly fetchedAtMs: number
  readonly key: string
  readonly value: A
  readonly workspaceId: string
  readonly headers: Readonly<Record<string, string>>
  /** 1 for the first try. */
  readonly attempt: number
}

/** A record to publish. Build with `outgoing`. */
export interface Outgoing {
  readonly contract: TopicContract<unknown>
  /** Absent: the topic's default lane. */
  readonly lane: string | undefined
  readonly key: string
  /** `null` is a tombstone. */
  readonly value: unknown
  readonly workspaceId: string
  readonly headers: Readonly<Record<string, string>>
}

/** What a handler did: the records to publish before the input counts as finished. */
export interface Outcome {
  readonly publish: ReadonlyArray<Outgoing>
}

/**
 * Any failure of a handler says its kind; `retryAfterMs` overrides the schedule's wait once. `holds`: what a failure of kind
 * `system` stops, the record's key (default) or its lane as a whole, when all of it needs what is down; then one record
 * after the other asks whether it is back.
 */
export interface HandlerFailure {
  readonly _tag: string
  readonly kind: ErrorKind
  readonly message: string
  readonly retryAfterMs?: number
  readonly holds?: "key" | "lane"
}

/** Policies of an input; absent ones come from topics.yaml. */
export interface InputPolicy {
  readonly concurrency?: number
  /** Handlers that only the most urgent lane may take, less than `concurrency`; by default a fifth of them. */
  readonly reserve?: number
  readonly timeout?: Duration.Duration
  readonly attempts?: number
  /**
   * An outcome and the commit of its record become visible together, or neither: exactly once for readers of committed
   * records. For handlers without an outside effect; costs some 40 ms for each transaction of a partition. Default: no.
   */
  readonly transactional?: boolean
  /** Failures of kind `temporary` and `system` are tried again without end (protection commands). */
  readonly neverDeadLetter?: boolean
}

/** A topic (all its lanes) and the handler of its records: one record of a key at a time, keys side by side. */
export interface WorkerInput<A, R> {
  readonly contract: TopicContract<A>
  readonly policy?: InputPolicy
  readonly handle: (record: Incoming<A>) => Effect.Effect<Outcome, HandlerFailure, R>
  /** Takes records of a key together where several wait. Made by `inputOfChunks`. */
  readonly chunk?: ChunkHandler<A, R>
  /** In place of `handle` for a record whose header `expires-at` has passed; absent: it is logged, counted and finished. */
  readonly expired?: (record: Incoming<A>) => Effect.Effect<Outcome, HandlerFailure, R>
}

/**
 * A handler of records of one key and lane that came one behind the other, in their order: up to `records` of those that wait.
 *
 * Its outcome is published once for all. When it fails, they are handed over one by one, so that only the record at fault is
 * tried again or set aside: it must bear to see a record again. The lane's time-out is for all of them together.
 */
export interface ChunkHandler<A, R> {
  readonly records: number
  readonly handle: (records: ReadonlyArray<Incoming<A>>) => Effect.Effect<Outcome, HandlerFailure, R>
}

/** An input of any topic; `input` checks that contract and handler agree. */
// biome-ignore lint/suspicious/noExplicitAny: inputs of different topics stand in one list
export type AnyInput<R> = WorkerInput<any, R>

/** A broadcast of any topic; `broadcast` checks that contract and handler agree. */
// biome-ignore lint/suspicious/noExplicitAny: broadcasts of different topics stand in one list
export type AnyBroadcast<R> = WorkerBroadcast<any, R>

/** An input whose handler takes what its contract holds. */
export const input = <A, R>(input: WorkerInput<A, R>): WorkerInput<A, R> => input

/** An input whose handler takes records of a key together, where several wait. */
export const inputOfChunks = <A, R>(
  input: Omit<WorkerInput<A, R>, "handle" | "chunk"> & { readonly chunk: ChunkHandler<A, R> }
): WorkerInput<A, R> => ({ ...input, handle: (record) => input.chunk.handle([record]) })

/** A broadcast whose handler takes what its contract holds. */
export const broadcast = <A, R>(broadcast: WorkerBroadcast<A, R>): WorkerBroadcast<A, R> => broadcast

/**
 * A topic that every instance reads whole, in a group of its own (`<worker>.<instance>`), in order, many records at
 * once. `from`: where an instance starts that has no committed offset of its own.
 */
export interface WorkerBroadcast<A, R> {
  readonly contract: TopicContract<A>
  readonly from: "beginning" | "end"
  readonly handleChunk: (records: ReadonlyArray<Incoming<A>>) => Effect.Effect<Outcome, HandlerFailure, R>
}

/** A change of a table, in the order of the topic. `value` undefined: deleted. */
export interface TableChange<A> {
  readonly key: string
  readonly value: A | undefined
  readonly previous: A | undefined
  readonly workspaceId: string
  readonly partition: number
  readonly offset: number
}

/** A compacted topic held in memory. All functions are plain and immediate. */
export interface Table<A> {
  readonly get: (key: string) => A | undefined
  readonly workspaceOf: (key: string) => string | undefined
  /** Values whose index `name` is `value`. */
  readonly lookup: (name: string, value: string) => ReadonlyArray<A>
  readonly entries: () => IterableIterator<readonly [string, A]>
  readonly size: () => number
  /** Partitions held by this instance, read to their end at the assignment. */
  readonly partitions: () => ReadonlyArray<number>
}

/** A compacted topic to hold; `partitioned`: only the partitions assigned to this instance, else all of them. */
export interface TableSpec<A> {
  readonly contract: TopicContract<A>
  readonly scope: "partitioned" | "all"
  readonly indexes?: Readonly<Record<string, (value: A) => string | undefined>>
  /** Plain and immediate; called for each change, also while the table is read at start. */
  readonly onChange?: (change: TableChange<A>) => void
  /** A partition was read to its end (`ready`), or given away (its rows are gone from the table). */
  readonly onPartition?: (partition: number, event: "ready" | "revoked") => void
}
