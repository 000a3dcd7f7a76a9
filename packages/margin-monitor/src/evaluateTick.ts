import { deterministicId, type MarginEvent, type MarketTick } from "@millrace/contracts"
import { conditionHolds, isAbove, marginFigures, metricAt, nextLevel, releaseLimit } from "@millrace/trading"
import { blocked } from "./Episode.ts"
import { blockingReason, endEpisode, fire, onDue, recordDecision, type Step, setEpisode } from "./episodeSteps.ts"
import { levelNotice } from "./notices.ts"
import { type MarketBook, marketOf, type WatchedPair, type WatchedPosition } from "./PartitionState.ts"
import { dropPosition, putLevel } from "./positions.ts"
import { awaitsCrossing, awaitsRelease, isUnderWay, watchLevel } from "./watching.ts"

/** A tick with the wall time of its evaluation. */
export interface TickStep extends Step {
  readonly tick: MarketTick
}

/**
 * Evaluates a tick for one partition: decides as if every position and every pair were looked at.
 *
 * Returns false, without any effect, for a tick of an older lease epoch, or of an older market time in the same one.
 */
export const evaluateTick = (step: TickStep): boolean => {
  const { state, tick } = step
  const market = marketOf(state, tick.market)
  if (!follows(tick, market)) return false
  if (market.ending.size > 0) dropEnded(step, market, (endsAtMs) => endsAtMs < tick.marketTimeMs)
  market.epoch = tick.epoch
  market.evaluatedToMs = tick.marketTimeMs
  for (const pair of inOrder(market.due.dueAt(tick.marketTimeMs))) onDue(step, pair)
  for (const item of inOrder(market.index.candidates(tick.priceUsd))) {
    if (item._tag === "Position") evaluateLevel(step, item)
    else evaluatePair(step, item, market)
  }
  if (market.ending.size > 0) dropEnded(step, market, (endsAtMs) => endsAtMs <= tick.marketTimeMs)
  return true
}

/** A newer lease goes by its own clock: a feed that was started anew may begin anywhere. */
const follows = (tick: MarketTick, market: MarketBook): boolean =>
  tick.epoch > market.epoch || (tick.epoch === market.epoch && tick.marketTimeMs >= market.evaluatedToMs)

const dropEnded = (step: TickStep, market: MarketBook, ended: (endsAtMs: number) => boolean): void => {
  for (const watched of inOrder([...market.ending]))
    if (ended(watched.endsAtMs!)) dropPosition(step.state, watched, step.out)
}

/** Outputs must not depend on how the index happens to be laid out: items by key, each once. */
const inOrder = <A extends { readonly key: string }>(items: ReadonlyArray<A>): ReadonlyArray<A> =>
  items.length < 2 ? items : [...new Set(items)].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))

const evaluateLevel = (step: TickStep, watched: WatchedPosition): void => {
  const { tick, nowMs, out } = step
  const { position, level } = watched
  const account = watched.book.account!
  if (tick.marketTimeMs < position.openedAtMs) return
  const next = nextLevel(level, metricAt(position, "margin_loss", tick.priceUsd), account)
  if (next === level) return
  const event: MarginEvent = {
    eventId: deterministicId(position.positionId, String(tick.marketTimeMs), next),
    accountId: position.accountId,
    positionId: position.positionId,
    level: next,
    previousLevel: level,
    figures: marginFigures(position, tick.priceUsd),
    priceUsd: tick.priceUsd,
    marketTimeMs: tick.marketTimeMs,
    decidedAtMs: nowMs
  }
  out.push({ _tag: "MarginEvent", workspaceId: account.workspaceId, value: event })
  if (isAbove(next, level))
    out.push({
      _tag: "Notification",
      workspaceId: account.workspaceId,
      lane: next === "critical" ? "critical" : "normal",
      value: levelNotice(account, position, event)
    })
  watched.level = next
  putLevel(watched, tick.marketTimeMs, out)
  watchLevel(step.state, watched)
}

const evaluatePair = (step: TickStep, pair: WatchedPair, market: MarketBook): void => {
  const { tick } = step
  const { position } = pair.owner
  if (tick.marketTimeMs < position.openedAtMs) return
  const { metric, threshold } = pair.rule
  if (awaitsCrossing(pair, market) && conditionHolds(position, metric, threshold, tick.priceUsd)) crossed(step, pair)
  else if (awaitsRelease(pair)) {
    const limit = releaseLimit(metric, threshold, pair.owner.book.account!.hysteresis)
    if (!conditionHolds(position, metric, limit, tick.priceUsd)) released(step, pair)
  }
}

const crossed = (step: TickStep, pair: WatchedPair): void => {
  const { episode } = pair
  if (episode !== undefined && isUnderWay(episode.phase)) {
    setEpisode(step, pair, { ...episode, released: false, reason: "command_outstanding" })
    recordDecision(step, pair, "command_outstanding", episode.reason)
    return
  }
  const reason = blockingReason(pair)
  if (reason === undefined) fire(step, pair)
  else {
    setEpisode(step, pair, blocked(pair, step.tick.marketTimeMs, reason))
    recordDecision(step, pair, reason, episode?.reason)
  }
}

const released = (step: TickStep, pair: WatchedPair): void => {
  const { episode } = pair
  if (episode !== undefined && isUnderWay(episode.phase)) setEpisode(step, pair, { ...episode, released: true })
  else endEpisode(step, pair)
}
