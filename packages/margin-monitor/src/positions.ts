import { type LevelState, marginStateKey, type Position, type PositionRule } from "@millrace/contracts"
import { unwatched } from "@millrace/trading"
import type { Outputs } from "./Output.ts"
import { type AccountBook, isWatched, marketOf, type PartitionState, type WatchedPosition } from "./PartitionState.ts"
import type { Step } from "./Step.ts"
import { makePair, marketIdOf, type WatchedRule } from "./WatchedRule.ts"
import { isUnderWay, recheck, unwatchPosition, unwatchRule, watchLevel, watchRule } from "./watching.ts"

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

/** Whether a rule watches a position: all of its account, or the one that it names. */
export const watches = (rule: PositionRule, positionId: string): boolean =>
  rule.positionId === undefined || rule.positionId === positionId

/** Begins to watch a position with a rule, where the rule is about it. */
export const addPair = (state: PartitionState, owner: WatchedPosition, rule: PositionRule): void => {
  if (!watches(rule, owner.position.positionId)) return
  const pair = makePair(owner, rule)
  owner.pairs.set(rule.ruleId, pair)
  if (isWatched(owner.book)) state.pairCount++
  watchRule(state, pair)
}

/** The rule or the position is gone. A command under way keeps its row until its outcome is seen. */
export const dropRule = ({ out, state }: Pick<Step, "out" | "state">, watched: WatchedRule): void => {
  unwatchRule(marketOf(state, marketIdOf(watched)), watched)
  const { book, episode } = watched
  const counted = isWatched(book) ? 1 : 0
  if (watched._tag === "Pair") {
    watched.owner.pairs.delete(watched.rule.ruleId)
    book.unplanned.delete(watched)
    state.pairCount -= counted
  } else {
    book.entries.delete(watched.rule.ruleId)
    state.entryCount -= counted
  }
  if (episode === undefined) return
  if (episode.commandId !== undefined) state.commands.delete(episode.commandId)
  if (episode.commandId !== undefined && isUnderWay(episode.phase)) state.orphans.set(episode.commandId, episode)
  else out.push({ _tag: "State", workspaceId: book.workspaceId, key: marginStateKey(episode), value: null })
}

/** The position has ended: nothing of it is evaluated any more, its rows go. */
export const dropPosition = (step: Pick<Step, "out" | "state">, watched: WatchedPosition): void => {
  const { out, state } = step
  unwatchPosition(state, watched)
  marketOf(state, watched.position.market).ending.delete(watched)
  for (const pair of [...watched.pairs.values()]) dropRule(step, pair)
  watched.book.positions.delete(watched.position.positionId)
  if (isWatched(watched.book)) state.positionCount--
  if (watched.level !== "normal") {
    watched.level = "normal"
    putLevel(watched, 0, out)
  }
  seeEffects(state, watched.position.positionId)
  recheckPlans(state, watched.book)
}

/** What can be done by closing trades depends on which there are. */
export const recheckPlans = (state: PartitionState, book: AccountBook): void => {
  for (const pair of book.unplanned) recheck(state, pair)
  book.unplanned.clear()
}

/** The position's own record has shown what a command did, or the position's end. */
export const seeEffect = (state: PartitionState, commandId: string): void => {
  const command = state.open.get(commandId)
  if (command === undefined) return
  command.effectSeen = true
  if (command.awaitsEffect) state.open.delete(commandId)
}

/** The position has appeared, or ended: what commands on it did is seen. */
export const seeEffects = (state: PartitionState, positionId: string): void => {
  for (const [commandId, command] of [...state.open]) if (command.positionId === positionId) seeEffect(state, commandId)
}

/** Writes the row of a position's level; none is kept for `normal`. */
export const putLevel = (watched: WatchedPosition, changedAtMs: number, out: Outputs): void => {
  const { book, level, position } = watched
  const { accountId, positionId } = position
  const row: LevelState = { _tag: "LevelState", accountId, positionId, level, changedAtMs }
  const value = level === "normal" ? null : row
  out.push({ _tag: "State", workspaceId: book.workspaceId, key: marginStateKey(row), value })
}
