import type { RunScenario } from "@millrace/testkit"
import type { ExpectedCommand, Tick } from "./recompute.ts"

const leverage = 2
const quantity = 100
const stopLossPercent = -4
const takeProfitPercent = 6
const entryShare = 0.97

const account = (id: string) => ({ id, name: id, balance: 10_000_000 })
const entry = { kind: "auto_entry" as const, quantity, leverage }

/** A take profit, a stop loss, an entry that a fall reaches and one that nothing reaches, each on an account of its own. */
export const everyKind = (firstPrice: number): RunScenario => ({
  accounts: ["winner", "loser", "buyer", "waiter"].map(account),
  positions: [
    { id: "winner-short", account: "winner", side: "sell", quantity, leverage },
    { id: "loser-long", account: "loser", side: "buy", quantity, leverage }
  ],
  rules: [
    {
      ...{ id: "winner-profit", account: "winner", kind: "tp_sl", action: "close_tp" },
      trigger_pnl_percentage: takeProfitPercent
    },
    {
      ...{ id: "loser-stop", account: "loser", kind: "tp_sl", action: "close_sl", position: "loser-long" },
      trigger_pnl_percentage: stopLossPercent
    },
    { ...entry, id: "buyer-entry", account: "buyer", side: "b", trigger_price: firstPrice * entryShare },
    { ...entry, id: "waiter-entry", account: "waiter", side: "s", trigger_price: firstPrice * 10 }
  ]
})

/** What they must decide, by a loop over the prices: P&L in percent of the margin is sign · leverage · 100 · (1 − P/X). */
export const expectedOfEveryKind = (ticks: ReadonlyArray<Tick>): ReadonlyArray<ExpectedCommand> => {
  const first = ticks[0]!.price
  const percentOf = (sign: 1 | -1, price: number): number => sign * leverage * 100 * (1 - first / price)
  const once = (rule: string, position: string, action: string, holds: (price: number) => boolean) =>
    ticks
      .filter(({ price }) => holds(price))
      .slice(0, 1)
      .map(
        ({ price, timeMs }): ExpectedCommand => ({
          ...{ rule, position, action, decidedAtMs: timeMs, decidedPrice: price, status: "completed", reason: "done" }
        })
      )
  return [
    ...once("winner-profit", "winner-short", "close_position", (price) => percentOf(-1, price) >= takeProfitPercent),
    ...once("loser-stop", "loser-long", "close_position", (price) => percentOf(1, price) <= stopLossPercent),
    ...once("buyer-entry", "buyer-entry/1", "open_position", (price) => price <= first * entryShare)
  ]
}
