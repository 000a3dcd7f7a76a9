import type { Position, TradeOutcome } from "@millrace/contracts"
import type { ExchangeCrossPosition, ExchangeTrade } from "@millrace/exchange"
import { positionFromCross } from "./crossPosition.ts"
import { type Held, HeldPositions, remember } from "./HeldPositions.ts"
import { type AppliedOutcome, effectOfOutcome } from "./outcomeEffect.ts"
import { type PositionEnd, positionFromTrade, samePosition } from "./positionFromTrade.ts"

/** A revision to write; one with status `closed` is followed by its tombstone. */
export type PositionChange = Position

/** What a read changed: the revision before, absent for a position that was not known. */
export interface Correction {
  readonly before: Position | undefined
  readonly after: Position
}

export interface Snapshot {
  readonly corrections: ReadonlyArray<Correction>
  /** Positions that the exchange no longer shows as running. */
  readonly missing: ReadonlyArray<Position>
  /** Something changed while the trades were read: read again. */
  readonly overtaken: boolean
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
  /** Takes an account's running isolated trades. */
  readonly applySnapshot: (accountId: string, trades: ReadonlyArray<ExchangeTrade>, mark: number) => Snapshot
  /** Takes an account's cross position; one whose side changed is `missing`, and comes anew with the next read. */
  readonly applyCross: (accountId: string, cross: ExchangeCrossPosition, mark: number) => Snapshot
  readonly applyEnd: (accountId: string, positionId: string, end: PositionEnd) => PositionChange | undefined
  readonly applyFunding: (
    accountId: string,
    positionId: string,
    figures: { readonly marginSats: number; readonly liquidationPriceUsd: number }
  ) => PositionChange | undefined
  /** `replayed`: the outcome is older than our view, so only its command is noted. */
  readonly applyOutcome: (outcome: TradeOutcome, replayed: boolean) => AppliedOutcome
}

/** Commands that are remembered. */
const rememberedCommands = 10_000

export const makePositionBook = (market: string, epoch: number): PositionBook => {
  const held = new HeldPositions(epoch)
  const applied = new Set<string>()
  const placeOf = (accountId: string) => ({ accountId, market, epoch })

  const next = ({ position: before }: Held, changes: Partial<Position>): Position => {
    const { commandId: _earlier, ...position } = before
    return { ...position, ...changes, revision: position.revision + 1, epoch }
  }

  const applySnapshot: PositionBook["applySnapshot"] = (accountId, trades, mark) => {
    const ofAccount = held.of(accountId)
    const corrections: Array<Correction> = []
    const seen = new Set<string>()
    let overtaken = false
    for (const trade of trades) {
      seen.add(trade.tradeId)
      if (held.hasEnded(accountId, trade.tradeId)) continue
      const known = ofAccount.get(trade.tradeId)
      const fresh = positionFromTrade(trade, placeOf(accountId), (known?.position.revision ?? 0) + 1)
      if (known !== undefined && samePosition(known.position, fresh)) continue
      if (known !== undefined && known.changedAt > mark) overtaken = true
      else corrections.push({ before: known?.position, after: held.write(fresh) })
    }
    const missing: Array<Position> = []
    for (const { changedAt, position } of ofAccount.values()) {
      if (seen.has(position.positionId) || position.marginMode === "cross") continue
      if (changedAt > mark) overtaken = true
      else missing.push(position)
    }
    return { corrections, missing, overtaken }
  }

  const applyCross: PositionBook["applyCross"] = (accountId, cross, mark) => {
    const before = held.crossOf(accountId)
    const turned = before !== undefined && cross.side !== undefined && cross.side !== before.side
    const fresh = positionFromCross(cross, placeOf(accountId), before)
    if (before === undefined && fresh === undefined) return unchanged
    if (before !== undefined && fresh !== undefined && samePosition(before, fresh)) return unchanged
    if (held.crossChangedAt(accountId) > mark) return { ...unchanged, overtaken: true }
    if (fresh === undefined || turned) return { ...unchanged, missing: before === undefined ? [] : [before] }
    if (held.hasEnded(accountId, fresh.positionId)) return unchanged
    return { ...unchanged, corrections: [{ before, after: held.write(fresh) }] }
  }

  const applyOutcome: PositionBook["applyOutcome"] = (outcome, replayed) => {
    const { accountId, commandId } = outcome
    if (applied.has(commandId)) return nothingApplied
    const known = outcome.positionId === undefined ? undefined : held.of(accountId).get(outcome.positionId)
    if (known?.position.commandId === commandId) return nothingApplied
    const effect = effectOfOutcome(outcome, known?.position, placeOf(accountId), replayed)
    if (effect._tag !== "Nothing" && outcome.status !== "unknown") remember(applied, commandId, rememberedCommands)
    switch (effect._tag) {
      case "Nothing":
        return nothingApplied
      case "Reread":
        return { change: undefined, reread: true }
      case "Ended":
        return { change: held.end(accountId, effect.positionId, effect.end), reread: false }
      case "Opened":
        return held.of(accountId).has(effect.position.positionId) ||
          held.hasEnded(accountId, effect.position.positionId)
          ? nothingApplied
          : { change: held.write(effect.position), reread: false }
      case "Changed":
        return known === undefined
          ? nothingApplied
          : { change: held.write(next(known, effect.changes)), reread: effect.reread }
    }
  }

  return {
    load: (position) => {
      if (position.status === "open") held.load(position)
    },
    ofAccount: (accountId) => [...held.of(accountId).values()].map(({ position }) => position),
    mark: () => held.step,
    applySnapshot,
    applyCross,
    applyEnd: (accountId, positionId, end) => held.end(accountId, positionId, end),
    applyFunding: (accountId, positionId, figures) => {
      const known = held.of(accountId).get(positionId)
      if (known === undefined) return undefined
      const position = next(known, figures)
      return samePosition(known.position, position) ? undefined : held.write(position)
    },
    applyOutcome
  }
}

const unchanged: Snapshot = { corrections: [], missing: [], overtaken: false }
const nothingApplied: AppliedOutcome = { change: undefined, reread: false }
