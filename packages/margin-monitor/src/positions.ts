import { type LevelState, marginStateKey, type Position, type Rule } from "@millrace/contracts"
import { unwatched } from "@millrace/trading"
import type { Outputs } from "./Output.ts"
import {
  type AccountBook,
  isWatched,
  marketOf,
  type PartitionState,
  type WatchedPair,
  type WatchedPosition
} from "./PartitionState.ts"
import { isUnderWay, unwatchPair, unwatchPosition, watchLevel, watchPair } from "./watching.ts"

/** Begins to watch a position, with all rules of its account. */
export const addPosition = (state: PartitionState, book: AccountBook, position: Position): WatchedPosition => {
  const watched: WatchedPosition = {
    _tag: "Position",
    key: `${book.accountId}/${position.positionId}`,
    book,
    position,
    level: "normal",
    pairs: new Map(),
    endsAtMs: undefined,
    rise: unwatched,
    fall: unwatched
  }
  book.positions.set(position.positionId, watched)
  if (isWatched(book)) state.positionCount++
  watchLevel(state, watched)
  for (const rule of book.rules.values()) addPair(state, watched, rule)
  return watched
}

/** Begins to guard a position with a rule. */
export const addPair = (state: PartitionState, owner: WatchedPosition, rule: Rule): void => {
  const pair: WatchedPair = {
    _tag: "Pair",
    key: `${owner.key}/${rule.ruleId}`,
    owner,
    rule,
    episode: undefined,
    enter: unwatched,
    leave: unwatched,
    timer: -1
  }
  owner.pairs.set(rule.ruleId, pair)
  if (isWatched(owner.book)) state.pairCount++
  watchPair(state, pair)
}

/** The rule or the position is gone. A command under way keeps its row until its outcome is seen. */
export const dropPair = (state: PartitionState, pair: WatchedPair, out: Outputs): void => {
  unwatchPair(marketOf(state, pair.owner.position.market), pair)
  pair.owner.pairs.delete(pair.rule.ruleId)
  if (isWatched(pair.owner.book)) state.pairCount--
  const { episode } = pair
  if (episode === undefined) return
  if (episode.commandId !== undefined) state.commands.delete(episode.commandId)
  if (episode.commandId !== undefined && isUnderWay(episode.phase)) state.orphans.set(episode.commandId, episode)
  else out.push({ _tag: "State", workspaceId: pair.owner.book.workspaceId, key: marginStateKey(episode), value: null })
}

/** The position has ended: nothing of it is evaluated any more, its rows go. */
export const dropPosition = (state: PartitionState, watched: WatchedPosition, out: Outputs): void => {
  unwatchPosition(state, watched)
  marketOf(state, watched.position.market).ending.delete(watched)
  for (const pair of [...watched.pairs.values()]) dropPair(state, pair, out)
  watched.book.positions.delete(watched.position.positionId)
  if (isWatched(watched.book)) state.positionCount--
  if (watched.level !== "normal") {
    watched.level = "normal"
    putLevel(watched, 0, out)
  }
  for (const [commandId, command] of [...state.open]) {
    if (command.positionId === watched.position.positionId) seeEffect(state, commandId)
  }
}

/** The position's own record has shown what a command did, or the position's end. */
export const seeEffect = (state: PartitionState, commandId: string): void => {
  const command = state.open.get(commandId)
  if (command === undefined) return
  command.effectSeen = true
  if (command.awaitsEffect) state.open.delete(commandId)
}

/** Writes the row of a position's level; none is kept for `normal`. */
export const putLevel = (watched: WatchedPosition, changedAtMs: number, out: Outputs): void => {
  const { book, level, position } = watched
  const { accountId, positionId } = position
  const row: LevelState = { _tag: "LevelState", accountId, positionId, level, changedAtMs }
  const value = level === "normal" ? null : row
  out.push({ _tag: "State", workspaceId: book.workspaceId, key: marginStateKey(row), value })
}
