import type { RecordCodec, TopicContract } from "@millrace/contracts"
import { Effect, Option, Result, Schema } from "effect"
import type { HistoryUnreadable } from "./HistoryError.ts"
import { unreadable } from "./Section.ts"

/** A record's value as far as it can be read. */
export type ReadValue =
  | { readonly _tag: "Decoded"; readonly value: unknown }
  /** The bytes do not match the schema, or there is none; `json` where they are JSON all the same. */
  | { readonly _tag: "Undecodable"; readonly issue: string; readonly bytes: number; readonly json?: unknown }
  | { readonly _tag: "Tombstone" }

const parseJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))
/** Magic byte and schema id before a value's JSON. */
const wireHeaderBytes = 5

/** JSON within bytes that the schema does not read; undefined where there is none. */
export const jsonWithin = (bytes: Uint8Array): unknown =>
  [bytes, bytes.subarray(wireHeaderBytes)]
    .map((part) => Option.getOrUndefined(parseJson(new TextDecoder().decode(part))))
    .find((found) => found !== undefined)

/** Reads a value by its topic's schema. Fails with `HistoryUnreadable` while the registry does not answer. */
export const readValue = (
  codec: RecordCodec["Service"],
  contract: TopicContract<unknown> | undefined,
  bytes: Uint8Array | null
): Effect.Effect<ReadValue, HistoryUnreadable> => {
  if (bytes === null) return Effect.succeed({ _tag: "Tombstone" })
  if (contract === undefined) return Effect.succeed(undecodable("this version has no schema for the topic", bytes))
  const decoded = codec.decode(contract, bytes)
  if (Result.isSuccess(decoded)) return Effect.succeed({ _tag: "Decoded", value: decoded.success })
  if (decoded.failure._tag === "Undecodable") return Effect.succeed(undecodable(decoded.failure.issue, bytes))
  return codec.learn(contract, decoded.failure.schemaId).pipe(
    Effect.map((): ReadValue => {
      const again = codec.decode(contract, bytes)
      if (Result.isSuccess(again)) return { _tag: "Decoded", value: again.success }
      return undecodable(again.failure._tag === "Undecodable" ? again.failure.issue : "its schema is not known", bytes)
    }),
    Effect.catchTag("Undecodable", ({ issue }) => Effect.succeed(undecodable(issue, bytes))),
    Effect.mapError(unreadable(contract.name))
  )
}

const undecodable = (issue: string, bytes: Uint8Array): ReadValue => {
  const json = jsonWithin(bytes)
  return { _tag: "Undecodable", issue, bytes: bytes.length, ...(json === undefined ? {} : { json }) }
}
