import type { RawValue } from "@millrace/api"
import { hideInText, hideSecrets } from "@millrace/telemetry"
import { Option, Schema } from "effect"

const parseJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))
/** Magic byte and schema id before a value's JSON. */
const wireHeaderBytes = 5
const mostCharacters = 65_536

/** The JSON of a value's bytes, whether or not they are in the Confluent wire format; undefined: they are no JSON. */
export const jsonOf = (bytes: Uint8Array): unknown =>
  [bytes, bytes.subarray(wireHeaderBytes)]
    .map((part) => Option.getOrUndefined(parseJson(new TextDecoder().decode(part))))
    .find((found) => found !== undefined)

const schemaIdOf = (bytes: Uint8Array): number | undefined =>
  bytes.length >= wireHeaderBytes && bytes[0] === 0
    ? new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1)
    : undefined

/** Bytes as they are shown: what is named like a secret is hidden, signs that nobody can read are dots. */
export const rawValue = (bytes: Uint8Array): RawValue => {
  const schemaId = schemaIdOf(bytes)
  const json = jsonOf(bytes)
  const text =
    json === undefined
      ? hideInText(new TextDecoder().decode(bytes).replaceAll(/[^\P{C}\n\t]/gu, "·"))
      : JSON.stringify(hideSecrets(json))
  return {
    bytes: bytes.length,
    ...(schemaId === undefined ? {} : { schemaId }),
    text: text.slice(0, mostCharacters),
    cut: text.length > mostCharacters
  }
}
