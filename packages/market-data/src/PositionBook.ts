import type { Position, TradeOutcome } from "@millrace/contracts"
import type { ExchangeTrade } from "@millrace/exchange"
import { endedPosition, figuresAfter, type PositionEnd, positionFromTrade, samePosition } from "./positionFromTrade.ts"

/** A revision to write; one with status `closed` is followed by its tombstone. */
export type PositionChange = Position

export interface Snapshot {
  readonly changes: ReadonlyArray<PositionChange>
  /** Positions that the exchange no longer shows as running. */
  readonly missing: ReadonlyArray<Position>
  /** Something changed while the trades were read: read again. */
  readonly overtaken: boolean
}

export interface AppliedOutcome {
  readonly change: PositionChange | undefined
  /** The figures were not taken from the outcome: read the account's trades. */
  readonly reread: boolean
}

/**
 * The leader's own view of all positions; every change of it is the next revision. Plain and immediate.
 *
 * Snapshots carry the mark that was taken before their request, so that a change that overtook the request wins. A
 * position that ended never opens again.
 */
export interface PositionBook {
  /** Takes over a position as the table shows it. */
  readonly load: (position: Position) => void
  readonly ofAccount: (accountId: string) => ReadonlyArray<Position>
  readonly mark: () => number
  readonly applySnapshot: (accountId: string, trades: ReadonlyArray<ExchangeTrade>, mark: number) => Snapshot
  readonly applyEnd: (accountId: string, positionId: string, end: PositionEnd) => PositionChange | undefined
  readonly applyFunding: (
    accountId: string,
    positionId: string,
    figures: { readonly marginSats: number; readonly liquidationPriceUsd: number }
  ) => PositionChange | undefined
  /** `replayed`: the outcome is older than our view, so only its command is noted. */
  readonly applyOutcome: (outcome: TradeOutcome, replayed: boolean) => AppliedOutcome
}

interface Held {
  readonly position: Position
  /** When it last changed, in steps of the book. */
  readonly changedAt: number
}

/** Ended positions of an account, and commands of all, that are remembered. */
const rememberedEnds = 1_000
const rememberedCommands = 10_000

const remember = (set: Set<string>, value: string, most: number): void => {
  set.add(value)
  if (set.size > most) set.delete(set.values().next().value!)
}

export const makePositionBook = (market: string, epoch: number): PositionBook => {
  const accounts = new Map<string, Map<string, Held>>()
  const ends = new Map<string, Set<string>>()
  const applied = new Set<string>()
  let step = 0

  const heldOf = (accountId: string): Map<string, Held> => {
    let held = accounts.get(accountId)
    if (held === undefined) {
      held = new Map()
      accounts.set(accountId, held)
    }
    return held
  }
  const write = (position: Position): Position => {
    step += 1
    heldOf(position.accountId).set(position.positionId, { position, changedAt: step })
    return position
  }
  const rememberEnd = (accountId: string, positionId: string): void => {
    step += 1
    const ended = ends.get(accountId) ?? new Set()
    ends.set(accountId, ended)
    remember(ended, positionId, rememberedEnds)
  }
  const next = (held: Held, changes: Partial<Position>): Position => {
    const { commandId: _earlier, ...position } = held.position
    return { ...position, ...changes, revision: position.revision + 1, epoch }
  }

  const applyEnd: PositionBook["applyEnd"] = (accountId, positionId, end) => {
    const held = heldOf(accountId).get(positionId)
    rememberEnd(accountId, positionId)
    if (held === undefined) return undefined
    heldOf(accountId).delete(positionId)
    return endedPosition(held.position, end, epoch)
  }

  const applySnapshot: PositionBook["applySnapshot"] = (accountId, trades, mark) => {
    const held = heldOf(accountId)
    const changes: Array<PositionChange> = []
    const seen = new Set<string>()
    let overtaken = false
    for (const trade of trades) {
      seen.add(trade.tradeId)
      if (ends.get(accountId)?.has(trade.tradeId)) continue
      const known = held.get(trade.tradeId)
      const fresh = positionFromTrade(trade, { accountId, market, epoch }, (known?.position.revision ?? 0) + 1)
      if (known !== undefined && samePosition(known.position, fresh)) continue
      if (known !== undefined && known.changedAt > mark) overtaken = true
      else changes.push(write(fresh))
    }
    const missing: Array<Position> = []
    for (const { changedAt, position } of held.values()) {
      if (seen.has(position.positionId)) continue
      if (changedAt > mark) overtaken = true
      else missing.push(position)
    }
    return { changes, missing, overtaken }
  }

  return {
    load: (position) => {
      if (position.status === "open") heldOf(position.accountId).set(position.positionId, { position, changedAt: 0 })
    },
    ofAccount: (accountId) => [...heldOf(accountId).values()].map(({ position }) => position),
    mark: () => step,
    applySnapshot,
    applyEnd,
    applyFunding: (accountId, positionId, figures) => {
      const held = heldOf(accountId).get(positionId)
      if (held === undefined) return undefined
      const position = next(held, figures)
      return samePosition(held.position, position) ? undefined : write(position)
    },
    applyOutcome: (outcome, replayed) => {
      const { accountId, after, commandId, positionId } = outcome
      if (outcome.status === "unknown") return { change: undefined, reread: true }
      const held = heldOf(accountId).get(positionId)
      if (after === undefined || outcome.status !== "completed" || held === undefined) return nothingApplied
      if (held.position.commandId === commandId || applied.has(commandId)) return nothingApplied
      remember(applied, commandId, rememberedCommands)
      if (!after.open) {
        const closedAtMs = after.closedAtMs ?? outcome.marketTimeMs
        const end = { exitPriceUsd: after.exitPriceUsd, pnlSats: outcome.pnlSats, closedAtMs, commandId }
        return { change: applyEnd(accountId, positionId, { reason: "closed", ...end }), reread: false }
      }
      const changes = replayed ? { commandId } : { ...figuresAfter(after), commandId }
      return { change: write(next(held, changes)), reread: replayed }
    }
  }
}

const nothingApplied: AppliedOutcome = { change: undefined, reread: false }
