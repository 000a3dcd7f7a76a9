import {
  type Account,
  type AccountHistory,
  accountHistory,
  accountStateKey,
  automationCommands,
  decisions,
  type MarketTick,
  marginEvents,
  marketTicks,
  type Position,
  type TopicContract,
  tradeLog
} from "@millrace/contracts"
import { accountsAt, History, type HistoryError, type Recorded } from "@millrace/history"
import { makeLocalExchange } from "@millrace/simulators"
import { Effect, Stream } from "effect"
import { adoptPosition, changeByHand } from "./adoptPosition.ts"
import {
  type LogEntry,
  type Logged,
  loggedCommand,
  loggedDecision,
  loggedMarginEvent,
  loggedOutcome
} from "./DecisionLog.ts"
import { InvalidReplay, type ReplayInput, type ReplayStep } from "./ReplayInput.ts"

/** A range of what was recorded, by wall time in milliseconds; the first time included, the second not. */
export interface RecordedRange {
  readonly fromMs: number
  readonly toMs: number
  readonly market: string
  /** Assumed balance of each account beside its positions: balances are not recorded. */
  readonly balanceSats: number
}

/** A recorded range as something to replay, and what happened live in it. */
export interface Recording {
  readonly input: ReplayInput
  readonly live: ReadonlyArray<LogEntry>
}

/**
 * Reads the ticks of a range, the accounts, rules and positions at its beginning, and what others than the workers changed
 * in it. Commands, decisions, outcomes and margin events of the range are what happened live.
 *
 * Fails with `BeyondRetention` when records of the range may have been deleted, with `HistoryUnreadable` while Kafka or the
 * registry does not answer, and with `InvalidReplay` for a range without ticks or accounts.
 */
export const readRecording = Effect.fnUntraced(function* (
  range: RecordedRange
): Effect.fn.Return<Recording, HistoryError | InvalidReplay, History> {
  const ticks = yield* recorded(marketTicks, range, range.market)
  const then = yield* accountsAt(range.fromMs)
  const changes = (yield* recorded(accountHistory, range)).filter(({ timestampMs }) => timestampMs > range.fromMs)
  const steps = [...ticksOf(ticks), ...changesOf(changes, then.positions)].sort((a, b) => a.atMs - b.atMs)
  const first = steps.find((step) => step._tag === "Tick")
  const accounts = [...then.accounts.values()].map((account) => ({ ...account, network: "simulator" as const }))
  if (first?._tag !== "Tick") return yield* nothing(`No tick of ${range.market} was recorded in this range`)
  const arriving = arrivingIn(changes, then.accounts)
  if (accounts.length + arriving.length === 0) return yield* nothing("No account was stored in this range")
  const positions = [...then.positions.values()].filter(isIsolated)
  const input: ReplayInput = {
    source: `recorded ticks of ${range.market}`,
    ticks: steps.filter((step) => step._tag === "Tick").length,
    first: first.tick,
    accounts,
    arriving,
    rules: [...then.rules.values()],
    positions,
    startMs: range.fromMs,
    open: () => {
      const market = makeLocalExchange({ market: { priceStep: null, fundingRate: 0, spreadUsd: 0 } })
      for (const { accountId, name } of [...accounts, ...arriving])
        market.openAccount({ id: accountId, name, balance: range.balanceSats })
      market.prime(first.tick)
      for (const position of positions) adoptPosition(market, position)
      return { market, names: new Map() }
    },
    steps: () => steps
  }
  return { input, live: yield* liveLog(range) }
})

/** Accounts that were stored within the range, as they were first. */
const arrivingIn = (
  changes: ReadonlyArray<Recorded<AccountHistory>>,
  before: ReadonlyMap<string, unknown>
): ReadonlyArray<Account> => {
  const arriving = new Map<string, Account>()
  for (const { value } of changes)
    if (value?._tag === "Account" && !before.has(value.accountId) && !arriving.has(value.accountId))
      arriving.set(value.accountId, { ...value, network: "simulator" })
  return [...arriving.values()]
}

const nothing = (message: string) => new InvalidReplay({ message: `${message}; ask for another one.` })

const isIsolated = (position: Position): boolean => position.marginMode === "isolated"

const recorded = Effect.fnUntraced(function* <A>(
  contract: TopicContract<A>,
  { fromMs, toMs }: RecordedRange,
  partitionKey?: string
) {
  const { records } = yield* History
  const selection = partitionKey === undefined ? { fromMs, toMs } : { fromMs, toMs, partitionKey }
  return yield* Stream.runCollect(records(contract, selection))
})

/** Ticks at the wall time of their receipt; those of an older market time than one before are left out, as workers do. */
const ticksOf = (records: ReadonlyArray<Recorded<MarketTick>>): ReadonlyArray<ReplayStep> => {
  let newestMs = Number.NEGATIVE_INFINITY
  return records.flatMap(({ value }): ReadonlyArray<ReplayStep> => {
    if (value === null || value.marketTimeMs < newestMs) return []
    newestMs = value.marketTimeMs
    const { indexUsd, marketTimeMs, priceUsd, receivedAtMs } = value
    const tick = { price: priceUsd, timeMs: marketTimeMs, ...(indexUsd === undefined ? {} : { index: indexUsd }) }
    return [{ _tag: "Tick", atMs: Math.ceil(receivedAtMs), tick }]
  })
}

/** What others than the workers did: accounts and rules as they were changed, positions as their owner changed them. */
const changesOf = (
  records: ReadonlyArray<Recorded<AccountHistory>>,
  at: ReadonlyMap<string, Position>
): ReadonlyArray<ReplayStep> => {
  const known = new Map(at)
  return records.flatMap(({ timestampMs: atMs, value, workspaceId }): ReadonlyArray<ReplayStep> => {
    if (value === null) return []
    if (value._tag === "Removed") return [{ _tag: "State", atMs, key: value.key, value: undefined, workspaceId }]
    if (value._tag === "Position") return byHand(known, value, atMs)
    const state = value._tag === "Account" ? { ...value, network: "simulator" as const } : value
    return [{ _tag: "State", atMs, key: accountStateKey(state), value: state, workspaceId }]
  })
}

/** Closings that the market makes by itself, at a price of its own. */
const ofTheMarket: ReadonlySet<string> = new Set(["liquidated", "stop_loss", "take_profit"])

/** A revision that no command led to; the market liquidates and triggers by itself. */
const byHand = (known: Map<string, Position>, after: Position, atMs: number): ReadonlyArray<ReplayStep> => {
  const before = known.get(after.positionId)
  known.set(after.positionId, after)
  if (after.commandId !== undefined || !isIsolated(after)) return []
  if (after.status === "closed" && (before === undefined || ofTheMarket.has(after.closeReason ?? ""))) return []
  return [
    {
      _tag: "ByHand",
      atMs,
      act: (market) => (before === undefined ? adoptPosition(market, after) : changeByHand(market, before, after))
    }
  ]
}

const liveLog = Effect.fnUntraced(function* (range: RecordedRange) {
  const logs = yield* Effect.all([
    entriesOf(marginEvents, range, loggedMarginEvent),
    entriesOf(decisions, range, loggedDecision),
    entriesOf(automationCommands, range, loggedCommand),
    entriesOf(tradeLog, range, loggedOutcome)
  ])
  return logs.flat().sort((a, b) => a.marketTimeMs - b.marketTimeMs)
})

const entriesOf = <A extends { readonly marketTimeMs: number }>(
  contract: TopicContract<A>,
  range: RecordedRange,
  logged: (value: A) => Logged
) =>
  Effect.map(recorded(contract, range), (records) =>
    records.flatMap(({ value }) =>
      value === null ? [] : [{ marketTimeMs: value.marketTimeMs, ...logged(value) } as LogEntry]
    )
  )
