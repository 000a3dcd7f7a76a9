/**
 * Reads Kafka's wire types from a buffer, in order.
 *
 * 64-bit values come as numbers: offsets, times and producer ids lie below 2^53. Fixed-size reads beyond the end throw a
 * `RangeError`; varints there give `NaN` or garbage, so whoever reads them compares `at` with the end afterwards.
 */
export class ByteReader {
  readonly buffer: Buffer
  at: number

  constructor(buffer: Buffer, at = 0) {
    this.buffer = buffer
    this.at = at
  }

  get left(): number {
    return this.buffer.length - this.at
  }

  int8(): number {
    const value = this.buffer.readInt8(this.at)
    this.at += 1
    return value
  }

  int16(): number {
    const value = this.buffer.readInt16BE(this.at)
    this.at += 2
    return value
  }

  int32(): number {
    const value = this.buffer.readInt32BE(this.at)
    this.at += 4
    return value
  }

  int64(): number {
    const value = this.buffer.readInt32BE(this.at) * 0x1_0000_0000 + this.buffer.readUInt32BE(this.at + 4)
    this.at += 8
    return value
  }

  /** How many elements follow; throws for more than could lie in what is left, so that no loop outlasts the bytes. */
  count(bytesEach: number): number {
    const count = this.int32()
    if (count * bytesEach > this.left) throw new RangeError(`${count} elements can't lie in ${this.left} bytes`)
    return count
  }

  string(): string {
    const length = this.int16()
    if (length < 0) return ""
    const value = this.buffer.toString("utf8", this.at, this.at + length)
    this.at += length
    return value
  }

  /** Zigzag-coded, at most 64 bits; exact below 2^53. */
  varint(): number {
    let byte = this.buffer[this.at++]!
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 0x7f
    let factor = 0x80
    do {
      byte = this.buffer[this.at++]!
      value += (byte & 0x7f) * factor
      factor *= 0x80
    } while (byte >= 0x80)
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** A view of the buffer, not a copy; `null` when its length is −1. */
  varintBytes(): Buffer | null {
    const length = this.varint()
    if (length < 0) return null
    this.at += length
    return this.buffer.subarray(this.at - length, this.at)
  }

  bytes(length: number): Buffer {
    if (length > this.left) throw new RangeError(`${length} bytes can't lie in ${this.left}`)
    this.at += length
    return this.buffer.subarray(this.at - length, this.at)
  }
}
