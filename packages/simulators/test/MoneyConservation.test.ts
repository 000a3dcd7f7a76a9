/**
 * Random histories of everything an account can do and a market can bring. What must hold after each step: every satoshi
 * and every synthetic cent is accounted for, nobody owes the exchange, and nothing is held that has no owner.
 */
import { assert, it } from "@effect/vitest"
import { HashMap, Result } from "effect"
import { tradesOf } from "../src/IsolatedTrades.ts"
import * as Sim from "../src/index.ts"
import { seededRandom } from "../src/SeededRandom.ts"
import { marketAt, ok } from "./Market.fixture.ts"

type State = Sim.Market.MarketState
type Outcome = Sim.Market.Outcome<unknown>

/** One thing that happens, to whom, and two numbers from 0 to 1 that say how. */
interface StepInput {
  readonly who: string
  readonly a: number
  readonly b: number
}

const start = (plRounding: "nearest" | "down"): State =>
  ["bob", "carol"].reduce(
    (state, id) => ok(Sim.openAccount(state, { id, name: id, balance: 3_000_000 })).state,
    marketAt(60_000, { spreadUsd: 10, withdrawalsWait: true, plRounding })
  )

const pick = <A>(list: ReadonlyArray<A>, share: number): A | undefined => list[Math.floor(share * list.length)]
const side = (share: number) => (share < 0.5 ? "buy" : "sell")
const sats = (share: number): number => Math.floor(share * 1_500_000)
const priceNear = (state: State, share: number): number => Math.max(1, Math.round(state.price! * (0.9 + share * 0.2)))
const idOf = (state: State, { who, a }: StepInput): string =>
  pick([...tradesOf(state, who, "running"), ...tradesOf(state, who, "open"), ...tradesOf(state, who, "closed")], a)
    ?.id ?? "none"
const wallet = (state: State, who: string) => Sim.Market.findAccount(state, who)!.wallet
const plain = (step: { readonly state: State }): Outcome => Result.succeed({ ...step, events: [], value: undefined })

/** What can happen, each as a command on the state. */
const happenings: ReadonlyArray<(state: State, step: StepInput) => Outcome> = [
  (state, { a }) => plain(Sim.applyTick(state, { price: priceNear(state, a), timeMs: state.timeMs + 60_000 })),
  (state, { a }) => plain(Sim.applyTick(state, { price: priceNear(state, a), timeMs: state.timeMs + 40_000_000 })),
  (state, { a }) => plain(Sim.settleFunding(state, (a - 0.5) / 50)),
  (state, { a }) => plain({ state: { ...state, settings: { ...state.settings, spreadUsd: a * 200 } } }),
  (state, { who, a, b }) =>
    Sim.newTrade(state, who, {
      type: "market",
      side: side(b),
      leverage: 1 + a * 99,
      quantity: 1 + Math.floor(b * 3000)
    }),
  (state, { who, a, b }) =>
    Sim.newTrade(state, who, { type: "market", side: side(a), leverage: 1 + b * 20, margin: sats(b) }),
  (state, { who, a, b }) =>
    Sim.newTrade(state, who, { type: "limit", side: side(b), price: priceNear(state, a), leverage: 5, quantity: 500 }),
  (state, step) => Sim.closeTrade(state, step.who, idOf(state, step)),
  (state, step) => Sim.cancelTrade(state, step.who, idOf(state, step)),
  (state, { who }) => Sim.cancelAllTrades(state, who),
  (state, step) => Sim.addMargin(state, step.who, idOf(state, step), sats(step.b)),
  (state, step) => Sim.cashIn(state, step.who, idOf(state, step), sats(step.b)),
  (state, step) => Sim.setStopLoss(state, step.who, idOf(state, step), priceNear(state, step.b)),
  (state, step) => Sim.setTrailingStop(state, step.who, idOf(state, step), 0.001 + step.b * 9),
  (state, step) => Sim.setTakeProfit(state, step.who, idOf(state, step), priceNear(state, step.b)),
  (state, { who, a }) => Sim.moveCrossMargin(state, who, sats(a)),
  (state, { who, a }) => Sim.moveCrossMargin(state, who, -1 - sats(a)),
  (state, { who, a }) => Sim.setCrossLeverage(state, who, 1 + Math.floor(a * 99)),
  (state, { who, a, b }) =>
    Sim.newCrossOrder(state, who, { type: "market", side: side(a), quantity: 1 + Math.floor(b * 5000) }),
  (state, { who, a, b }) =>
    Sim.newCrossOrder(state, who, { type: "limit", side: side(a), quantity: 200, price: priceNear(state, b) }),
  (state, { who }) => Sim.cancelAllCrossOrders(state, who),
  (state, { who }) => Sim.closeCrossPosition(state, who),
  (state, { who, a }) => Sim.requestDeposit(state, who, { amount: sats(a) }),
  (state, { who, a }) => Sim.settleDeposit(state, pick(wallet(state, who).lightningDeposits, a)?.id ?? "none"),
  (state, { who, a, b }) => {
    const owner = pick(["alice", "bob", "carol"], b)!
    return Sim.withdrawLightning(state, who, pick(wallet(state, owner).lightningDeposits, a)?.paymentRequest ?? "none")
  },
  (state, { who, a, b }) =>
    Sim.finishLightning(
      state,
      pick(wallet(state, who).lightningWithdrawals, a)?.id ?? "none",
      b < 0.7 ? "processed" : "failed"
    ),
  (state, { who }) => Sim.currentAddress(state, who),
  (state, { who, a, b }) =>
    Sim.receiveOnChain(state, pick(wallet(state, who).addresses, a)?.address ?? "none", sats(b)),
  (state, { who, a }) => Sim.confirmOnChain(state, pick(wallet(state, who).onChainDeposits, a)?.id ?? "none"),
  (state, { who, a }) =>
    Sim.withdrawOnChain(state, who, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", sats(a)),
  (state, { who, a, b }) =>
    Sim.finishOnChain(
      state,
      pick(wallet(state, who).onChainWithdrawals, a)?.id ?? "none",
      pick(["processing", "processed", "canceled", "rejected"] as const, b) ?? "processed"
    ),
  (state, { who, a, b }) => Sim.transferTo(state, who, pick(["Alice", "bob", "carol"], b)!, sats(a)),
  (state, { who, a }) => Sim.swap(state, who, { inAmount: sats(a), inAsset: "BTC", outAsset: "USD" }),
  (state, { who, a }) =>
    Sim.swap(state, who, { inAmount: Math.floor(a * 100_000) / 100, inAsset: "USD", outAsset: "BTC" })
]

const check = (state: State, after: string): void => {
  assert.deepStrictEqual([Sim.imbalance(state), Sim.usdImbalance(state)], [0, 0], after)
  for (const { balance, cross, wallet: held } of HashMap.values(state.accounts)) {
    for (const amount of [balance, cross.margin, held.usdCents]) assert.isAtLeast(amount, 0, after)
    assert.isTrue(Number.isSafeInteger(balance), after)
  }
  for (const trade of HashMap.values(state.live)) assert.isAtLeast(trade.margin, 1, after)
}

const SEEDS = 60
const STEPS = 250

/**
 * @guarantee protection: The local exchange makes and loses no money
 * @how every satoshi and synthetic cent has an owner after each step of random histories of all commands, payments, funding and ticks
 */
it("makes or loses no satoshi and no cent in 60 histories, which have everything in them", () => {
  const counts = new Array<number>(happenings.length).fill(0)
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = seededRandom(seed)
    let state = start(seed % 2 === 0 ? "down" : "nearest")
    for (let step = 0; step < STEPS; step++) {
      const index = Math.floor(random() * happenings.length)
      const who = pick(["alice", "bob", "carol"], random())!
      const outcome = happenings[index]!(state, { who, a: random(), b: random() })
      if (Result.isFailure(outcome)) continue
      counts[index] = counts[index]! + 1
      state = outcome.success.state
      check(state, `seed ${seed}, step ${step}, happening ${index}`)
    }
  }
  const rare = counts.flatMap((count, index) => (count < 10 ? [`${count} times ${happenings[index]}`] : []))
  assert.deepStrictEqual(rare, [])
})
