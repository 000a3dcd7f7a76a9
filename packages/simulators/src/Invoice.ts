/** Lightning invoices as far as an exchange reads them: amount, payment hash, payee. @see BOLT 11 */
import { decodeBech32, encodeBech32, toBytes, toWords } from "./Bech32.ts"

export interface Invoice {
  readonly amountSats: number
  /** Hexadecimal. */
  readonly paymentHash: string
  /** The payee's key where the invoice names it. */
  readonly destination: string | null
}

/** Trillionths of a bitcoin in one unit of an amount's letter; without a letter it counts bitcoin. */
const TRILLIONTHS: Readonly<Record<string, bigint>> = {
  "": 1_000_000_000_000n,
  m: 1_000_000_000n,
  u: 1_000_000n,
  n: 1000n,
  p: 1n
}
const TRILLIONTHS_OF_SAT = 10_000n

const SIGNATURE_WORDS = 104
const TIMESTAMP_WORDS = 7
const PAYMENT_HASH = 1
const PAYEE = 19
const DESCRIPTION = 13

/** Reads an invoice with an amount of whole satoshis; undefined for any other text. Signatures are not checked. */
export const readInvoice = (text: string): Invoice | undefined => {
  const decoded = decodeBech32(text.trim())
  const parts = /^ln(?:bcrt|tbs|bc|tb)(\d+)([munp]?)$/u.exec(decoded?.prefix ?? "")
  if (decoded?.variant !== "bech32" || parts === null) return undefined
  const trillionths = BigInt(parts[1]!) * TRILLIONTHS[parts[2]!]!
  const fields = fieldsOf(decoded.words)
  const hash = fields.get(PAYMENT_HASH)
  const isWhole = trillionths > 0n && trillionths % TRILLIONTHS_OF_SAT === 0n
  if (!isWhole || hash?.length !== 52) return undefined
  const amountSats = Number(trillionths / TRILLIONTHS_OF_SAT)
  const payee = fields.get(PAYEE)
  return { amountSats, paymentHash: hexOf(hash), destination: payee === undefined ? null : hexOf(payee) }
}

/** The tagged fields of the data part, by their type. */
const fieldsOf = (words: ReadonlyArray<number>): ReadonlyMap<number, ReadonlyArray<number>> => {
  const fields = new Map<number, ReadonlyArray<number>>()
  const end = words.length - SIGNATURE_WORDS
  let at = TIMESTAMP_WORDS
  while (at + 3 <= end) {
    const length = words[at + 1]! * 32 + words[at + 2]!
    if (at + 3 + length > end) break
    fields.set(words[at]!, words.slice(at + 3, at + 3 + length))
    at += 3 + length
  }
  return fields
}

const hexOf = (words: ReadonlyArray<number>): string => Buffer.from(toBytes(words)).toString("hex")

/** An invoice of the local exchange: readable by every wallet's parser, signed by nobody. */
export const writeInvoice = (invoice: {
  readonly amountSats: number
  readonly paymentHash: string
  readonly description: string
  readonly timeMs: number
}): string => {
  const seconds = Math.max(0, Math.floor(invoice.timeMs / 1000))
  const timestamp = [6, 5, 4, 3, 2, 1, 0].map((place) => Math.floor(seconds / 32 ** place) % 32)
  const words = [
    ...timestamp,
    ...field(PAYMENT_HASH, Buffer.from(invoice.paymentHash, "hex")),
    ...field(DESCRIPTION, Buffer.from(invoice.description.slice(0, 200))),
    ...new Array<number>(SIGNATURE_WORDS).fill(0)
  ]
  return encodeBech32({ prefix: `lntbs${BigInt(invoice.amountSats) * 10n}n`, words, variant: "bech32" })
}

const field = (type: number, bytes: Uint8Array): ReadonlyArray<number> => {
  const words = toWords(bytes)
  return [type, Math.floor(words.length / 32), words.length % 32, ...words]
}
