import { readFileSync } from "node:fs"
import { type Account, defaultTopicsPath, makeTopics, parseTopics, type Rule } from "@millrace/contracts"
import {
  type LocalExchange,
  makeLocalExchange,
  moveCrossMargin,
  newCrossOrder,
  openPositions,
  setCrossLeverage
} from "@millrace/simulators"
import { type Random, Result } from "effect"

const declared = Result.getOrThrow(parseTopics(readFileSync(defaultTopicsPath, "utf8"), defaultTopicsPath))
const traded = [
  ...["market-ticks", "account-state", "account-history", "margin-state", "margin-events", "decisions"],
  ...["automation-commands", "trade-log", "notifications", "audit-log", "controls"]
]

/** The product's own topics that the trading workers meet, with fewer partitions. */
export const tradingTopics = makeTopics(
  declared.all
    .filter(({ name }) => traded.includes(name))
    .map((topic) => ({ ...topic, partitions: Math.min(3, topic.partitions), replication: 1 })),
  declared.policyOf("automation-commands")
)

export const tradingWorkspace = "sim"
const accountIds = ["a-1", "a-2", "a-3", "a-4"]
const credential = { key: "key", secret: "secret", passphrase: "passphrase" }
export const tradingCredentials = Object.fromEntries(accountIds.map((id) => [id, credential]))

const entryUsd = 60_000
/** Market time between two attempts of every rule, in milliseconds. */
export const retryAfterMs = 5_000

/** What a seed trades: the market with its open positions, accounts and rules at the start, and the price at each second. */
export interface TradingWork {
  readonly market: LocalExchange
  readonly accounts: ReadonlyArray<Account>
  readonly rules: ReadonlyArray<Rule>
  readonly priceAt: (second: number) => number
  /** Second at which the price begins to fall: then most of the work comes. */
  readonly fallsAt: number
}

/** Returns a whole number from 0 to below the given one. */
export type Draw = (below: number) => number

export const drawFrom =
  (random: Random.Random): Draw =>
  (below) =>
    Math.floor(random.nextDoubleUnsafe() * below)

const accountOf = (accountId: string): Account => ({
  _tag: "Account",
  accountId,
  workspaceId: tradingWorkspace,
  userId: `user-${accountId}`,
  name: accountId,
  active: true,
  network: "simulator",
  warningThreshold: 0.8,
  criticalThreshold: 0.9,
  hysteresis: 0.02,
  version: 1
})

const common = (accountId: string, name: string) => ({
  _tag: "Rule" as const,
  ruleId: `${accountId}-${name}`,
  accountId,
  enabled: true,
  dryRun: false,
  retryAfterMs,
  version: 1
})

const strategies = ["close_trades", "close_trades_at_least", "hedge"] as const

/** A guard of every position of the account: closes, adds margin, or reduces, a cross position by an opposite order. */
const guardOf = (accountId: string, draw: Draw): Rule => {
  const guard = { kind: "margin_guard", metric: "margin_loss", threshold: 0.3 + draw(5) / 10 } as const
  switch (draw(4)) {
    case 0:
      return { ...common(accountId, "guard"), ...guard, action: "close_position" }
    case 1:
      return { ...common(accountId, "guard"), ...guard, action: "add_margin", addMarginAmountSats: 150_000 }
    default: {
      const reduceStrategy = strategies[draw(strategies.length)]!
      const reducePercentage = 20 + draw(60)
      return { ...common(accountId, "guard"), ...guard, action: "reduce_position", reducePercentage, reduceStrategy }
    }
  }
}

/** Each account has one kind of protection, and up to two rules besides. */
const rulesOf = (accountId: string, crossLeverage: number, draw: Draw): ReadonlyArray<Rule> => {
  const profit: Rule = {
    ...common(accountId, "profit"),
    ...{ kind: "tp_sl", triggerPnlPercentage: 20 + draw(40), action: "close_tp" }
  }
  const marginMode = draw(2) === 0 ? "cross" : "isolated"
  const entry: Rule = {
    ...common(accountId, "entry"),
    ...{ kind: "auto_entry", market: "btc_usd", marginMode, side: "buy" },
    ...{ quantityUsd: 100 + draw(100), leverage: marginMode === "cross" ? crossLeverage : 2, triggerType: "market" },
    triggerPriceUsd: entryUsd - 500 - draw(2_000)
  }
  return [guardOf(accountId, draw), ...(draw(2) === 0 ? [profit] : []), ...(draw(2) === 0 ? [entry] : [])]
}

/** A walk with a fall in it, that ends calm: after `calmFrom` seconds the price stays. */
const pathOf = (draw: Draw, calmFrom: number): Pick<TradingWork, "priceAt" | "fallsAt"> => {
  const prices = [entryUsd]
  const fallsAt = 10 + draw(calmFrom - 30)
  for (let second = 1; second <= calmFrom; second++) {
    const falls = second >= fallsAt && second < fallsAt + 12
    prices.push(Math.round(prices.at(-1)! * (1 + (draw(401) - 200) / 100_000 - (falls ? 0.003 : 0)) * 2) / 2)
  }
  return { fallsAt, priceAt: (second) => prices[Math.min(second, calmFrom)]! }
}

/** Draws a seed's work; the market stands at its first price, with the positions open. */
export const drawTradingWork = (random: Random.Random, startMs: number, calmFrom: number): TradingWork => {
  const draw = drawFrom(random)
  const market = makeLocalExchange({ market: { fundingRate: 0, spreadUsd: 0 } })
  for (const id of accountIds) Result.getOrThrow(market.openAccount({ id, name: id, balance: 20_000_000 }))
  market.prime({ price: entryUsd, timeMs: startMs })
  const positions = accountIds.flatMap((account) =>
    Array.from({ length: 1 + draw(3) }, (_, index) => ({
      id: `${account}-${index}`,
      account,
      side: draw(4) === 0 ? ("sell" as const) : ("buy" as const),
      quantity: 100 + draw(900),
      leverage: 4 + draw(12)
    }))
  )
  Result.getOrThrow(openPositions(market, positions))
  const crossLeverages = new Map(accountIds.map((id) => [id, prepareCross(market, id, draw)]))
  return {
    market,
    accounts: accountIds.map(accountOf),
    rules: accountIds.flatMap((id) => rulesOf(id, crossLeverages.get(id)!, draw)),
    ...pathOf(draw, calmFrom)
  }
}

/**
 * Margin for some cross entries, of which the others pay it in, and for every second account a cross position that a fall endangers. Returns
 * the leverage that an entry has to ask for, where no position is there another one than the account has.
 */
const prepareCross = (market: LocalExchange, accountId: string, draw: Draw): number => {
  const quantity = 500 + draw(5_000)
  const effectiveLeverage = 6 + draw(12)
  const isOpen = draw(2) === 0
  const margin = isOpen ? Math.round(((quantity / entryUsd) * 1e8) / effectiveLeverage) : draw(2) * 500_000
  Result.getOrThrow(market.run((state) => moveCrossMargin(state, accountId, margin)))
  Result.getOrThrow(market.run((state) => setCrossLeverage(state, accountId, positionLeverage)))
  if (!isOpen) return 1 + draw(3)
  const side = draw(4) === 0 ? "sell" : "buy"
  Result.getOrThrow(market.run((state) => newCrossOrder(state, accountId, { type: "market", side, quantity })))
  return positionLeverage
}

/** Far above what the margin amounts to, so that it suffices. */
const positionLeverage = 50
