/** Writes Kafka's wire types into a buffer that grows. */
export class ByteWriter {
  private buffer: Buffer
  private at = 0

  constructor(capacity = 1024) {
    this.buffer = Buffer.allocUnsafe(capacity)
  }

  get length(): number {
    return this.at
  }

  /** What has been written; a view, valid until more is written. */
  get written(): Buffer {
    return this.buffer.subarray(0, this.at)
  }

  int8(value: number): this {
    this.reserve(1)
    this.at = this.buffer.writeInt8(value, this.at)
    return this
  }

  int16(value: number): this {
    this.reserve(2)
    this.at = this.buffer.writeInt16BE(value, this.at)
    return this
  }

  int32(value: number): this {
    this.reserve(4)
    this.at = this.buffer.writeInt32BE(value, this.at)
    return this
  }

  /** Exact between −2^53 and 2^53. */
  int64(value: number): this {
    this.reserve(8)
    this.buffer.writeInt32BE(Math.floor(value / 0x1_0000_0000), this.at)
    this.at = this.buffer.writeUInt32BE(value >>> 0, this.at + 4)
    return this
  }

  int32At(place: number, value: number): this {
    this.buffer.writeInt32BE(value | 0, place)
    return this
  }

  string(value: string | null): this {
    if (value === null) return this.int16(-1)
    const length = Buffer.byteLength(value, "utf8")
    this.int16(length).reserve(length)
    this.at += this.buffer.write(value, this.at, "utf8")
    return this
  }

  /** Zigzag-coded 32-bit integer. */
  varint(value: number): this {
    this.reserve(5)
    let rest = ((value << 1) ^ (value >> 31)) >>> 0
    while (rest > 0x7f) {
      this.buffer[this.at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.buffer[this.at++] = rest
    return this
  }

  bytes(value: Uint8Array): this {
    this.reserve(value.length)
    this.buffer.set(value, this.at)
    this.at += value.length
    return this
  }

  varintBytes(value: Uint8Array | null): this {
    return value === null ? this.varint(-1) : this.varint(value.length).bytes(value)
  }

  private reserve(more: number): void {
    if (this.at + more <= this.buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.at + more))
    this.buffer.copy(grown, 0, 0, this.at)
    this.buffer = grown
  }
}

/** Bytes that `varint` writes for the value. */
export const varintSize = (value: number): number => {
  const coded = ((value << 1) ^ (value >> 31)) >>> 0
  return coded < 0x80 ? 1 : coded < 0x4000 ? 2 : coded < 0x20_0000 ? 3 : coded < 0x1000_0000 ? 4 : 5
}
