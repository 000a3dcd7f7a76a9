/** Bech32 and bech32m text: what invoices and Bitcoin addresses are written in. @see BIP 173, BIP 350 */
const ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
/** Constant of the checksum: bech32, and bech32m for addresses from version 1 on. */
const CONSTANT = { bech32: 1, bech32m: 0x2bc830a3 } as const

export type Bech32Variant = keyof typeof CONSTANT

export interface Bech32 {
  readonly prefix: string
  /** Numbers of 5 bits, without the checksum. */
  readonly words: ReadonlyArray<number>
  readonly variant: Bech32Variant
}

const polymod = (values: ReadonlyArray<number>): number => {
  let sum = 1
  for (const value of values) {
    const top = sum >>> 25
    sum = ((sum & 0x1ffffff) << 5) ^ value
    for (let bit = 0; bit < 5; bit++) if ((top >>> bit) & 1) sum ^= GENERATOR[bit]!
  }
  return sum >>> 0
}

const expanded = (prefix: string): ReadonlyArray<number> => [
  ...[...prefix].map((letter) => letter.charCodeAt(0) >>> 5),
  0,
  ...[...prefix].map((letter) => letter.charCodeAt(0) & 31)
]

export const encodeBech32 = ({ prefix, words, variant }: Bech32): string => {
  const sum = polymod([...expanded(prefix), ...words, 0, 0, 0, 0, 0, 0]) ^ CONSTANT[variant]
  const checksum = [25, 20, 15, 10, 5, 0].map((shift) => (sum >>> shift) & 31)
  return `${prefix}1${[...words, ...checksum].map((word) => ALPHABET[word]).join("")}`
}

/** Undefined for a text of mixed case, with a letter that is none of its alphabet, or with a wrong checksum. */
export const decodeBech32 = (text: string): Bech32 | undefined => {
  const lower = text.toLowerCase()
  const mark = lower.lastIndexOf("1")
  if ((text !== lower && text !== text.toUpperCase()) || mark < 1 || lower.length - mark < 7) return undefined
  const prefix = lower.slice(0, mark)
  const words = [...lower.slice(mark + 1)].map((letter) => ALPHABET.indexOf(letter))
  if (words.includes(-1)) return undefined
  const sum = polymod([...expanded(prefix), ...words])
  const variant = sum === CONSTANT.bech32 ? "bech32" : sum === CONSTANT.bech32m ? "bech32m" : undefined
  return variant && { prefix, words: words.slice(0, -6), variant }
}

/** Bytes as numbers of 5 bits, the last one filled up with zeros. */
export const toWords = (bytes: Uint8Array): ReadonlyArray<number> => regrouped(bytes, 8, 5, true)

/** Numbers of 5 bits as bytes; what does not fill a byte is dropped. */
export const toBytes = (words: ReadonlyArray<number>): Uint8Array => Uint8Array.from(regrouped(words, 5, 8, false))

const regrouped = (values: Iterable<number>, from: number, to: number, fills: boolean): ReadonlyArray<number> => {
  const out: Array<number> = []
  let held = 0
  let bits = 0
  for (const value of values) {
    held = ((held << from) | value) & 0xfff
    bits += from
    while (bits >= to) {
      bits -= to
      out.push((held >>> bits) & ((1 << to) - 1))
    }
  }
  if (fills && bits > 0) out.push((held << (to - bits)) & ((1 << to) - 1))
  return out
}
