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
  /** The scenario's id of the position, else the trade's client id; null without one. */
  readonly position: string | null
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
  let byAccount = new Map<string, ReadonlyArray<GuardRule>>()
  let byTrade = new Map<string, ReadonlyArray<Pair>>()
  let pairs: ReadonlyArray<Pair> = []
  let live: MarketState["live"] | undefined
  const rebuild = (state: MarketState): void => {
    const next = new Map<string, ReadonlyArray<Pair>>()
    const all: Array<Pair> = []
    for (const trade of HashMap.values(state.live)) {
      if (trade.status !== "running") continue
      const own = pairsOf(trade, byAccount.get(trade.accountId) ?? [], byTrade.get(trade.id))
      next.set(trade.id, own)
      for (const pair of own) all.push(pair)
    }
    byTrade = next
    pairs = all
    live = state.live
  }
  return {
    setRules: (next) => {
      rules = next
      byAccount = Map.groupBy(next, (rule) => rule.account)
      byTrade = new Map()
      live = undefined
    },
    rules: () => rules,
    evaluate: (before, tick) => {
      if (rules.length === 0) return none
      if (before.live !== live) rebuild(before)
      let found: Array<Pair> | undefined
      for (const pair of pairs) {
        const { rule, trade } = pair
        const loss = lossAt(trade, tick.price)
        if (loss < rule.threshold) pair.beyondWith = undefined
        else if (pair.beyondWith !== trade.margin) {
          pair.beyondWith = trade.margin
          found ??= []
          found.push(pair)
        }
      }
      if (found === undefined) return none
      found.sort((a, b) => a.trade.sequence - b.trade.sequence)
      return found.map((pair) => crossing(pair, tick))
    }
  }
}

/** The trade's pairs: the old ones while it has not changed, else new ones that remember where they crossed. */
const pairsOf = (
  trade: Trade,
  rules: ReadonlyArray<GuardRule>,
  old: ReadonlyArray<Pair> | undefined
): ReadonlyArray<Pair> => {
  if (old?.[0]?.trade === trade) return old
  const beyond = new Map(old?.map((pair) => [pair.rule.id, pair.beyondWith]))
  return rules
    .filter(({ position }) => position === undefined || position.slice(0, 64) === trade.clientId)
    .map((rule) => ({ rule, trade, beyondWith: beyond.get(rule.id) }))
}

const lossAt = (trade: Trade, price: number): number =>
  Maths.marginLoss(trade.side, trade.quantity, trade.entryPrice, trade.margin, price)

const crossing = ({ rule, trade }: Pair, tick: Tick): Crossing => ({
  rule: rule.id,
  account: rule.account,
  action: rule.action,
  tradeId: trade.id,
  position: trade.clientId,
  atMs: tick.timeMs,
  price: tick.price,
  marginLoss: lossAt(trade, tick.price)
})
