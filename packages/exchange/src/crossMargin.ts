import { LnMarketsRest } from "@millrace/contracts"
import { Effect } from "effect"
import type { AccountSession, ExchangeCrossOrder, ExchangeTransfer } from "./Exchange.ts"
import { exchangeCrossOrder, exchangeCrossPosition, exchangeTransfer } from "./exchangeCross.ts"
import type { RestCall, RestClient } from "./RestClient.ts"
import { readPages } from "./readPages.ts"
import { signOrder } from "./signOrder.ts"

type CrossOperations = Pick<
  AccountSession,
  | "crossPosition"
  | "crossOrders"
  | "crossTransfers"
  | "signCrossOrder"
  | "signCloseCross"
  | "signCrossDeposit"
  | "signSetCrossLeverage"
>

const cross = "/futures/cross"

/** An account's cross margin: its one position, orders, and transfers from and to the balance. */
export const makeCrossMargin = (rest: RestClient): CrossOperations => ({
  crossPosition: Effect.map(
    rest.read({
      operation: "cross position",
      method: "GET",
      path: `${cross}/position`,
      answer: LnMarketsRest.CrossPosition
    }),
    exchangeCrossPosition
  ),
  crossOrders: (sinceMs) => readOrders(rest, sinceMs),
  crossTransfers: (sinceMs) => readTransfers(rest, sinceMs),
  signCrossOrder: ({ orderType, priceUsd, quantityUsd, side }) => {
    const body: LnMarketsRest.NewCrossOrder = {
      type: orderType,
      side,
      quantity: quantityUsd,
      ...(priceUsd === undefined ? {} : { price: priceUsd })
    }
    return signOrder(rest, orderCall("cross order", "/order", body), exchangeCrossOrder)
  },
  signCloseCross: signOrder(rest, orderCall("close cross position", "/position/close", undefined), exchangeCrossOrder),
  signCrossDeposit: (amountSats) =>
    signOrder(rest, positionCall("cross deposit", "POST", "/deposit", { amount: amountSats }), exchangeCrossPosition),
  signSetCrossLeverage: (leverage) =>
    signOrder(rest, positionCall("set cross leverage", "PUT", "/leverage", { leverage }), exchangeCrossPosition)
})

/** Open orders are read first: one that is filled in between is then in both lists, and its newer state counts. */
const readOrders = Effect.fn("AccountSession.crossOrders")(function* (rest: RestClient, sinceMs: number) {
  const orders = new Map<string, ExchangeCrossOrder>()
  const keep = (read: ReadonlyArray<LnMarketsRest.CrossOrder>) => {
    for (const order of read.map(exchangeCrossOrder)) if (order.createdAtMs >= sinceMs) orders.set(order.orderId, order)
  }
  keep(
    yield* rest.read({
      operation: "open cross orders",
      method: "GET",
      path: `${cross}/orders/open`,
      answer: LnMarketsRest.CrossOrders
    })
  )
  const filled = {
    operation: "filled cross orders",
    path: `${cross}/orders/filled`,
    fromMs: sinceMs,
    answer: LnMarketsRest.CrossOrderPage
  }
  yield* readPages(rest, filled, (page) => {
    keep(page)
    return "more"
  })
  return [...orders.values()].sort((a, b) => b.createdAtMs - a.createdAtMs)
})

const readTransfers = Effect.fn("AccountSession.crossTransfers")(function* (rest: RestClient, sinceMs: number) {
  const transfers: Array<ExchangeTransfer> = []
  const list = {
    operation: "cross transfers",
    path: `${cross}/transfers`,
    fromMs: sinceMs,
    answer: LnMarketsRest.TransferPage
  }
  yield* readPages(rest, list, (page) => {
    transfers.push(...page.map(exchangeTransfer).filter(({ atMs }) => atMs >= sinceMs))
    return "more"
  })
  return transfers.sort((a, b) => b.atMs - a.atMs)
})

const orderCall = (operation: string, path: string, body: unknown): RestCall<LnMarketsRest.CrossOrder> => ({
  operation,
  method: "POST",
  path: `${cross}${path}`,
  ...(body === undefined ? {} : { body }),
  answer: LnMarketsRest.CrossOrder
})

const positionCall = (
  operation: string,
  method: "POST" | "PUT",
  path: string,
  body: unknown
): RestCall<LnMarketsRest.CrossPosition> => ({
  operation,
  method,
  path: `${cross}${path}`,
  body,
  answer: LnMarketsRest.CrossPosition
})
