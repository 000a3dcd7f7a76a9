import type { AutomationCommand, Position, Rule } from "@millrace/contracts"
import {
  type LocalExchange,
  Market,
  moveCrossMargin,
  newCrossOrder,
  openPositions,
  runningTrade,
  setCrossLeverage
} from "@millrace/simulators"
import { Result } from "effect"
import { actionOf, commandFigures, effectsOf, isCross, isEntry, type OrderKind, ruleOf } from "./OrderKind.ts"

/** A command that is to be carried out, with what it finds in the tables and what it is to do at the exchange, once. */
export interface PlacedOrder {
  readonly kind: OrderKind
  /** Its times are set when it is sent. */
  readonly command: AutomationCommand
  readonly rule: Rule
  readonly positions: ReadonlyArray<Position>
  /** As `effectName` names them, each once. */
  readonly effects: ReadonlyArray<string>
}

export interface OrderPlace {
  readonly kind: OrderKind
  /** An account at the exchange; orders about its cross position share it with none of that sort. */
  readonly accountId: string
  readonly commandId: string
}

/** Puts the exchange into the state that the command is decided on; its price is 60,000 USD. */
export const placeOrder = (exchange: LocalExchange, { accountId, commandId, kind }: OrderPlace): PlacedOrder => {
  const tradeIds = isCross(kind) || kind === "new_trade" ? [] : openTrades(exchange, accountId, commandId, kind)
  if (isCross(kind) && !isEntry(kind)) openCross(exchange, accountId)
  const positionIds = isCross(kind) && !isEntry(kind) ? [`cross-${accountId}`] : tradeIds
  const [positionId] = positionIds
  const action = actionOf(kind, tradeIds)
  const rule = ruleOf(accountId, `rule-${commandId}`, action)
  const command: AutomationCommand = {
    ...{ commandId, accountId, ruleId: rule.ruleId, ruleKind: rule.kind, ruleVersion: 1, attempt: 1, action },
    ...(positionId === undefined ? {} : { positionId, figures: commandFigures }),
    ...(isCross(kind) ? { marginMode: "cross" } : {}),
    ...{ positionRevision: positionId === undefined ? 0 : 1, dryRun: false, priceUsd: 60_500 },
    ...{ marketTimeMs: exchange.state().timeMs, tickReceivedAtMs: 0, decidedAtMs: 0 }
  }
  return {
    kind,
    command,
    rule,
    positions: positionIds.map((id) => positionOf(exchange, accountId, id, isCross(kind))),
    effects: effectsOf(kind, tradeIds)
  }
}

const openTrades = (exchange: LocalExchange, accountId: string, commandId: string, kind: OrderKind) => {
  const names = kind === "close_trades" ? ["a", "b", "c"] : ["a"]
  const wanted = names.map((name) => ({
    id: `${commandId}-${name}`,
    account: accountId,
    ...({ side: "buy", quantity: 1000, leverage: 10 } as const)
  }))
  return Result.getOrThrow(openPositions(exchange, wanted)).map(({ tradeId }) => tradeId)
}

/** A long of 1,000 USD for those that act on one; an entry brings its margin itself. */
const openCross = (exchange: LocalExchange, accountId: string): void => {
  Result.getOrThrow(exchange.run((state) => moveCrossMargin(state, accountId, 500_000)))
  Result.getOrThrow(exchange.run((state) => setCrossLeverage(state, accountId, 10)))
  const order = { type: "market", side: "buy", quantity: 1000 } as const
  Result.getOrThrow(exchange.run((state) => newCrossOrder(state, accountId, order)))
}

const positionOf = (exchange: LocalExchange, accountId: string, positionId: string, cross: boolean): Position => {
  const state = exchange.state()
  const marginSats = cross
    ? Market.findAccount(state, accountId)!.cross.margin
    : Result.getOrThrow(runningTrade(state, accountId, positionId)).margin
  return {
    ...{ _tag: "Position", positionId, accountId, market: "btc_usd", marginMode: cross ? "cross" : "isolated" },
    ...{ side: "buy", quantityUsd: 1000, entryPriceUsd: 60_000, marginSats, maintenanceMarginSats: 1833 },
    ...{ leverage: 10, liquidationPriceUsd: 54_545.5, status: "open", openedAtMs: 0, revision: 1, epoch: 1 }
  }
}
