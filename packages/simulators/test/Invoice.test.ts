import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { decodeBech32, encodeBech32, toBytes, toWords } from "../src/Bech32.ts"
import { readInvoice, writeInvoice } from "../src/Invoice.ts"

const spec =
  "lnbc2500u1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpuaztrnwngzn3kdzw5hydlzf03qdgm2hdq27cqv3agm2awhz5se903vruatfhq77w3ls4evs3ch9zw97j25emudupq63nyw24cg27h2rspfj9srp"

it("reads the specification's example", () => {
  const hash = "0001020304050607080900010203040506070809000102030405060708090102"
  assert.deepStrictEqual(readInvoice(spec), { amountSats: 250_000, paymentHash: hash, destination: null })
  assert.deepStrictEqual(readInvoice(spec.toUpperCase()), readInvoice(spec))
})

it("refuses what is no invoice with an amount of whole satoshis", () => {
  const decoded = decodeBech32(spec)!
  const withPrefix = (prefix: string) => encodeBech32({ ...decoded, prefix })
  for (const text of [
    "",
    "lnbc",
    spec.replace("q5", "q6"),
    withPrefix("lnbc"),
    withPrefix("lnbc1p"),
    withPrefix("bc9u")
  ])
    assert.isUndefined(readInvoice(text), text)
  assert.strictEqual(readInvoice(withPrefix("lnbcrt30n"))?.amountSats, 3)
})

it("knows the checksums of addresses", () => {
  const variantOf = (text: string) => decodeBech32(text)?.variant
  assert.strictEqual(variantOf("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"), "bech32")
  assert.strictEqual(variantOf("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"), "bech32m")
  assert.isUndefined(variantOf("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"))
  assert.isUndefined(variantOf("bc1Qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"))
})

const Amount = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2_100_000_000_000_000 }))
const Hash = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/u))

it.effect.prop("reads what it writes", { amountSats: Amount, paymentHash: Hash, timeMs: Amount }, (invoice) =>
  Effect.sync(() => {
    const text = writeInvoice({ ...invoice, timeMs: invoice.timeMs % 30_000_000_000_000, description: "Café" })
    assert.deepInclude(readInvoice(text), { amountSats: invoice.amountSats, paymentHash: invoice.paymentHash })
    const bytes = Buffer.from(invoice.paymentHash, "hex")
    assert.deepStrictEqual([...toBytes(toWords(bytes))], [...bytes])
  })
)
