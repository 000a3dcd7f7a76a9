// Foreign boundary: tells of bytes that lie by throwing, as the decoder does that calls it.
import type { ByteReader } from "./ByteReader.ts"
import type { ConsumedRecord } from "./KafkaClient.ts"

type Headers = ConsumedRecord["headers"]

const none: Headers = {}
const leastHeaderBytes = 2

/**
 * Reads the headers of the records of one batch.
 *
 * Neighbours mostly have the very same headers, or the same names: records whose headers are the same bytes share one
 * object, and a name that stands at the same place as before is not made into text again.
 */
export class RecordHeaders {
  private readonly body: Buffer
  /** Where the headers of the record before lie. */
  private from = 0
  private to = 0
  private last: Headers = none
  private readonly names: Array<{ readonly bytes: Buffer; readonly text: string }> = []

  constructor(body: Buffer) {
    this.body = body
  }

  /** Reads the headers that lie from the reader's place to `end`, the end of the record. */
  read(reader: ByteReader, end: number): Headers {
    if (this.sameAsBefore(reader.at, end)) return this.last
    this.from = reader.at
    this.to = end
    this.last = this.parse(reader, end)
    return this.last
  }

  private sameAsBefore(from: number, to: number): boolean {
    const length = to - from
    if (length !== this.to - this.from) return false
    const { body } = this
    // From the end: values, which differ, come behind their names.
    for (let at = length - 1; at >= 0; at -= 1) if (body[from + at] !== body[this.from + at]) return false
    return true
  }

  private parse(reader: ByteReader, end: number): Headers {
    const count = reader.varint()
    if (count <= 0) return none
    if (!(count * leastHeaderBytes <= end - reader.at))
      throw new Error(`${count} headers do not lie within their record`)
    const headers: Record<string, Uint8Array> = {}
    for (let index = 0; index < count; index += 1) {
      const name = this.nameAt(index, reader.varintBytes())
      const value = reader.varintBytes() ?? new Uint8Array(0)
      if (name === "__proto__")
        Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true })
      else headers[name] = value
    }
    return headers
  }

  private nameAt(index: number, bytes: Buffer | null): string {
    if (bytes === null) return ""
    const before = this.names[index]
    if (before !== undefined && sameBytes(before.bytes, bytes)) return before.text
    const text = bytes.toString("utf8")
    this.names[index] = { bytes, text }
    return text
  }
}

const sameBytes = (one: Buffer, other: Buffer): boolean => {
  if (one.length !== other.length) return false
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false
  return true
}
