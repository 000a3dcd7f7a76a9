import type { MarketTick } from "@millrace/contracts"

/** The newest ticks, oldest first, bounded; only those that follow on. */
export class RecentTicks {
  private readonly limit: number
  private ticks: Array<MarketTick> = []
  private readonly newest = new Map<string, MarketTick>()

  constructor(limit: number) {
    this.limit = limit
  }

  /** Returns false for a tick of an older lease epoch, or of an older market time in the same epoch, than one before. */
  add(tick: MarketTick): boolean {
    const before = this.newest.get(tick.market)
    if (before !== undefined && tick.epoch < before.epoch) return false
    if (before?.epoch === tick.epoch && tick.marketTimeMs < before.marketTimeMs) return false
    this.newest.set(tick.market, tick)
    this.ticks.push(tick)
    if (this.ticks.length >= 2 * this.limit) this.ticks = this.ticks.slice(-this.limit)
    return true
  }

  all(): ReadonlyArray<MarketTick> {
    return this.ticks
  }
}
