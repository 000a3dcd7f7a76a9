/** Cross orders: placing, filling, canceling, closing the position, and its liquidation. */
import type { LnMarketsRest } from "@millrace/contracts"
import { Result } from "effect"
import { crossFigures, fillCross, freeCrossMargin, sideOf } from "./CrossPosition.ts"
import { fillPrice } from "./IsolatedTrades.ts"
import {
  type Account,
  type AccountEvent,
  badRequest,
  type CrossOrder,
  done,
  findAccount,
  type MarketState,
  nextId,
  notFound,
  type Outcome,
  putAccount,
  type Step,
  unavailable
} from "./MarketState.ts"
import type { Side } from "./Maths.ts"

/** Largest order: 15,000,000 USD at leverage 1, falling to 10,000,000 at 100. */
const maxQuantity = (leverage: number): number => Math.floor(15_000_000 - ((leverage - 1) / 99) * 5_000_000)

const orderEvent = (event: "new" | "limit" | "canceled", order: CrossOrder): AccountEvent => ({
  _tag: "CrossOrder",
  event,
  order
})

/** Places an order: a market order fills at once, a limit order when the last price reaches its price. */
export const newCrossOrder = (
  state: MarketState,
  accountId: string,
  input: LnMarketsRest.NewCrossOrder
): Outcome<CrossOrder> => {
  const account = findAccount(state, accountId)
  if (!account) return notFound(`Account ${accountId} not found`)
  if (state.price === undefined) return unavailable()
  const { priceStep } = state.settings
  const limit = input.price ?? 0
  if (input.type === "limit" && !(limit > 0)) return badRequest("A limit order needs a positive price")
  if (input.type === "market" && input.price !== undefined) return badRequest("A market order takes no price")
  if (priceStep !== null && !Number.isInteger(limit / priceStep))
    return badRequest(`Price must be a multiple of ${priceStep}`)
  const most = maxQuantity(account.cross.leverage)
  if (input.quantity > most) return badRequest(`Quantity is ${input.quantity}, expected ${most} at most`)
  const market = fillPrice(state, state.price, input.side)
  const fills = input.type === "market" || (input.side === "buy" ? market <= limit : market >= limit)
  const [id, identified] = nextId(state, "order")
  const order: CrossOrder = {
    id,
    sequence: identified.sequence,
    accountId,
    clientId: input.clientId ?? null,
    type: input.type,
    side: input.side,
    status: "open",
    quantity: input.quantity,
    price: fills ? market : limit,
    tradingFee: 0,
    createdAtMs: state.timeMs,
    filledAtMs: null,
    canceledAtMs: null
  }
  if (fills) return fillNow(identified, account, order)
  const changed = { ...account, crossOrders: [...account.crossOrders, order] }
  if (freeCrossMargin(state, changed) < 0) return badRequest("Insufficient cross margin: deposit first")
  return done(putAccount(identified, changed), [orderEvent("new", order)], order)
}

const reduces = (account: Account, order: { readonly side: Side; readonly quantity: number }): boolean =>
  account.cross.quantity !== 0 &&
  sideOf(account.cross.quantity) !== order.side &&
  order.quantity <= Math.abs(account.cross.quantity)

const fillNow = (state: MarketState, account: Account, order: CrossOrder): Outcome<CrossOrder> => {
  const step = fillCrossOrder(state, account, order)
  const after = findAccount(step.state, account.id)!
  if (!reduces(account, order) && freeCrossMargin(step.state, after) < 0)
    return badRequest("Insufficient cross margin: deposit first")
  return Result.succeed(step)
}

/** Fills an order at its price, whatever margin is left. */
export const fillCrossOrder = (state: MarketState, account: Account, open: CrossOrder): Step<CrossOrder> => {
  const filled = fillCross(state, account, open)
  const order: CrossOrder = { ...open, status: "filled", tradingFee: filled.fee, filledAtMs: state.timeMs }
  const changed: Account = {
    ...filled.account,
    crossOrders: account.crossOrders.filter((other) => other.id !== open.id),
    crossDone: [...account.crossDone, order]
  }
  const event = open.type === "limit" ? "limit" : "new"
  return {
    state: { ...putAccount(state, changed), house: filled.house },
    events: [orderEvent(event, order), { _tag: "CrossPosition", event, accountId: account.id }],
    value: order
  }
}

/** Cancels the given open orders of an account. */
const cancelOrders = (state: MarketState, account: Account, orders: ReadonlyArray<CrossOrder>) => {
  const canceled = orders.map((order): CrossOrder => ({ ...order, status: "canceled", canceledAtMs: state.timeMs }))
  const changed: Account = {
    ...account,
    crossOrders: account.crossOrders.filter((order) => !orders.includes(order)),
    crossDone: [...account.crossDone, ...canceled]
  }
  const events: Array<AccountEvent> = canceled.map((order) => orderEvent("canceled", order))
  if (canceled.length > 0) events.push({ _tag: "CrossPosition", event: "cancel", accountId: account.id })
  return { state: putAccount(state, changed), account: changed, events, value: canceled }
}

export const cancelCrossOrder = (state: MarketState, accountId: string, id: string): Outcome<CrossOrder> => {
  const account = findAccount(state, accountId)
  const order = account?.crossOrders.find((each) => each.id === id)
  if (!account || !order) {
    const done = account?.crossDone.find((each) => each.id === id)
    return done
      ? badRequest(`Order ${id} is ${done.status}, expected an open order`)
      : notFound(`Order ${id} not found`)
  }
  const step = cancelOrders(state, account, [order])
  return done(step.state, step.events, step.value[0]!)
}

export const cancelAllCrossOrders = (state: MarketState, accountId: string): Outcome<ReadonlyArray<CrossOrder>> => {
  const account = findAccount(state, accountId)
  return account
    ? Result.succeed(cancelOrders(state, account, account.crossOrders))
    : notFound(`Account ${accountId} not found`)
}

/** Closes the whole position with a market order of the opposite side. */
export const closeCrossPosition = (state: MarketState, accountId: string): Outcome<CrossOrder> => {
  const quantity = findAccount(state, accountId)?.cross.quantity ?? 0
  if (quantity === 0) return badRequest("No cross position to close")
  const side = quantity > 0 ? "sell" : "buy"
  return newCrossOrder(state, accountId, { type: "market", side, quantity: Math.abs(quantity) })
}

/** True when this price takes all that the position may lose. */
export const crossIsLiquidated = (state: MarketState, account: Account, price: number): boolean => {
  const { liquidation } = crossFigures(state, account)
  if (liquidation === null) return false
  return account.cross.quantity > 0 ? price <= liquidation : price >= liquidation
}

/** Closes the position at its liquidation price and cancels the open orders. */
export const liquidateCross = (state: MarketState, account: Account): Step<void> => {
  const price = crossFigures(state, account).liquidation ?? state.price!
  const canceled = cancelOrders(state, account, account.crossOrders)
  const [id, identified] = nextId(canceled.state, "order")
  const order: CrossOrder = {
    id,
    sequence: identified.sequence,
    accountId: account.id,
    clientId: null,
    type: "liquidation",
    side: account.cross.quantity > 0 ? "sell" : "buy",
    status: "open",
    quantity: Math.abs(account.cross.quantity),
    price,
    tradingFee: 0,
    createdAtMs: state.timeMs,
    filledAtMs: null,
    canceledAtMs: null
  }
  const step = fillCrossOrder(identified, canceled.account, order)
  const events = [...canceled.events, ...step.events.filter((event) => event._tag !== "CrossPosition")]
  const position: AccountEvent = { _tag: "CrossPosition", event: "liquidation", accountId: account.id }
  return { state: step.state, events: [...events, position], value: undefined }
}
