import { deterministicId, type MarginEvent, type MarketTick } from "@millrace/contracts"
import {
  conditionOf,
  entryReached,
  holdsAt,
  isAbove,
  marginFigures,
  metricAt,
  nextLevel,
  releaseOf
} from "@millrace/trading"
import { decide } from "./decide.ts"
import { endEpisode, onDue, setEpisode } from "./episodeSteps.ts"
import { levelNotice } from "./notices.ts"
import { type MarketBook, marketOf, type WatchedPosition } from "./PartitionState.ts"
import { dropPosition, putLevel } from "./positions.ts"
import type { TickStep } from "./Step.ts"
import type { WatchedEntry, WatchedPair, WatchedRule } from "./WatchedRule.ts"
import { awaitsCrossing, awaitsRelease, isReached, isUnderWay, recheck, watchLevel } from "./watching.ts"

/**
 * Evaluates a tick for one partition: decides as if every position, every pair and every entry were looked at.
 *
 * Returns false, without any effect, for a tick of an older lease epoch, or of an older market time in the same one.
 */
export const evaluateTick = (step: TickStep): boolean => {
  const { nowMs, state, tick } = step
  const market = marketOf(state, tick.market)
  if (!follows(tick, market)) return false
  if (market.ending.size > 0) dropEnded(step, market, (endsAtMs) => endsAtMs < tick.marketTimeMs)
  market.epoch = tick.epoch
  market.evaluatedToMs = tick.marketTimeMs
  for (const watched of market.freshness.turn(nowMs - tick.receivedAtMs, tick.source === "backfill"))
    recheck(state, watched)
  for (const watched of inOrder(market.due.dueAt(tick.marketTimeMs))) onDue(step, watched)
  evaluateInOrder(step, inOrder(market.index.candidates(tick.priceUsd)))
  if (market.ending.size > 0) dropEnded(step, market, (endsAtMs) => endsAtMs <= tick.marketTimeMs)
  return true
}

/** A newer lease goes by its own clock: a feed that was started anew may begin anywhere. */
const follows = (tick: MarketTick, market: MarketBook): boolean =>
  tick.epoch > market.epoch || (tick.epoch === market.epoch && tick.marketTimeMs >= market.evaluatedToMs)

const dropEnded = (step: TickStep, market: MarketBook, ended: (endsAtMs: number) => boolean): void => {
  for (const watched of inOrder([...market.ending])) if (ended(watched.endsAtMs!)) dropPosition(step, watched)
}

type Item = WatchedPosition | WatchedRule

/** An action may change the reasons of other rules: those that follow in the order see it in the same tick. */
const evaluateInOrder = (step: TickStep, items: ReadonlyArray<Item>): void => {
  if (items.length === 0) return
  const again = new Set<WatchedRule>()
  step.state.again = again
  let queue = items
  for (let i = 0; i < queue.length; i++) {
    const item = queue[i]!
    evaluate(step, item)
    if (again.size === 0) continue
    const later = [...again].filter((watched) => watched.key > item.key)
    again.clear()
    if (later.length > 0) queue = [...queue.slice(0, i + 1), ...inOrder([...queue.slice(i + 1), ...later])]
  }
  step.state.again = undefined
}

const evaluate = (step: TickStep, item: Item): void => {
  if (item._tag === "Position") evaluateLevel(step, item)
  else if (item._tag === "Pair") evaluatePair(step, item)
  else evaluateEntry(step, item)
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
      ...levelNotice(account, position, event)
    })
  watched.level = next
  putLevel(watched, tick.marketTimeMs, out)
  watchLevel(step.state, watched)
}

const evaluatePair = (step: TickStep, pair: WatchedPair): void => {
  const { tick } = step
  const { position } = pair.owner
  if (tick.marketTimeMs < position.openedAtMs) return
  const condition = conditionOf(pair.rule)
  if (awaitsCrossing(pair) && holdsAt(position, condition, tick.priceUsd)) decide(step, pair)
  else if (awaitsRelease(pair)) {
    const limit = releaseOf(condition, pair.book.account!.hysteresis)
    if (!holdsAt(position, limit, tick.priceUsd)) released(step, pair)
  }
}

const released = (step: TickStep, pair: WatchedPair): void => {
  const { episode } = pair
  if (episode !== undefined && isUnderWay(episode.phase)) setEpisode(step, pair, { ...episode, released: true })
  else endEpisode(step, pair)
}

/** An entry has a reason at any price, so it is looked at where its price is reached or left, and when it is asked for. */
const evaluateEntry = (step: TickStep, entry: WatchedEntry): void => {
  if (entry.recheck || entryReached(entry.rule, step.tick.priceUsd) !== isReached(entry)) decide(step, entry)
}
