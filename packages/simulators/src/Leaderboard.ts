/** Who won most: the P&L of trades closed within a day, a week, a month, and ever. */
import { HashMap } from "effect"
import { findTrade, type MarketState, type Trade } from "./MarketState.ts"

export interface LeaderboardEntry {
  readonly username: string
  /** Satoshis. */
  readonly pl: number
  /** 1 when the account's running trades are long on balance, -1 when short, else 0. */
  readonly direction: number
}

const DAY_MS = 86_400_000
const LENGTH = 10

/** The best accounts since a market time, best first; those that hide themselves are left out. */
const bestSince = (state: MarketState, sinceMs: number): ReadonlyArray<LeaderboardEntry> => {
  const sums = new Map<string, number>()
  for (const trade of HashMap.values(state.ended)) {
    if (trade.status !== "closed" || (trade.closedAtMs ?? 0) < sinceMs) continue
    sums.set(trade.accountId, (sums.get(trade.accountId) ?? 0) + trade.pl)
  }
  const entries: Array<LeaderboardEntry> = []
  for (const account of HashMap.values(state.accounts)) {
    const pl = sums.get(account.id)
    if (pl === undefined || !account.wallet.profile.showLeaderboard) continue
    entries.push({ username: account.name, pl, direction: directionOf(state, account.liveTrades) })
  }
  return entries.sort((a, b) => b.pl - a.pl || a.username.localeCompare(b.username)).slice(0, LENGTH)
}

const directionOf = (state: MarketState, ids: ReadonlyArray<string>): number =>
  Math.sign(ids.reduce((sum, id) => sum + signed(findTrade(state, id)), 0))

const signed = (trade: Trade | undefined): number =>
  trade?.status !== "running" ? 0 : trade.side === "buy" ? trade.quantity : -trade.quantity

export const leaderboard = (state: MarketState) => ({
  daily: bestSince(state, state.timeMs - DAY_MS),
  weekly: bestSince(state, state.timeMs - 7 * DAY_MS),
  monthly: bestSince(state, state.timeMs - 30 * DAY_MS),
  allTime: bestSince(state, 0)
})
