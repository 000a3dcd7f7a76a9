/** Funding: at each settlement one side of every running position pays the other, out of its margin. */
import { HashMap } from "effect"
import { sideOf } from "./CrossPosition.ts"
import { withMargin } from "./IsolatedMargin.ts"
import { putLive } from "./IsolatedTrades.ts"
import {
  type Account,
  type AccountEvent,
  type FundingFee,
  findAccount,
  type MarketState,
  nextId,
  putAccount,
  type Step,
  type Trade
} from "./MarketState.ts"
import * as Maths from "./Maths.ts"

const HOUR_MS = 3_600_000

/** The first funding time after a market time; undefined without funding hours. */
export const nextFundingMs = (state: MarketState, afterMs: number): number | undefined => {
  const hours = new Set(state.settings.fundingHoursUtc)
  const first = Math.floor(afterMs / HOUR_MS) + 1
  for (let hour = first; hour < first + 24; hour++) if (hours.has(hour % 24)) return hour * HOUR_MS
  return undefined
}

/** True when a funding time lies after the first time and not after the second. */
export const fundingIsDue = (state: MarketState, fromMs: number, toMs: number): boolean => {
  if (state.settings.fundingRate === 0 || fromMs === 0) return false
  const next = nextFundingMs(state, fromMs)
  return next !== undefined && next <= toMs
}

/** Settles funding at the last price; a margin is never taken below 1 satoshi, the next tick liquidates it. */
export const settleFunding = (state: MarketState, rate: number): Step<void> => {
  if (state.price === undefined) return { state, events: [], value: undefined }
  const price = state.price
  const [id, identified] = nextId(state, "settlement")
  const events: Array<AccountEvent> = []
  let next: MarketState = {
    ...identified,
    settlements: [...identified.settlements, { id, timeMs: state.timeMs, rate, price }]
  }
  for (const trade of HashMap.values(state.live)) {
    if (trade.status !== "running") continue
    const fee = Math.min(Maths.fundingFee(trade.side, trade.quantity, price, rate), trade.margin - 1)
    next = payIsolated(next, trade, fee, id, events)
  }
  for (const { id: accountId, cross } of HashMap.values(state.accounts)) {
    if (cross.quantity === 0) continue
    const fee = Math.min(Maths.fundingFee(sideOf(cross.quantity), Math.abs(cross.quantity), price, rate), cross.margin)
    next = payCross(next, accountId, fee, id, events)
  }
  return { state: next, events, value: undefined }
}

const booked = (state: MarketState, account: Account, fee: number, settlementId: string, tradeId: string | null) => {
  const entry: FundingFee = { fee, settlementId, timeMs: state.timeMs, tradeId }
  const house = { ...state.house, funding: state.house.funding + fee }
  return { ...putAccount(state, { ...account, fundingFees: [...account.fundingFees, entry] }), house }
}

const payIsolated = (
  state: MarketState,
  trade: Trade,
  fee: number,
  settlementId: string,
  events: Array<AccountEvent>
): MarketState => {
  const account = findAccount(state, trade.accountId)!
  const changed = withMargin(state, { ...trade, sumFundingFees: trade.sumFundingFees + fee }, trade.margin - fee)
  events.push({ _tag: "Trade", event: "funding", trade: changed, fee })
  return putLive(booked(state, account, fee, settlementId, trade.id), changed)
}

const payCross = (
  state: MarketState,
  accountId: string,
  fee: number,
  settlementId: string,
  events: Array<AccountEvent>
): MarketState => {
  const account = findAccount(state, accountId)!
  const { cross } = account
  events.push({ _tag: "CrossPosition", event: "funding", accountId })
  const changed: Account = {
    ...account,
    cross: {
      ...cross,
      margin: cross.margin - fee,
      fundingFees: cross.fundingFees + fee,
      updatedAtMs: state.timeMs
    }
  }
  return booked(state, changed, fee, settlementId, null)
}
