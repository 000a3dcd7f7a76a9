import type { Position } from "@millrace/contracts"
import { endedPosition, type PositionEnd } from "./positionFromTrade.ts"

/** A position as the leader holds it. */
export interface Held {
  readonly position: Position
  /** When it last changed, in steps of the book. */
  readonly changedAt: number
}

/** Ended positions of an account that are remembered. */
const rememberedEnds = 1_000

/** Adds to a set that remembers so many values at most, and forgets the oldest. */
export const remember = (set: Set<string>, value: string, most: number): void => {
  set.add(value)
  if (set.size > most) set.delete(set.values().next().value!)
}

/** Open positions by account, each with the step of its last change. Every change is the next step. */
export class HeldPositions {
  readonly epoch: number
  private readonly accounts = new Map<string, Map<string, Held>>()
  private readonly ends = new Map<string, Set<string>>()
  private readonly crossChanges = new Map<string, number>()
  private steps = 0

  constructor(epoch: number) {
    this.epoch = epoch
  }

  get step(): number {
    return this.steps
  }

  of(accountId: string): Map<string, Held> {
    let held = this.accounts.get(accountId)
    if (held === undefined) {
      held = new Map()
      this.accounts.set(accountId, held)
    }
    return held
  }

  /** The account's cross position. */
  crossOf(accountId: string): Position | undefined {
    for (const { position } of this.of(accountId).values()) if (position.marginMode === "cross") return position
    return undefined
  }

  /** When the account's cross position last changed, opened or ended. */
  crossChangedAt(accountId: string): number {
    return this.crossChanges.get(accountId) ?? 0
  }

  load(position: Position): void {
    this.of(position.accountId).set(position.positionId, { position, changedAt: 0 })
  }

  write(position: Position): Position {
    this.steps += 1
    this.of(position.accountId).set(position.positionId, { position, changedAt: this.steps })
    if (position.marginMode === "cross") this.crossChanges.set(position.accountId, this.steps)
    return position
  }

  /** Ends a position; it never opens again, whether it was held or not. */
  end(accountId: string, positionId: string, end: PositionEnd): Position | undefined {
    this.steps += 1
    const ended = this.ends.get(accountId) ?? new Set()
    this.ends.set(accountId, ended)
    remember(ended, positionId, rememberedEnds)
    const held = this.of(accountId).get(positionId)
    if (held === undefined) return undefined
    this.of(accountId).delete(positionId)
    if (held.position.marginMode === "cross") this.crossChanges.set(accountId, this.steps)
    return endedPosition(held.position, end, this.epoch)
  }

  hasEnded(accountId: string, positionId: string): boolean {
    return this.ends.get(accountId)?.has(positionId) === true
  }
}
