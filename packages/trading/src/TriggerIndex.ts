import { PriceHeap } from "./PriceHeap.ts"
import type { Direction } from "./TriggerPrice.ts"

/**
 * How much a tick widens its price to find candidates, as a share of the price: far more than the rounding error of a
 * trigger price in closed form, and far less than a price step, so that no pair is missed and few are looked at in vain.
 *
 * A closed form subtracts two inverse prices, so that its error grows with price over entry price: a short without
 * leverage has its triggers at billions of dollars, some 1e-6 off. Entry prices are at least 1 USD.
 */
export const widening = (priceUsd: number): number => 1e-9 + priceUsd * 4e-15

/** No watch. */
export const unwatched = -1

/**
 * Watches of one market, ordered by trigger price, one order per direction.
 *
 * A tick that reaches no trigger costs two comparisons, whatever the number of watches; one that reaches k of them costs
 * O(k). Setting and removing a watch cost O(log n).
 */
export class TriggerIndex<A> {
  private readonly falling = new PriceHeap()
  private readonly rising = new PriceHeap()
  private readonly items: Array<A | undefined> = []
  private readonly free: Array<number> = []

  /** Watches set. */
  get size(): number {
    return this.falling.size + this.rising.size
  }

  /** Sets a watch and returns its handle: `item` becomes a candidate when the price falls (rises) to `priceUsd`. */
  watch(item: A, direction: Direction, priceUsd: number): number {
    const handle = this.free.pop() ?? this.items.length
    this.items[handle] = item
    if (direction === "falls") this.falling.insert(handle, priceUsd)
    else this.rising.insert(handle, -priceUsd)
    return handle
  }

  /** Removes a watch; `unwatched` is left alone. Returns `unwatched`, for the owner to keep. */
  unwatch(handle: number): number {
    if (handle === unwatched) return unwatched
    this.falling.remove(handle)
    this.rising.remove(handle)
    this.items[handle] = undefined
    this.free.push(handle)
    return unwatched
  }

  /**
   * Returns the items whose trigger the price has reached or nearly reached, in no particular order; an item with two
   * watches may come twice. The formula decides about each. Their watches stay set.
   */
  candidates(priceUsd: number): ReadonlyArray<A> {
    const wide = priceUsd * widening(priceUsd)
    const low = priceUsd - wide
    const high = -priceUsd - wide
    if (this.falling.top < low && this.rising.top < high) return none
    const found: Array<A> = []
    const collect = (handle: number) => found.push(this.items[handle] as A)
    this.falling.visitFrom(low, collect)
    this.rising.visitFrom(high, collect)
    return found
  }
}

const none: ReadonlyArray<never> = []
