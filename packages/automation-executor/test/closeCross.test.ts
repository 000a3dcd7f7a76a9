/** A close of the cross position whose reply was lost: which order at the exchange is it? */
import { assert, it } from "@effect/vitest"
import type { ExchangeCrossOrder, ExchangeCrossPosition } from "@millrace/exchange"
import { closeCross } from "../src/crossActions.ts"

const order = (orderId: string, changes: Partial<ExchangeCrossOrder> = {}): ExchangeCrossOrder => ({
  orderId,
  side: "sell",
  quantityUsd: 700,
  priceUsd: 60_000,
  type: "market",
  status: "filled",
  createdAtMs: 10,
  filledAtMs: 10,
  clientId: undefined,
  ...changes
})

const flat: ExchangeCrossPosition = {
  exchangeId: "cross",
  side: "buy",
  quantityUsd: 0,
  entryPriceUsd: undefined,
  liquidationPriceUsd: undefined,
  marginSats: 1,
  runningMarginSats: 0,
  initialMarginSats: 0,
  pnlSats: 0,
  maintenanceMarginSats: 0,
  leverage: 5,
  updatedAtMs: 10
}

/** Of a long position of 700 USD. */
const judged = (
  orders: ReadonlyArray<ExchangeCrossOrder>,
  { position = flat, known = [] }: { position?: ExchangeCrossPosition; known?: ReadonlyArray<string> } = {}
) => {
  const facts = { marketTimeMs: 1, before: { side: "buy", quantityUsd: 700 } } as const
  const judgement = closeCross.judge({}, { position, orders }, facts, known)
  return judgement._tag === "Applied" ? judgement.effect.effectId : judgement._tag
}

it("knows it by side and quantity, unless two orders have them or it is another intent's", () => {
  const late = order("later", { side: "buy", filledAtMs: 90, quantityUsd: 5 })
  assert.strictEqual(judged([order("ours"), late]), "ours")
  assert.strictEqual(judged([order("one"), order("two")]), "Ambiguous")
  assert.strictEqual(judged([order("one"), order("two")], { known: ["one"] }), "two")
  assert.strictEqual(judged([order("one")], { known: ["one"] }), "Void")
})

it("knows it as the last order carried out, where the quantity had changed right before", () => {
  const grown = [
    order("entry", { side: "buy", quantityUsd: 50, filledAtMs: 20 }),
    order("ours", { quantityUsd: 750, filledAtMs: 30 })
  ]
  assert.strictEqual(judged(grown), "ours")
  assert.strictEqual(judged(grown.toReversed()), "ours")
  assert.strictEqual(judged(grown, { known: ["ours"] }), "Void", "another intent's")
  assert.strictEqual(judged(grown, { position: { ...flat, quantityUsd: 20 } }), "NotYet", "a position is left")
  assert.strictEqual(judged([...grown, order("other", { side: "buy", filledAtMs: 40 })]), "Void", "not the last one")
  assert.strictEqual(judged([order("limit", { quantityUsd: 750, filledAtMs: undefined, status: "open" })]), "Void")
  const liquidated = order("gone", { quantityUsd: 750, type: "liquidation" })
  assert.strictEqual(judged([liquidated]), "Void")
})
