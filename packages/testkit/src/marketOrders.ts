import { type LocalExchange, Market } from "@millrace/simulators"
import type { NewIntent } from "@millrace/store"
import { crossUsdOf } from "./marketPositions.ts"
import type { OuterOrder } from "./outerExchange.ts"
import type { ProcessPlace, SimulatedWorld } from "./SimulatedWorld.ts"

/** Notes in the history whose order leaves a process, and what it changes at the market. */
export interface MarketOrders {
  /** The ledger lets a request of an intent be sent. */
  readonly granted: (intent: NewIntent, signedAtMs: number) => void
  readonly leaves: (place: Pick<ProcessPlace, "record">, order: OuterOrder) => void
  readonly arrives: (order: OuterOrder) => void
  readonly applied: (order: OuterOrder) => void
}

/**
 * An order of a new trade names its intent itself. Any other is known by what it is about and when it was signed: the
 * ledger grants one request at a time for a position or for all cross margin of an account, and a late copy keeps its time.
 */
export const marketOrders = (world: SimulatedWorld, market: LocalExchange): MarketOrders => {
  const grants = new Map<string, string>()
  const intentOf = ({ accountId, operation, signedAtMs, subject }: OuterOrder): string =>
    operation === "open trade"
      ? subject
      : (grants.get(`${accountId}/${subject}/${signedAtMs}`) ?? `nobody's ${subject} of ${accountId}`)
  const leverageOf = (accountId: string) => Market.findAccount(market.state(), accountId)?.cross.leverage
  let before = { crossUsd: 0, leverage: 0 as number | undefined }
  return {
    granted: ({ accountId, intentId, lock, positionId }, signedAtMs) => {
      grants.set(`${accountId}/${lock ?? positionId}/${signedAtMs}`, intentId)
    },
    leaves: ({ record }, order) => {
      record({ type: "ordered", intent: intentOf(order), what: `${order.operation} of ${order.subject}` })
    },
    arrives: ({ accountId }) => {
      market.prime({ price: market.state().price ?? 0, timeMs: world.time.nowMs })
      before = { crossUsd: crossUsdOf(market, accountId), leverage: leverageOf(accountId) }
    },
    applied: (order) => {
      const { accountId, operation, subject } = order
      // The same leverage once more changes nothing.
      if (operation === "set cross leverage" && before.leverage === leverageOf(accountId)) return
      const crossUsd = [before.crossUsd, crossUsdOf(market, accountId)] as const
      world.record("", {
        type: "effect",
        intent: intentOf(order),
        what: `${operation} of ${subject}`,
        ...(subject === "cross" ? { crossUsd } : {})
      })
    }
  }
}
