import type { EpisodePhase } from "@millrace/contracts"
import { dangerDirection, levelLimits, opposite, releaseLimit, triggerPriceUsd } from "@millrace/trading"
import {
  type MarketBook,
  marketOf,
  type PartitionState,
  type WatchedPair,
  type WatchedPosition
} from "./PartitionState.ts"

/**
 * Keeps the watches of positions and pairs as their state wants them. Only what can happen next is watched, so a tick
 * looks at nothing else.
 */

/** Sets the watches for a position's next level. Without an active account there are none. */
export const watchLevel = (state: PartitionState, watched: WatchedPosition): void => {
  if (!state.started) return
  const { position } = watched
  const { index } = marketOf(state, position.market)
  watched.rise = index.unwatch(watched.rise)
  watched.fall = index.unwatch(watched.fall)
  const { account } = watched.book
  if (account?.active !== true) return
  const limits = levelLimits(watched.level, account)
  const danger = dangerDirection(position)
  if (limits.rise !== undefined)
    watched.rise = index.watch(watched, danger, triggerPriceUsd(position, "margin_loss", limits.rise))
  if (limits.fall !== undefined)
    watched.fall = index.watch(watched, opposite(danger), triggerPriceUsd(position, "margin_loss", limits.fall))
}

/** Sets the watches of a pair: for the crossing, for the metric's way back, and for the due time. */
export const watchPair = (state: PartitionState, pair: WatchedPair): void => {
  if (!state.started) return
  const market = marketOf(state, pair.owner.position.market)
  unwatchPair(market, pair)
  const { account } = pair.owner.book
  if (account?.active !== true) return
  const { metric, threshold } = pair.rule
  const danger = dangerDirection(pair.owner.position)
  if (awaitsCrossing(pair, market)) {
    const trigger = triggerPriceUsd(pair.owner.position, metric, threshold)
    pair.enter = market.index.watch(pair, danger, trigger)
  }
  if (awaitsRelease(pair)) {
    const limit = releaseLimit(metric, threshold, account.hysteresis)
    pair.leave = market.index.watch(pair, opposite(danger), triggerPriceUsd(pair.owner.position, metric, limit))
  }
  if (awaitsTime(pair, market)) pair.timer = market.due.set(pair, pair.episode!.dueAtMs)
}

export const unwatchPair = (market: MarketBook, pair: WatchedPair): void => {
  pair.enter = market.index.unwatch(pair.enter)
  pair.leave = market.index.unwatch(pair.leave)
  pair.timer = market.due.clear(pair.timer)
}

/** Removes all watches of a position and its pairs. */
export const unwatchPosition = (state: PartitionState, watched: WatchedPosition): void => {
  const market = marketOf(state, watched.position.market)
  watched.rise = market.index.unwatch(watched.rise)
  watched.fall = market.index.unwatch(watched.fall)
  for (const pair of watched.pairs.values()) unwatchPair(market, pair)
}

/** A command is under way: issued, and its outcome is not known for certain. */
export const isUnderWay = (phase: EpisodePhase | undefined): boolean => phase === "outstanding" || phase === "unknown"

/** The condition's beginning would change something. */
export const awaitsCrossing = (pair: WatchedPair, market: MarketBook): boolean => {
  const { episode } = pair
  if (episode === undefined) return true
  if (episode.phase === "waiting") return market.evaluatedToMs >= episode.dueAtMs
  return isUnderWay(episode.phase) && episode.released
}

/** The metric's way back beyond the band would change something. */
export const awaitsRelease = (pair: WatchedPair): boolean => {
  const { episode } = pair
  if (episode === undefined || episode.phase === "settling") return false
  return !isUnderWay(episode.phase) || !episode.released
}

const awaitsTime = (pair: WatchedPair, market: MarketBook): boolean => {
  const { episode } = pair
  if (episode === undefined || episode.phase === "blocked" || episode.phase === "spent") return false
  return episode.phase !== "waiting" || market.evaluatedToMs < episode.dueAtMs
}
