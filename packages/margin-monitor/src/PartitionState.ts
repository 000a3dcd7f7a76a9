import type {
  Account,
  EpisodeState,
  EvaluatedState,
  LevelState,
  MarginLevel,
  Position,
  RuleActivity
} from "@millrace/contracts"
import { TriggerIndex } from "@millrace/trading"
import { DueTimes } from "./DueTimes.ts"
import type { EvaluatorSettings } from "./EvaluatorSettings.ts"
import { FreshnessGroups } from "./FreshnessGroups.ts"
import type { ControlsVerdict, WatchedEntry, WatchedPair, WatchedRule } from "./WatchedRule.ts"

/** A position whose margin level is watched. */
export interface WatchedPosition {
  readonly _tag: "Position"
  /** `<account>/<position>`: outputs of a tick follow it, so that they do not depend on the index. */
  readonly key: string
  readonly book: AccountBook
  position: Position
  level: MarginLevel
  readonly pairs: Map<string, WatchedPair>
  /** Market time of its end, once that is known: it is evaluated up to this time, and dropped before any later tick. */
  endsAtMs: number | undefined
  /** Handles of the watches for the next higher and lower level. */
  rise: number
  fall: number
}

/** What is known of an account. Nothing of it is watched before its own row is there, or while it is switched off. */
export interface AccountBook {
  readonly accountId: string
  /** Of the account's own records. */
  workspaceId: string
  account: Account | undefined
  /** Rules on positions. */
  readonly rules: Map<string, WatchedPair["rule"]>
  readonly entries: Map<string, WatchedEntry>
  readonly positions: Map<string, WatchedPosition>
  /** Of rules with a cool-down or a limit of actions. */
  readonly activity: Map<string, RuleActivity>
  /** Pairs whose action the exchange can't do with the positions that there are. */
  readonly unplanned: Set<WatchedPair>
  /** What the controls say of each rule; absent: active and readable. */
  readonly verdicts: Map<string, ControlsVerdict>
}

/** One market within a partition. */
export interface MarketBook {
  readonly index: TriggerIndex<WatchedPosition | WatchedRule>
  readonly due: DueTimes<WatchedRule>
  readonly freshness: FreshnessGroups<WatchedRule>
  /** Positions whose end is known and lies at or after the newest tick. */
  readonly ending: Set<WatchedPosition>
  /** Market time and lease epoch of the newest tick evaluated; 0 before the first. */
  evaluatedToMs: number
  epoch: number
}

/** A command whose outcome, or whose effect on the position, was not seen yet. */
export interface OpenCommand {
  readonly accountId: string
  /** Undefined: it opens a position, until its outcome names that. */
  positionId: string | undefined
  /** The effect is a position that appears. */
  opens: boolean
  /** The outcome says that the position's own record will show an effect. */
  awaitsEffect: boolean
  effectSeen: boolean
}

/** Rows of margin-state read at the start, until the positions they belong to are known. */
export interface Restored {
  readonly levels: Map<string, LevelState>
  readonly episodes: Map<string, EpisodeState>
  readonly activities: Map<string, RuleActivity>
  readonly evaluated: Map<string, EvaluatedState>
}

/** Everything the monitor knows of one partition of account-state. */
export interface PartitionState {
  readonly settings: EvaluatorSettings
  readonly accounts: Map<string, AccountBook>
  readonly markets: Map<string, MarketBook>
  /** What waits for a command's outcome. */
  readonly commands: Map<string, WatchedRule>
  /** Episodes whose position or rule is gone while their command is under way: command id → state. */
  readonly orphans: Map<string, EpisodeState>
  readonly open: Map<string, OpenCommand>
  readonly restored: Restored
  /** While a tick is evaluated: rules that something in it asked to be looked at again. */
  again: Set<WatchedRule> | undefined
  /** False while the tables are read: rows are collected, nothing is watched or put out. */
  started: boolean
  /** Positions, pairs and entries of accounts that are active. */
  positionCount: number
  pairCount: number
  entryCount: number
}

export const emptyPartition = (settings: EvaluatorSettings): PartitionState => ({
  settings,
  accounts: new Map(),
  markets: new Map(),
  commands: new Map(),
  orphans: new Map(),
  open: new Map(),
  restored: { levels: new Map(), episodes: new Map(), activities: new Map(), evaluated: new Map() },
  again: undefined,
  started: false,
  positionCount: 0,
  pairCount: 0,
  entryCount: 0
})

export const bookOf = (state: PartitionState, accountId: string, workspaceId: string): AccountBook => {
  const known = state.accounts.get(accountId)
  if (known !== undefined) return known
  const book: AccountBook = {
    accountId,
    workspaceId,
    account: undefined,
    rules: new Map(),
    entries: new Map(),
    positions: new Map(),
    activity: new Map(),
    unplanned: new Set(),
    verdicts: new Map()
  }
  state.accounts.set(accountId, book)
  return book
}

/** Only active accounts are watched: nobody follows the positions of the others, so what is known of them is stale. */
export const isWatched = (book: AccountBook): boolean => book.account?.active === true

/** Everything of an account that has episodes: pairs by position, then entries. */
export function* rulesWatched(book: AccountBook): Iterable<WatchedRule> {
  for (const watched of book.positions.values()) yield* watched.pairs.values()
  yield* book.entries.values()
}

export const marketOf = (state: PartitionState, market: string): MarketBook => {
  const known = state.markets.get(market)
  if (known !== undefined) return known
  const book: MarketBook = {
    index: new TriggerIndex(),
    due: new DueTimes(),
    freshness: new FreshnessGroups(),
    ending: new Set(),
    evaluatedToMs: 0,
    epoch: 0
  }
  state.markets.set(market, book)
  return book
}
