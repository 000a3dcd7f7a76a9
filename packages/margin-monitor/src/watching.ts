import type { EpisodePhase } from "@millrace/contracts"
import {
  conditionOf,
  dangerDirection,
  entryTriggerOf,
  holdsWhenStale,
  levelLimits,
  opposite,
  releaseOf,
  triggerOf,
  triggerPriceUsd
} from "@millrace/trading"
import { isWatched, type MarketBook, marketOf, type PartitionState, type WatchedPosition } from "./PartitionState.ts"
import { marketIdOf, type WatchedEntry, type WatchedPair, type WatchedRule } from "./WatchedRule.ts"

/**
 * Keeps the watches of positions, pairs and entries as their state wants them. Only what can happen next is watched, so a
 * tick looks at nothing else.
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

/** Sets the watches of a rule: for the crossing, for the way back, for the due times, and for stale prices. */
export const watchRule = (state: PartitionState, watched: WatchedRule): void => {
  if (!state.started) return
  const market = marketOf(state, marketIdOf(watched))
  unwatchRule(market, watched)
  if (!isWatched(watched.book)) return
  if (watched._tag === "Pair") watchPair(market, watched)
  else watchEntry(market, watched)
  const { episode } = watched
  if (awaitsTime(watched)) watched.timer = market.due.set(watched, episode!.dueAtMs)
  if (watched.wakeAtMs > 0 && !watched.recheck) watched.wake = market.due.set(watched, watched.wakeAtMs)
  if (episode !== undefined && holdsWhenStale(watched.rule)) {
    watched.freshForMs = watched.rule.freshForMs ?? state.settings.freshForMs
    market.freshness.join(watched, watched.freshForMs)
  }
}

const watchPair = ({ index }: MarketBook, pair: WatchedPair): void => {
  const { owner } = pair
  const condition = conditionOf(pair.rule)
  if (awaitsCrossing(pair)) {
    const trigger = triggerOf(owner.position, condition)
    pair.enter = index.watch(pair, trigger.direction, trigger.priceUsd)
  }
  if (awaitsRelease(pair)) {
    const trigger = triggerOf(owner.position, releaseOf(condition, owner.book.account!.hysteresis))
    pair.leave = index.watch(pair, opposite(trigger.direction), trigger.priceUsd)
  }
}

/** One that is to be looked at again is looked at whatever the price. */
const watchEntry = ({ index }: MarketBook, entry: WatchedEntry): void => {
  const trigger = entryTriggerOf(entry.rule)
  if (entry.recheck) entry.enter = index.watch(entry, "falls", Number.POSITIVE_INFINITY)
  else if (trigger !== undefined && !isUnderWay(entry.episode?.phase)) {
    if (isReached(entry)) entry.leave = index.watch(entry, opposite(trigger.direction), trigger.priceUsd)
    else entry.enter = index.watch(entry, trigger.direction, trigger.priceUsd)
  }
}

export const unwatchRule = (market: MarketBook, watched: WatchedRule): void => {
  watched.enter = market.index.unwatch(watched.enter)
  watched.leave = market.index.unwatch(watched.leave)
  watched.timer = market.due.clear(watched.timer)
  watched.wake = market.due.clear(watched.wake)
  if (watched.freshForMs !== undefined) market.freshness.leave(watched, watched.freshForMs)
  watched.freshForMs = undefined
}

/** Removes all watches of a position and its pairs. */
export const unwatchPosition = (state: PartitionState, watched: WatchedPosition): void => {
  const market = marketOf(state, watched.position.market)
  watched.rise = market.index.unwatch(watched.rise)
  watched.fall = market.index.unwatch(watched.fall)
  for (const pair of watched.pairs.values()) unwatchRule(market, pair)
}

/** Has the next tick look at a rule again, as something that its reason depends on may have changed. */
export const recheck = (state: PartitionState, watched: WatchedRule): void => {
  if (watched._tag === "Entry" || watched.episode !== undefined) {
    watched.recheck = true
    state.again?.add(watched)
  }
  watchRule(state, watched)
}

/** A command is under way: issued, and its outcome is not known for certain. */
export const isUnderWay = (phase: EpisodePhase | undefined): boolean => phase === "outstanding" || phase === "unknown"

/** An entry's episode counts from the tick that reached its price; 0: it is not reached. */
export const isReached = (entry: WatchedEntry): boolean => (entry.episode?.startedAtMs ?? 0) > 0

/** The condition's beginning, or that it still holds, would change something. */
export const awaitsCrossing = (pair: WatchedPair): boolean => {
  const { episode } = pair
  if (episode === undefined || pair.recheck) return true
  return isUnderWay(episode.phase) && episode.released
}

/** The metric's way back beyond the band would change something. */
export const awaitsRelease = (pair: WatchedPair): boolean => {
  const { episode } = pair
  if (episode === undefined || episode.phase === "settling") return false
  return !isUnderWay(episode.phase) || !episode.released
}

const awaitsTime = (watched: WatchedRule): boolean => {
  const { episode } = watched
  if (episode === undefined || episode.phase === "blocked" || episode.phase === "spent") return false
  return episode.phase !== "waiting" || !watched.recheck
}
