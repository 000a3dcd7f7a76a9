import {
  RecordCodec,
  type RegistryUnavailable,
  type TopicContract,
  Undecodable,
  type UnknownSchemaId
} from "@millrace/contracts"
import type { ConsumedRecord } from "@millrace/kafka"
import { Effect, Result } from "effect"
import { headerText, headerTexts, textOf, workspaceHeader } from "./Headers.ts"
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

/** The text of a record's key; a record without one has no order with others. */
export const keyText = (fetched: Pick<Fetched, "topic" | "partition" | "record">): string =>
  fetched.record.key === null
    ? `\u0000${fetched.topic}/${fetched.partition}/${fetched.record.offset}`
    : textOf(fetched.record.key)

/** Checks and decodes records of one contract. */
export interface RecordDecoder<A> {
  /** Immediate; an unknown schema id is for `decode` to learn. */
  readonly decodeNow: (
    fetched: Fetched,
    key: string,
    attempt: number
  ) => Result.Result<DecodedRecord<A>, Undecodable | MalformedRecord | UnknownSchemaId>
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
    // A driver gives records with equal headers the same object, one behind the other.
    let known: { readonly headers: ConsumedRecord["headers"]; readonly workspaceId: string | undefined } = {
      headers: {},
      workspaceId: undefined
    }
    const decodeNow: RecordDecoder<A>["decodeNow"] = (fetched, key, attempt) => {
      const { record } = fetched
      if (record.key === null) return Result.fail(malformed(fetched, "it has no key"))
      if (record.headers !== known.headers) {
        known = { headers: record.headers, workspaceId: headerText(record.headers, workspaceHeader) }
      }
      const { workspaceId } = known
      if (workspaceId === undefined || workspaceId === "") {
        return Result.fail(
          malformed(fetched, `the header ${workspaceHeader} is missing; every record names its workspace`)
        )
      }
      if (record.value === null) return Result.succeed(new DecodedIncoming(fetched, key, null, workspaceId, attempt))
      const decoded = codec.decode(contract, record.value)
      return Result.isSuccess(decoded)
        ? Result.succeed(new DecodedIncoming(fetched, key, decoded.success, workspaceId, attempt))
        : Result.fail(decoded.failure)
    }
    const decode: RecordDecoder<A>["decode"] = (fetched, attempt) => {
      const decoded = decodeNow(fetched, keyText(fetched), attempt)
      if (Result.isSuccess(decoded)) return Effect.succeed(decoded.success)
      const { failure } = decoded
      if (failure._tag !== "UnknownSchemaId") return Effect.fail(failure)
      return Effect.flatMap(codec.learn(contract as TopicContract<unknown>, failure.schemaId), () => {
        const again = decodeNow(fetched, keyText(fetched), attempt)
        if (Result.isSuccess(again)) return Effect.succeed(again.success)
        return again.failure._tag === "UnknownSchemaId"
          ? Effect.fail(new Undecodable({ topic: contract.name, issue: "its schema id stays unknown" }))
          : Effect.fail(again.failure)
      })
    }
    return { decodeNow, decode }
  })

/** A decoded record; its headers become text only when somebody asks, as most handlers never do. */
class DecodedIncoming<A> implements Incoming<A> {
  readonly topic: string
  readonly lane: string
  readonly partition: number
  readonly offset: number
  readonly timestampMs: number
  readonly fetchedAtMs: number
  readonly key: string
  readonly value: A
  readonly workspaceId: string
  readonly attempt: number
  private readonly raw: ConsumedRecord["headers"]
  private texts: Readonly<Record<string, string>> | undefined

  constructor(fetched: Fetched, key: string, value: A, workspaceId: string, attempt: number) {
    const { record } = fetched
    this.topic = fetched.topic
    this.lane = fetched.lane
    this.partition = fetched.partition
    this.offset = record.offset
    this.timestampMs = record.timestampMs
    this.fetchedAtMs = fetched.fetchedAtMs
    this.key = key
    this.value = value
    this.workspaceId = workspaceId
    this.attempt = attempt
    this.raw = record.headers
    this.texts = undefined
  }

  get headers(): Readonly<Record<string, string>> {
    this.texts ??= headerTexts(this.raw)
    return this.texts
  }
}

const malformed = (fetched: Fetched, issue: string): MalformedRecord =>
  new MalformedRecord({
    topic: fetched.topic,
    issue: `${issue} (partition ${fetched.partition}, offset ${fetched.record.offset})`
  })
