import { Schema } from "effect"

/** Changes to bytes, which a property test makes up and takes back one by one when it fails. */
export const Mangling = Schema.Array(
  Schema.Struct({
    how: Schema.Literals(["byte", "int16", "int32", "varint", "cut", "insert", "double"]),
    at: Schema.Natural,
    by: Schema.Int
  })
)

const extremes = [0, 1, -1, 0x7f, 0x80, -0x8000, 0x7fff, 0x7fff_ffff, -0x8000_0000, -12, -6, 61]

/** The bytes with these changes; most are small, or of the kind that lengths and counts are known to break at. */
export const mangled = (bytes: Buffer, changes: typeof Mangling.Type): Buffer => {
  let result = Buffer.from(bytes)
  for (const { at, by, how } of changes) {
    const place = result.length === 0 ? 0 : at % result.length
    const value = extremes[Math.abs(by) % (extremes.length * 2)] ?? by % 0x7fff_ffff
    if (how === "cut") result = Buffer.from(result.subarray(0, place))
    else if (how === "double") result = Buffer.concat([result, result.subarray(place)])
    else if (how === "insert")
      result = Buffer.concat([result.subarray(0, place), Buffer.alloc(Math.abs(by) % 9, by), result.subarray(place)])
    else if (how === "byte" && place < result.length) result[place] = value & 0xff
    else if (how === "varint") result.fill(value & 1 ? 0xff : 0x80, place, Math.min(place + 9, result.length))
    else if (how === "int16" && place + 2 <= result.length) result.writeInt16BE((value << 16) >> 16, place)
    else if (how === "int32" && place + 4 <= result.length) result.writeInt32BE(value | 0, place)
  }
  return result.subarray(0, 100_000)
}
