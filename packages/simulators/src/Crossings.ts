/**
 * The simulator's own evaluation of the guards: which threshold is crossed at which tick, whatever the pipeline decides.
 *
 * A pair crosses when its metric is at or beyond the threshold on a tick and was not on the tick before, or its trade was
 * changed (margin added) since it crossed. Positions are those open before the tick takes effect.
 */
import { HashMap } from "effect"
import type { GuardRule } from "./GuardRule.ts"
import type { MarketState, Trade } from "./MarketState.ts"
import * as Maths from "./Maths.ts"
import type { Tick } from "./Tick.ts"

export interface Crossing {
  readonly rule: string
  readonly account: string
  readonly action: GuardRule["action"]
  readonly tradeId: string
  readonly atMs: number
  readonly price: number
  readonly marginLoss: number
}

interface Pair {
  readonly rule: GuardRule
  readonly trade: Trade
  /** Margin at the crossing; undefined while below the threshold. */
  beyondWith: number | undefined
}

export interface Crossings {
  readonly setRules: (rules: ReadonlyArray<GuardRule>) => void
  readonly rules: () => ReadonlyArray<GuardRule>
  /** Evaluates a tick against the state before it; gives the crossings it brings. */
  readonly evaluate: (before: MarketState, tick: Tick) => ReadonlyArray<Crossing>
}

const none: ReadonlyArray<Crossing> = []

export const makeCrossings = (): Crossings => {
  let rules: ReadonlyArray<GuardRule> = []
  let pairs: ReadonlyArray<Pair> = []
  let live: MarketState["live"] | undefined
  const rebuild = (state: MarketState): void => {
    const old = new Map(pairs.map((pair) => [`${pair.rule.id}/${pair.trade.id}`, pair.beyondWith]))
    const byAccount = Map.groupBy(rules, (rule) => rule.account)
    const next: Array<Pair> = []
    for (const trade of HashMap.values(state.live)) {
      if (trade.status !== "running") continue
      for (const rule of byAccount.get(trade.accountId) ?? [])
        next.push({ rule, trade, beyondWith: old.get(`${rule.id}/${trade.id}`) })
    }
    pairs = next.sort((a, b) => a.trade.sequence - b.trade.sequence)
    live = state.live
  }
  return {
    setRules: (next) => {
      rules = next
      live = undefined
    },
    rules: () => rules,
    evaluate: (before, tick) => {
      if (rules.length === 0) return none
      if (before.live !== live) rebuild(before)
      let found: Array<Crossing> | undefined
      for (const pair of pairs) {
        const { rule, trade } = pair
        const loss = Maths.marginLoss(trade.side, trade.quantity, trade.entryPrice, trade.margin, tick.price)
        if (loss < rule.threshold) pair.beyondWith = undefined
        else if (pair.beyondWith !== trade.margin) {
          pair.beyondWith = trade.margin
          found ??= []
          found.push(crossing(pair, tick, loss))
        }
      }
      return found ?? none
    }
  }
}

const crossing = ({ rule, trade }: Pair, tick: Tick, marginLoss: number): Crossing => ({
  rule: rule.id,
  account: rule.account,
  action: rule.action,
  tradeId: trade.id,
  atMs: tick.timeMs,
  price: tick.price,
  marginLoss
})
