import { Result } from "effect"
import type { ScenarioPosition } from "./GuardRule.ts"
import { newTrade } from "./IsolatedTrades.ts"
import type { LocalExchange } from "./LocalExchange.ts"
import { Refusal } from "./MarketState.ts"

/** A scenario's position and the exchange's trade that it became. */
export interface OpenedPosition {
  readonly id: string
  readonly account: string
  readonly tradeId: string
  readonly entryPrice: number
  readonly margin: number
  readonly maintenanceMargin: number
  readonly liquidation: number
}

/** Opens positions as isolated market trades at the present price; stops at the first that is refused and says which. */
export const openPositions = (
  exchange: LocalExchange,
  positions: ReadonlyArray<ScenarioPosition>
): Result.Result<ReadonlyArray<OpenedPosition>, Refusal> => {
  const opened: Array<OpenedPosition> = []
  for (const { id, account, side, quantity, leverage } of positions) {
    const clientId = id.slice(0, 64)
    const trade = exchange.run((state) =>
      newTrade(state, account, { type: "market", side, quantity, leverage, clientId })
    )
    if (Result.isFailure(trade)) {
      const { status, code, message } = trade.failure
      return Result.fail(new Refusal({ status, code, message: `Position "${id}" of account "${account}": ${message}` }))
    }
    const { id: tradeId, entryPrice, margin, maintenanceMargin, liquidation } = trade.success
    opened.push({ id, account, tradeId, entryPrice, margin, maintenanceMargin, liquidation })
  }
  return Result.succeed(opened)
}
