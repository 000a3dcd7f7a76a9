import type { AutoEntryRule, EpisodeState, PositionRule, TradingMode } from "@millrace/contracts"
import { unwatched } from "@millrace/trading"
import type { AccountBook, WatchedPosition } from "./PartitionState.ts"

/** What the controls say of a rule; as a value, so that the same inputs give the same decisions. */
export interface ControlsVerdict {
  readonly mode: TradingMode
  readonly readable: boolean
}

interface Watched {
  readonly book: AccountBook
  episode: EpisodeState | undefined
  /** Something that its reason depends on may have changed: the next tick looks at it again. */
  recheck: boolean
  /** Market time at which what blocks it ends by itself; 0: no such time is known. */
  wakeAtMs: number
  /** The freshness group it is in: the age up to which a price is fresh for it; undefined: none. */
  freshForMs: number | undefined
  /** Handles of the watches for the condition's beginning and end, of the due time, and of `wakeAtMs`. */
  enter: number
  leave: number
  timer: number
  wake: number
}

/** A rule that watches a position. */
export interface WatchedPair extends Watched {
  readonly _tag: "Pair"
  /** `<account>/<position>/<rule>` */
  readonly key: string
  readonly owner: WatchedPosition
  rule: PositionRule
}

/** A rule that opens a position. */
export interface WatchedEntry extends Watched {
  readonly _tag: "Entry"
  /** Account, a star in the place of the position, and rule. */
  readonly key: string
  rule: AutoEntryRule
}

export type WatchedRule = WatchedPair | WatchedEntry

const begin = {
  episode: undefined,
  recheck: false,
  wakeAtMs: 0,
  freshForMs: undefined,
  enter: unwatched,
  leave: unwatched,
  timer: -1,
  wake: -1
}

export const makePair = (owner: WatchedPosition, rule: PositionRule): WatchedPair => ({
  ...begin,
  _tag: "Pair",
  key: `${owner.key}/${rule.ruleId}`,
  book: owner.book,
  owner,
  rule
})

export const makeEntry = (book: AccountBook, rule: AutoEntryRule): WatchedEntry => ({
  ...begin,
  _tag: "Entry",
  key: `${book.accountId}/*/${rule.ruleId}`,
  book,
  rule
})

export const marketIdOf = (watched: WatchedRule): string =>
  watched._tag === "Pair" ? watched.owner.position.market : watched.rule.market
