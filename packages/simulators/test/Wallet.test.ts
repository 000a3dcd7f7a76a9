import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import {
  addAddress,
  confirmOnChain,
  currentAddress,
  finishLightning,
  finishOnChain,
  imbalance,
  Market,
  openAccount,
  receiveOnChain,
  requestDeposit,
  settleDeposit,
  swap,
  transferTo,
  usdImbalance,
  withdrawLightning,
  withdrawOnChain
} from "../src/index.ts"
import { marketAt, ok, refusal } from "./Market.fixture.ts"

const eq = assert.strictEqual
const account = (state: Market.MarketState, id = "alice") => Market.findAccount(state, id)!
const start = () => ok(openAccount(marketAt(60_000), { id: "bob", name: "Bob", balance: 1000 })).state
const address = "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"

it("credits a Lightning deposit when it is paid, once, and tells of it", () => {
  const asked = ok(requestDeposit(start(), "alice", { amount: 5000, comment: "rent" }))
  eq(account(asked.state).balance, 10_000_000)
  const paid = ok(settleDeposit(asked.state, asked.value.paymentRequest))
  eq(account(paid.state).balance, 10_005_000)
  assert.deepInclude(paid.events[0], { _tag: "Wallet", topic: "deposit", accountId: "alice" })
  assert.deepInclude(account(paid.state).wallet.notifications[0], { event: "deposit", isRead: false })
  eq(refusal(settleDeposit(paid.state, asked.value.id)).message, `Deposit ${asked.value.id} is paid already`)
  eq(imbalance(paid.state), 0)
})

it("pays another account's invoice inside, without routing fees; an unknown invoice outside, with them", () => {
  const asked = ok(requestDeposit(start(), "bob", { amount: 5000 }))
  const paid = ok(withdrawLightning(asked.state, "alice", asked.value.paymentRequest))
  assert.deepInclude(paid.value, { status: "processed", fee: 0, maxFees: 25 })
  assert.deepStrictEqual([account(paid.state).balance, account(paid.state, "bob").balance], [9_995_000, 6000])
  eq(refusal(withdrawLightning(paid.state, "alice", asked.value.paymentRequest)).message, "The invoice is paid already")
  const late = ok(withdrawLightning(paid.state, "bob", asked.value.paymentRequest))
  assert.deepInclude(late.value, { status: "failed", reserved: 0 })
  eq(account(late.state, "bob").balance, 6000)
  const foreign = ok(requestDeposit(marketAt(1, { seed: "elsewhere" }), "alice", { amount: 20_000 })).value
  const out = ok(withdrawLightning(late.state, "alice", foreign.paymentRequest))
  eq(account(out.state).balance, 9_995_000 - 20_000 - 20)
  eq(imbalance(out.state), 0)
  eq(refusal(withdrawLightning(out.state, "alice", "lnbc1")).message, "Send a correct BOLT 11 invoice")
  eq(refusal(withdrawLightning(out.state, "bob", foreign.paymentRequest)).status, 400)
})

it("keeps what is asked for until a waiting withdrawal is paid or has failed", () => {
  const foreign = ok(requestDeposit(marketAt(1, { seed: "elsewhere" }), "alice", { amount: 20_000 })).value
  const waits = ok(withdrawLightning(marketAt(60_000, { withdrawalsWait: true }), "alice", foreign.paymentRequest))
  assert.deepInclude(waits.value, { status: "processing", reserved: 20_100 })
  eq(account(waits.state).balance, 10_000_000 - 20_100)
  eq(imbalance(waits.state), 0)
  const failed = ok(finishLightning(waits.state, waits.value.id, "failed"))
  eq(account(failed.state).balance, 10_000_000)
  eq(refusal(finishLightning(failed.state, waits.value.id, "processed")).status, 400)
})

it("credits a payment on chain once it is confirmed", () => {
  const known = ok(currentAddress(start(), "alice"))
  eq(ok(currentAddress(known.state, "alice")).value.address, known.value.address)
  const seen = ok(receiveOnChain(known.state, known.value.address, 70_000))
  assert.deepStrictEqual([seen.value.status, account(seen.state).balance], ["MEMPOOL", 10_000_000])
  const confirmed = ok(confirmOnChain(seen.state, seen.value.id))
  const final = ok(confirmOnChain(confirmed.state, seen.value.id))
  assert.deepStrictEqual(
    [confirmed.value.status, final.value.status, account(final.state).balance],
    ["CONFIRMED", "IRREVERSIBLE", 10_070_000]
  )
  assert.notStrictEqual(ok(currentAddress(final.state, "alice")).value.address, known.value.address)
  eq(imbalance(final.state), 0)
})

it("gives out no more than five unused addresses", () => {
  let state = start()
  for (let i = 0; i < 5; i++) state = ok(addAddress(state, "alice", i % 2 === 0 ? "p2tr" : "p2wpkh")).state
  eq(refusal(addAddress(state, "alice", "p2tr")).message, "You have too many unused addresses. Please use one of them.")
})

it("pays on chain when told so, and gives back what is canceled", () => {
  eq(refusal(withdrawOnChain(start(), "alice", "nowhere", 1000)).message, "Invalid address")
  eq(refusal(withdrawOnChain(start(), "alice", address.replace("jj0", "jj1"), 1000)).message, "Invalid address")
  const asked = ok(withdrawOnChain(start(), "alice", address, 100_000))
  eq(imbalance(asked.state), 0)
  const canceled = ok(finishOnChain(asked.state, asked.value.id, "canceled"))
  eq(account(canceled.state).balance, 10_000_000)
  const under = ok(finishOnChain(asked.state, asked.value.id, "processing"))
  const paid = ok(finishOnChain(under.state, asked.value.id, "processed"))
  assert.deepInclude(paid.value, { status: "processed", fee: 500 })
  eq(account(paid.state).balance, 10_000_000 - 100_500)
  eq(imbalance(paid.state), 0)
  eq(refusal(finishOnChain(paid.state, asked.value.id, "canceled")).status, 400)
})

it("moves sats between two accounts by the other's name", () => {
  const moved = ok(transferTo(start(), "alice", "Bob", 500))
  assert.deepStrictEqual([account(moved.state).balance, account(moved.state, "bob").balance], [9_999_500, 1500])
  eq(refusal(transferTo(moved.state, "bob", "Alice", 2000)).status, 400)
  eq(refusal(transferTo(moved.state, "bob", "Nobody", 1)).status, 404)
})

it("swaps sats and dollars at bid and ask, down to whole cents and sats", () => {
  const state = marketAt(60_000, { spreadUsd: 100 })
  const sold = ok(swap(state, "alice", { inAmount: 100_001, inAsset: "BTC", outAsset: "USD" }))
  eq(sold.value.outAmount, 59.95)
  const bought = ok(swap(sold.state, "alice", { inAmount: 59.95, inAsset: "USD", outAsset: "BTC" }))
  eq(bought.value.outAmount, Math.floor((5995 / 60_050) * 1_000_000))
  assert.deepStrictEqual([imbalance(bought.state), usdImbalance(bought.state)], [0, 0])
  eq(account(bought.state).wallet.usdCents, 0)
  assert.isTrue(Result.isFailure(swap(bought.state, "alice", { inAmount: 0.01, inAsset: "USD", outAsset: "BTC" })))
  assert.isTrue(Result.isFailure(swap(state, "alice", { inAmount: 1.5, inAsset: "BTC", outAsset: "USD" })))
  assert.isTrue(Result.isFailure(swap(state, "alice", { inAmount: 1, inAsset: "BTC", outAsset: "BTC" })))
})
