import type { Account, AccountState, MarginState, Position, Rule } from "@millrace/contracts"
import { endEpisode, type Step, setEpisode } from "./episodeSteps.ts"
import {
  type AccountBook,
  bookOf,
  isWatched,
  marketOf,
  type WatchedPair,
  type WatchedPosition
} from "./PartitionState.ts"
import { addPair, addPosition, dropPair, dropPosition, seeEffect } from "./positions.ts"
import { isUnderWay, watchLevel, watchPair } from "./watching.ts"

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
  const { episodes, evaluated, levels } = step.state.restored
  const { key, value } = change
  if (value === undefined) {
    levels.delete(key)
    episodes.delete(key)
    evaluated.delete(key)
  } else if (value._tag === "LevelState") levels.set(key, value)
  else if (value._tag === "EpisodeState") episodes.set(key, value)
  else evaluated.set(key, value)
}

const applyAccount = (step: Step, book: AccountBook, account: Account | undefined): void => {
  if (account !== undefined && book.account !== undefined && account.version < book.account.version) return
  const wasWatched = isWatched(book)
  book.account = account
  const change = Number(isWatched(book)) - Number(wasWatched)
  for (const watched of book.positions.values()) {
    step.state.positionCount += change
    step.state.pairCount += change * watched.pairs.size
    watchLevel(step.state, watched)
    for (const pair of watched.pairs.values()) watchPair(step.state, pair)
  }
}

const applyRule = (step: Step, book: AccountBook, ruleId: string, rule: Rule | undefined): void => {
  const known = book.rules.get(ruleId)
  if (rule === undefined) {
    book.rules.delete(ruleId)
    for (const watched of book.positions.values()) {
      const pair = watched.pairs.get(ruleId)
      if (pair !== undefined) dropPair(step.state, pair, step.out)
    }
    return
  }
  if (known !== undefined && rule.version < known.version) return
  book.rules.set(ruleId, rule)
  for (const watched of book.positions.values()) {
    const pair = watched.pairs.get(ruleId)
    if (pair === undefined) addPair(step.state, watched, rule)
    else revisePair(step, pair, rule)
  }
}

/** A changed rule starts afresh, unless a command of its is under way. */
const revisePair = (step: Step, pair: WatchedPair, rule: Rule): void => {
  const changed = rule.version !== pair.rule.version
  pair.rule = rule
  const idle = pair.episode !== undefined && !isUnderWay(pair.episode.phase) && pair.episode.phase !== "settling"
  if (changed && idle) endEpisode(step, pair)
  else watchPair(step.state, pair)
}

const applyPosition = (step: Step, book: AccountBook, id: string, position: Position | undefined): void => {
  const watched = book.positions.get(id)
  if (position === undefined) {
    if (watched !== undefined && watched.endsAtMs === undefined) dropPosition(step.state, watched, step.out)
    return
  }
  if (watched !== undefined && position.revision < watched.position.revision) return
  if (position.status === "closed") {
    if (watched !== undefined) endPosition(step, watched, position)
    else if (!step.state.started) endPosition(step, addPosition(step.state, book, position), position)
    return
  }
  if (watched === undefined) addPosition(step.state, book, position)
  else revisePosition(step, watched, position)
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
  if (step.state.started && endsAtMs <= market.evaluatedToMs) dropPosition(step.state, watched, step.out)
}

const revisePosition = (step: Step, watched: WatchedPosition, position: Position): void => {
  watched.position = position
  if (watched.endsAtMs !== undefined) {
    watched.endsAtMs = undefined
    marketOf(step.state, position.market).ending.delete(watched)
  }
  watchLevel(step.state, watched)
  if (position.commandId !== undefined) seeEffect(step.state, position.commandId)
  for (const pair of watched.pairs.values()) {
    if (position.commandId === undefined || pair.episode?.commandId !== position.commandId) watchPair(step.state, pair)
    else effectShown(step, pair)
  }
}

/** The position shows the effect of the pair's command: the episode is over, once its outcome is known, too. */
export const effectShown = (step: Step, pair: WatchedPair): void => {
  const { episode } = pair
  if (episode?.phase === "settling") endEpisode(step, pair)
  else if (episode !== undefined && isUnderWay(episode.phase) && !episode.effectSeen)
    setEpisode(step, pair, { ...episode, effectSeen: true })
  else watchPair(step.state, pair)
}
