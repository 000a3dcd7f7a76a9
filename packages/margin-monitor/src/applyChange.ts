import type { Account, AccountState, MarginState, Position } from "@millrace/contracts"
import { applyRule } from "./applyRule.ts"
import { endEpisode, setEpisode } from "./episodeSteps.ts"
import { type AccountBook, bookOf, isWatched, marketOf, rulesWatched, type WatchedPosition } from "./PartitionState.ts"
import { addPosition, dropPosition, recheckPlans, seeEffect, seeEffects } from "./positions.ts"
import type { Step } from "./Step.ts"
import type { WatchedPair, WatchedRule } from "./WatchedRule.ts"
import { isUnderWay, recheck, watchLevel, watchRule } from "./watching.ts"

/** A row of account-state as it changed; `value` undefined: deleted. */
export interface RowChange<A> {
  readonly key: string
  readonly value: A | undefined
  readonly workspaceId: string
}

/** Takes in a change of account-state. Nothing fires here: rules are evaluated on ticks only. */
export const applyChange = (step: Step, change: RowChange<AccountState>): void => {
  const [kind = "", accountId = "", id = ""] = change.key.split("/")
  const book = bookOf(step.state, accountId, change.workspaceId)
  const { value } = change
  switch (kind) {
    case "account":
      applyAccount(step, book, value?._tag === "Account" ? value : undefined)
      break
    case "rule":
      applyRule(step, book, id, value?._tag === "Rule" ? value : undefined)
      break
    case "position":
      applyPosition(step, book, id, value?._tag === "Position" ? value : undefined)
  }
}

/** Collects a row of margin-state while the tables are read. */
export const restoreRow = (step: Step, change: RowChange<MarginState>): void => {
  const { activities, episodes, evaluated, levels } = step.state.restored
  const { key, value } = change
  switch (value?._tag) {
    case undefined:
      for (const rows of [activities, episodes, evaluated, levels]) rows.delete(key)
      break
    case "LevelState":
      levels.set(key, value)
      break
    case "RuleActivity":
      activities.set(key, value)
      break
    case "EpisodeState":
      episodes.set(key, value)
      break
    case "EvaluatedState":
      evaluated.set(key, value)
  }
}

const applyAccount = (step: Step, book: AccountBook, account: Account | undefined): void => {
  if (account !== undefined && book.account !== undefined && account.version < book.account.version) return
  const wasWatched = isWatched(book)
  book.account = account
  const change = Number(isWatched(book)) - Number(wasWatched)
  step.state.entryCount += change * book.entries.size
  for (const watched of book.positions.values()) {
    step.state.positionCount += change
    step.state.pairCount += change * watched.pairs.size
    watchLevel(step.state, watched)
  }
  for (const watched of rulesWatched(book)) recheck(step.state, watched)
}

const applyPosition = (step: Step, book: AccountBook, id: string, position: Position | undefined): void => {
  const watched = book.positions.get(id)
  if (position === undefined) {
    if (watched !== undefined && watched.endsAtMs === undefined) dropPosition(step, watched)
    return
  }
  if (watched !== undefined && position.revision < watched.position.revision) return
  if (position.status === "closed") {
    if (watched !== undefined) endPosition(step, watched, position)
    else if (!step.state.started) endPosition(step, addPosition(step.state, book, position), position)
    else seeEffects(step.state, id)
    return
  }
  if (watched === undefined) addPosition(step.state, book, position)
  else revisePosition(step, watched, position)
  seeOpened(step, position)
  recheckPlans(step.state, book)
}

/** A command that opened the position is done once the position's own record is here. */
const seeOpened = (step: Step, { commandId, positionId }: Position): void => {
  for (const [openId, command] of [...step.state.open])
    if (command.opens && (command.positionId === positionId || openId === commandId)) seeEffect(step.state, openId)
}

/**
 * A position closed at market time T was open for the tick T: where that tick was not evaluated yet, the position is
 * kept for it.
 */
const endPosition = (step: Step, watched: WatchedPosition, closed: Position): void => {
  const market = marketOf(step.state, watched.position.market)
  const endsAtMs = closed.closedAtMs ?? 0
  watched.endsAtMs = endsAtMs
  market.ending.add(watched)
  if (step.state.started && endsAtMs <= market.evaluatedToMs) dropPosition(step, watched)
}

const revisePosition = (step: Step, watched: WatchedPosition, position: Position): void => {
  const before = watched.position
  watched.position = position
  if (watched.endsAtMs !== undefined) {
    watched.endsAtMs = undefined
    marketOf(step.state, position.market).ending.delete(watched)
  }
  watchLevel(step.state, watched)
  if (position.commandId !== undefined) seeEffect(step.state, position.commandId)
  for (const pair of watched.pairs.values()) {
    if (!showsEffect(pair, before, position)) watchRule(step.state, pair)
    else effectShown(step, pair)
  }
}

/** A cross position is read from the exchange, which does not know our commands: what they do shows in its figures. */
const showsEffect = ({ episode, rule }: WatchedPair, before: Position, after: Position): boolean => {
  if (episode?.commandId === undefined) return false
  if (after.commandId === episode.commandId) return true
  if (after.marginMode !== "cross" || rule.kind !== "margin_guard") return false
  if (rule.action === "add_margin") return after.marginSats > before.marginSats
  return rule.action === "reduce_position" && after.quantityUsd < before.quantityUsd
}

/** The position shows the effect of the rule's command: the episode is over, once its outcome is known, too. */
export const effectShown = (step: Step, watched: WatchedRule): void => {
  const { episode } = watched
  if (episode?.commandId !== undefined) seeEffect(step.state, episode.commandId)
  if (episode?.phase === "settling") endEpisode(step, watched)
  else if (episode !== undefined && isUnderWay(episode.phase) && !episode.effectSeen)
    setEpisode(step, watched, { ...episode, effectSeen: true })
  else watchRule(step.state, watched)
}
