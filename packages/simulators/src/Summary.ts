/** The simulator's side of a run's summary. */
import type { Crossing } from "./Crossings.ts"
import type { Journal, Liquidation, ReceivedOrder } from "./Journal.ts"

export interface Summary {
  readonly ticksSent: number
  readonly crossings: ReadonlyArray<Crossing & { readonly sentAtMs: number | undefined }>
  readonly effects: ReadonlyArray<ReceivedOrder>
  readonly refusedOrders: ReadonlyArray<ReceivedOrder>
  readonly liquidations: ReadonlyArray<Liquidation>
  readonly rejectedRequests: number
  readonly rejectedByStatus: Readonly<Record<string, number>>
  /** Effects on a trade beyond one per crossing of a rule with that action. */
  readonly duplicates: ReadonlyArray<ReceivedOrder>
  /** Effects that no crossing asked for. */
  readonly unexpected: ReadonlyArray<ReceivedOrder>
  /** Market time and wall time of sending of the ticks asked for. */
  readonly ticks: ReadonlyArray<{ readonly marketTimeMs: number; readonly sentAtMs: number }>
}

/** An isolated trade is closed whole, so closing is also what reducing comes down to. */
const effectOf: Record<Crossing["action"], string> = {
  close_position: "close_position",
  reduce_position: "close_position",
  add_margin: "add_margin"
}

/** @param tickTimes market times whose sending is asked for, besides those of the crossings; `all`: the last 100,000. */
export const summarise = (journal: Journal, tickTimes: ReadonlyArray<number> | "all" = []): Summary => {
  const view = journal.read()
  const effects = view.orders.filter((order) => order.applied)
  const { duplicates, unexpected } = compare(view.crossings, effects)
  const ticks = new Map(view.crossingTicks)
  for (const marketTimeMs of tickTimes === "all" ? journal.sentTimes() : tickTimes) {
    const sentAtMs = journal.sentAtMs(marketTimeMs)
    if (sentAtMs !== undefined) ticks.set(marketTimeMs, sentAtMs)
  }
  return {
    ticksSent: view.ticksSent,
    crossings: view.crossings.map((crossing) => ({ ...crossing, sentAtMs: view.crossingTicks.get(crossing.atMs) })),
    effects,
    refusedOrders: view.orders.filter((order) => !order.applied),
    liquidations: view.liquidations,
    rejectedRequests: Object.values(view.rejectedByStatus).reduce((sum, n) => sum + n, 0),
    rejectedByStatus: view.rejectedByStatus,
    duplicates,
    unexpected,
    ticks: [...ticks].map(([marketTimeMs, sentAtMs]) => ({ marketTimeMs, sentAtMs }))
  }
}

const compare = (crossings: ReadonlyArray<Crossing>, effects: ReadonlyArray<ReceivedOrder>) => {
  const allowed = new Map<string, number>()
  for (const crossing of crossings) {
    const key = `${effectOf[crossing.action]}/${crossing.tradeId}`
    allowed.set(key, (allowed.get(key) ?? 0) + 1)
  }
  const duplicates: Array<ReceivedOrder> = []
  const unexpected: Array<ReceivedOrder> = []
  const seen = new Map<string, number>()
  for (const effect of effects) {
    const key = `${effect.action}/${effect.id}`
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    const limit = allowed.get(key) ?? 0
    if (limit === 0) unexpected.push(effect)
    else if (count > limit) duplicates.push(effect)
  }
  return { duplicates, unexpected }
}
