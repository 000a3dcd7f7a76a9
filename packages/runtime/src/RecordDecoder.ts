import { RecordCodec, type RegistryUnavailable, type TopicContract, type Undecodable } from "@millrace/contracts"
import type { ConsumedRecord } from "@millrace/kafka"
import { Effect, Result } from "effect"
import { headerTexts, workspaceHeader } from "./Headers.ts"
import { MalformedRecord } from "./RuntimeError.ts"
import type { Incoming } from "./Worker.ts"

/** A record as fetched, and where it comes from. */
export interface Fetched {
  readonly topic: string
  readonly lane: string
  readonly partition: number
  readonly record: ConsumedRecord
  readonly fetchedAtMs: number
}

/** The value is `null` for a tombstone. */
export type DecodedRecord<A> = Incoming<A | null>

const decoder = new TextDecoder()

/** The text of a record's key; a record without one has no order with others. */
export const keyText = (fetched: Pick<Fetched, "topic" | "partition" | "record">): string =>
  fetched.record.key === null
    ? `\u0000${fetched.topic}/${fetched.partition}/${fetched.record.offset}`
    : decoder.decode(fetched.record.key)

/** Checks and decodes records of one contract. */
export interface RecordDecoder<A> {
  /**
   * Fails with `Undecodable` or `MalformedRecord` for a record that no retry can mend, and with `RegistryUnavailable`
   * when its schema id is new and the registry does not answer. Immediate, unless the schema id is new.
   */
  readonly decode: (
    fetched: Fetched,
    attempt: number
  ) => Effect.Effect<DecodedRecord<A>, Undecodable | MalformedRecord | RegistryUnavailable>
}

export const makeRecordDecoder = <A>(contract: TopicContract<A>): Effect.Effect<RecordDecoder<A>, never, RecordCodec> =>
  Effect.map(RecordCodec, (codec) => {
    const decode: RecordDecoder<A>["decode"] = (fetched, attempt) => {
      const { record } = fetched
      if (record.key === null) return Effect.fail(malformed(fetched, "it has no key"))
      const headers = headerTexts(record.headers)
      const workspaceId = headers[workspaceHeader]
      if (workspaceId === undefined || workspaceId === "") {
        return Effect.fail(
          malformed(fetched, `the header ${workspaceHeader} is missing; every record names its workspace`)
        )
      }
      const incoming = (value: A | null): DecodedRecord<A> => ({
        topic: fetched.topic,
        lane: fetched.lane,
        partition: fetched.partition,
        offset: record.offset,
        timestampMs: record.timestampMs,
        fetchedAtMs: fetched.fetchedAtMs,
        key: keyText(fetched),
        value,
        workspaceId,
        headers,
        attempt
      })
      if (record.value === null) return Effect.succeed(incoming(null))
      const decoded = codec.decode(contract, record.value)
      if (Result.isSuccess(decoded)) return Effect.succeed(incoming(decoded.success))
      const failure = decoded.failure
      if (failure._tag === "Undecodable") return Effect.fail(failure)
      return Effect.flatMap(codec.learn(contract as TopicContract<unknown>, failure.schemaId), () =>
        decode(fetched, attempt)
      )
    }
    return { decode }
  })

const malformed = (fetched: Fetched, issue: string): MalformedRecord =>
  new MalformedRecord({
    topic: fetched.topic,
    issue: `${issue} (partition ${fetched.partition}, offset ${fetched.record.offset})`
  })
