/**
 * The Confluent wire format: magic byte 0, schema id as four bytes (big endian), then the value as JSON in UTF-8.
 *
 * @see https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
 */
export const magicByte = 0
export const frameBytes = 5

/** Returns the bytes of a record's value. */
export const frame = (schemaId: number, json: string): Uint8Array => {
  const length = Buffer.byteLength(json, "utf8")
  const bytes = Buffer.allocUnsafe(frameBytes + length)
  bytes[0] = magicByte
  bytes.writeUInt32BE(schemaId, 1)
  bytes.write(json, frameBytes, length, "utf8")
  return bytes
}

/** Returns the schema id of a framed value, or -1 for bytes that are not framed. */
export const schemaIdOf = (bytes: Uint8Array): number =>
  bytes.length < frameBytes || bytes[0] !== magicByte
    ? -1
    : ((bytes[1]! << 24) | (bytes[2]! << 16) | (bytes[3]! << 8) | bytes[4]!) >>> 0

/** Refuses broken UTF-8 instead of replacing it, and keeps a byte order mark, which is not JSON. */
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** What a lenient decoder puts in the place of bytes that are not UTF-8; a text may also hold it rightly. */
const replacement = "\uFFFD"

/**
 * Returns the JSON text of a framed value. Throws a `TypeError` on bytes that are not UTF-8.
 *
 * A buffer's own decoder takes two thirds of the strict one's time, and shows by a replacement character where the strict
 * one has to decide.
 */
export const jsonOf = (bytes: Uint8Array): string => {
  if (Buffer.isBuffer(bytes)) {
    const text = bytes.toString("utf8", frameBytes)
    if (!text.includes(replacement)) return text
  }
  return strictUtf8.decode(bytes.subarray(frameBytes))
}
