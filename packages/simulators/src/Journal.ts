/** What the simulator saw and did, kept for the summary: ticks sent, crossings, orders received, liquidations. */
import type { Crossing } from "./Crossings.ts"

/** An order as the exchange received it; wall times in milliseconds with a fraction. */
export interface ReceivedOrder {
  readonly account: string
  readonly action: string
  /** Trade or order id; absent where the request named none and was refused. */
  readonly id: string | undefined
  readonly receivedAtMs: number
  readonly appliedAtMs: number
  /** Market time and price when it was applied. */
  readonly marketTimeMs: number
  readonly price: number | undefined
  readonly applied: boolean
  readonly status: number
  readonly reason: string | undefined
}

export interface Liquidation {
  readonly account: string
  readonly tradeId: string
  readonly marketTimeMs: number
  readonly price: number
}

export interface Journal {
  readonly tickSent: (marketTimeMs: number, sentAtMs: number, crossings: ReadonlyArray<Crossing>) => void
  readonly orderReceived: (order: ReceivedOrder) => void
  readonly liquidated: (liquidation: Liquidation) => void
  readonly rejected: (status: number) => void
  readonly reset: () => void
  readonly read: () => JournalView
  /** Market times of the last 100,000 ticks. */
  readonly sentTimes: () => ReadonlyArray<number>
  readonly sentAtMs: (marketTimeMs: number) => number | undefined
}

export interface JournalView {
  readonly ticksSent: number
  readonly crossings: ReadonlyArray<Crossing>
  readonly orders: ReadonlyArray<ReceivedOrder>
  readonly liquidations: ReadonlyArray<Liquidation>
  readonly rejectedByStatus: Readonly<Record<string, number>>
  /** Market time → wall time of sending, for every tick with a crossing. */
  readonly crossingTicks: ReadonlyMap<number, number>
}

const RING = 100_000

export const makeJournal = (): Journal => {
  let ticksSent = 0
  let crossings: Array<Crossing> = []
  let orders: Array<ReceivedOrder> = []
  let liquidations: Array<Liquidation> = []
  let rejected: Record<string, number> = {}
  let ring = new Map<number, number>()
  let crossingTicks = new Map<number, number>()
  return {
    tickSent: (marketTimeMs, sentAtMs, found) => {
      ticksSent += 1
      if (ring.size >= RING) ring.delete(ring.keys().next().value!)
      ring.set(marketTimeMs, sentAtMs)
      if (found.length === 0) return
      crossings.push(...found)
      crossingTicks.set(marketTimeMs, sentAtMs)
    },
    orderReceived: (order) => void orders.push(order),
    liquidated: (liquidation) => void liquidations.push(liquidation),
    rejected: (status) => {
      rejected[status] = (rejected[status] ?? 0) + 1
    },
    reset: () => {
      ticksSent = 0
      crossings = []
      orders = []
      liquidations = []
      rejected = {}
      ring = new Map()
      crossingTicks = new Map()
    },
    read: () => ({ ticksSent, crossings, orders, liquidations, rejectedByStatus: rejected, crossingTicks }),
    sentTimes: () => [...ring.keys()],
    sentAtMs: (marketTimeMs) => crossingTicks.get(marketTimeMs) ?? ring.get(marketTimeMs)
  }
}
