import { Context, type Effect, type Result, Schema } from "effect"
import type { ErrorKind } from "./ErrorKind.ts"
import type { TopicContract } from "./TopicContract.ts"

/** The bytes do not fit the topic's schema; no retry can help. */
export class Undecodable extends Schema.TaggedError<Undecodable>()("Undecodable", {
  topic: Schema.String,
  issue: Schema.String,
  schemaId: Schema.optionalKey(Schema.Int)
}) {
  readonly kind: ErrorKind = "permanent"
}

/** A value does not match its topic's schema, so it is not produced. A defect of the caller's data. */
export class Unencodable extends Schema.TaggedError<Unencodable>()("Unencodable", {
  topic: Schema.String,
  issue: Schema.String
}) {
  readonly kind: ErrorKind = "permanent"
}

/** The registry did not answer and the id is not cached. */
export class RegistryUnavailable extends Schema.TaggedError<RegistryUnavailable>()("RegistryUnavailable", {
  target: Schema.String,
  cause: Schema.Defect()
}) {
  readonly kind: ErrorKind = "system"

  override get message() {
    const cause = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `The schema registry at ${this.target} gave no schema id: ${cause}`
  }
}

/** Marks a schema id that the codec has not met yet: `learn` it, then decode again. */
export interface UnknownSchemaId {
  readonly _tag: "UnknownSchemaId"
  readonly schemaId: number
}

/**
 * Values to bytes and back, in the Confluent wire format: magic byte 0, four bytes schema id, JSON.
 *
 * `encode` and `decode` are plain functions for the hot path. Subjects are `<topic>-value` of the logical topic; lanes
 * share it.
 */
export class RecordCodec extends Context.Service<
  RecordCodec,
  {
    /** Fetches the schema ids of these topics (registry first, then the cache beside the data). Call before `encode`. */
    readonly prepare: (contracts: ReadonlyArray<TopicContract<unknown>>) => Effect.Effect<void, RegistryUnavailable>
    /** Learns a schema id met in a record: fails with `Undecodable` when it belongs to another subject. */
    readonly learn: (
      contract: TopicContract<unknown>,
      schemaId: number
    ) => Effect.Effect<void, RegistryUnavailable | Undecodable>
    readonly encode: <A>(contract: TopicContract<A>, value: A) => Result.Result<Uint8Array, Unencodable>
    readonly decode: <A>(
      contract: TopicContract<A>,
      bytes: Uint8Array
    ) => Result.Result<A, Undecodable | UnknownSchemaId>
  }
>()("@millrace/contracts/RecordCodec") {}
