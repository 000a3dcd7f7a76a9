import type { TopicPartition } from "@millrace/kafka"

/** Place of a record. */
export interface Place extends TopicPartition {
  readonly offset: number
}

/** What happened, without when and to whom. */
export type Happening =
  /** A fault begins. */
  | { readonly type: "fault"; readonly kind: string; readonly what: string }
  | { readonly type: "started_process" | "ended_process"; readonly how: string }
  /** A process was given partitions; `from`: committed offset that reading starts at, or the log's start. */
  | {
      readonly type: "assigned"
      readonly group: string
      readonly epoch: number
      readonly partitions: ReadonlyArray<{ readonly partition: string; readonly from: number }>
    }
  /** A process was asked for its partitions; after `released` it knows that they are not its own. */
  | { readonly type: "revoking" | "released"; readonly group: string; readonly epoch: number }
  /** A fetch handed records over. */
  | { readonly type: "delivered"; readonly records: ReadonlyArray<DeliveredRecord> }
  | ({ readonly type: "started"; readonly key: string; readonly lane: number; readonly attempt: number } & Place)
  /** `result`: how the handler ended; `interrupted` comes from the runtime. */
  | ({ readonly type: "ended"; readonly key: string; readonly result: HandlerEnd } & Place)
  /** A process sends a record that came of another (a dead letter, too), and has the broker's answer. */
  | { readonly type: "sending" | "sent"; readonly topic: string; readonly origin: Place | undefined }
  /** Handling a record ended the process. */
  | ({ readonly type: "died" } & Place)
  /** The broker has a parked record, or its tombstone; the place is the record's own. */
  | ({ readonly type: "parked"; readonly failed: number; readonly begun: number } & Place)
  | ({ readonly type: "unparked" } & Place)
  /** The broker has a record. */
  | ({
      readonly type: "appended"
      readonly key: string
      readonly id: string
      readonly origin: Place | undefined
      /** Text of the value, to compare repeats. */
      readonly value: string
      /** Why a dead letter is one; empty for other records. */
      readonly reason: string
    } & Place)
  | ({ readonly type: "committed"; readonly group: string; readonly metadata: string } & Place)
  /** A process has all records of a followed topic up to a place. */
  | ({ readonly type: "read" } & Place)
  /** An order leaves a process, on its way to what is outside. */
  | { readonly type: "ordered"; readonly intent: string; readonly what: string }
  /** Something happened outside that can't be taken back. `crossUsd`: what an account held in cross margin before and after. */
  | {
      readonly type: "effect"
      readonly intent: string
      readonly what: string
      readonly crossUsd?: readonly [before: number, after: number]
    }

export interface DeliveredRecord extends Place {
  readonly key: string
  readonly lane: number
}

/** `down`: a dependency is down, and the whole lane with it. */
export type HandlerEnd = "done" | "refused" | "temporary" | "permanent" | "system" | "down" | "defect" | "interrupted"

/** Something that happened: when, in milliseconds since the world began, and in which process (empty: at the broker). */
export type HistoryEvent = { readonly at: number; readonly process: string } & Happening

/** Everything that happened in one world, in order. */
export class History {
  readonly events: Array<HistoryEvent> = []

  add(at: number, process: string, happening: Happening): void {
    this.events.push({ at, process, ...happening })
  }

  /** The same history has the same text. */
  get text(): string {
    return this.events.map((event) => JSON.stringify(event)).join("\n")
  }
}

export const partitionName = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

export const placeName = (place: Place): string => `${partitionName(place)}@${place.offset}`

/** Reads what `placeName` wrote. */
export const readPlace = (text: string): Place | undefined => {
  const found = /^(.+)\/(\d+)@(\d+)$/u.exec(text)
  return found === null ? undefined : { topic: found[1]!, partition: Number(found[2]), offset: Number(found[3]) }
}
