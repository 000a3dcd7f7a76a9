import { crossPositionId } from "@millrace/contracts"
import { Result } from "effect"
import { newCrossOrder } from "./CrossOrders.ts"
import { crossFigures, setCrossLeverage } from "./CrossPosition.ts"
import { newTrade } from "./IsolatedTrades.ts"
import type { LocalExchange } from "./LocalExchange.ts"
import { findAccount, Refusal } from "./MarketState.ts"
import type { ScenarioPosition } from "./ScenarioPosition.ts"

/** A scenario's position and what it became at the exchange. */
export interface OpenedPosition {
  readonly id: string
  readonly account: string
  /** Id of the trade; of a cross position, of this opening of it. */
  readonly tradeId: string
  readonly entryPrice: number
  readonly margin: number
  readonly maintenanceMargin: number
  /** Absent: no price of the market liquidates it. */
  readonly liquidation?: number
}

/** Opens positions by market orders at the present price; stops at the first that is refused and says which. */
export const openPositions = (
  exchange: LocalExchange,
  positions: ReadonlyArray<ScenarioPosition>
): Result.Result<ReadonlyArray<OpenedPosition>, Refusal> => {
  const opened: Array<OpenedPosition> = []
  for (const position of positions) {
    const one = position.margin_mode === "cross" ? openCross(exchange, position) : openIsolated(exchange, position)
    if (Result.isFailure(one)) {
      const { status, code, message } = one.failure
      const { account, id } = position
      return Result.fail(new Refusal({ status, code, message: `Position "${id}" of account "${account}": ${message}` }))
    }
    opened.push(one.success)
  }
  return Result.succeed(opened)
}

const openIsolated = (exchange: LocalExchange, { account, id, leverage, quantity, side }: ScenarioPosition) => {
  const clientId = id.slice(0, 64)
  const trade = exchange.run((state) =>
    newTrade(state, account, { type: "market", side, quantity, leverage, clientId })
  )
  return Result.map(
    trade,
    ({ entryPrice, id: tradeId, liquidation, maintenanceMargin, margin }): OpenedPosition => ({
      ...{ id, account, tradeId, entryPrice, margin, maintenanceMargin, liquidation }
    })
  )
}

const openCross = (exchange: LocalExchange, position: ScenarioPosition) =>
  exchange
    .run((state) => setCrossLeverage(state, position.account, position.leverage))
    .pipe(
      Result.flatMap(() =>
        exchange.run((state) =>
          newCrossOrder(state, position.account, {
            type: "market",
            side: position.side,
            quantity: position.quantity,
            clientId: position.id.slice(0, 64)
          })
        )
      ),
      Result.map((): OpenedPosition => openedCross(exchange, position))
    )

const openedCross = (exchange: LocalExchange, { account: accountId, id }: ScenarioPosition): OpenedPosition => {
  const state = exchange.state()
  const account = findAccount(state, accountId)!
  const { entryPrice, id: exchangeId, margin, updatedAtMs } = account.cross
  const { liquidation, maintenanceMargin } = crossFigures(state, account)
  return {
    id,
    account: accountId,
    tradeId: crossPositionId(exchangeId, updatedAtMs),
    entryPrice: entryPrice ?? 0,
    margin,
    maintenanceMargin,
    ...(liquidation === null ? {} : { liquidation })
  }
}
