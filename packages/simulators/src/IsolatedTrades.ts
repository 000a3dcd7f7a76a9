/** Isolated trades: placing, filling, closing, canceling. Margin changes and triggers have files of their own. */
import type { LnMarketsRest } from "@millrace/contracts"
import { HashMap, Result } from "effect"
import { feeRate, lockedBy, withVolume } from "./Accounts.ts"
import {
  type Account,
  type AccountEvent,
  badRequest,
  done,
  findAccount,
  findTrade,
  type MarketState,
  nextId,
  notFound,
  type Outcome,
  putAccount,
  type Refusal,
  type Trade,
  type TradeEventName,
  unavailable
} from "./MarketState.ts"
import * as Maths from "./Maths.ts"
import { lessTrade } from "./QuietBand.ts"
import { notified } from "./Wallet.ts"

/** Price at which an order of this side is filled now. */
export const fillPrice = (state: MarketState, price: number, side: Maths.Side): number =>
  price + (side === "buy" ? state.settings.spreadUsd / 2 : -state.settings.spreadUsd / 2)

const opposite = (side: Maths.Side): Maths.Side => (side === "buy" ? "sell" : "buy")

export const putLive = (state: MarketState, trade: Trade): MarketState => ({
  ...state,
  live: HashMap.set(state.live, trade.id, trade),
  quiet: lessTrade(state.quiet, trade)
})

/** The account's running trade; a trade in another state is refused with what it is. */
export const runningTrade = (state: MarketState, accountId: string, id: string): Result.Result<Trade, Refusal> => {
  const trade = findTrade(state, id)
  if (!trade || trade.accountId !== accountId) return notFound(`Trade ${id} not found`)
  return trade.status === "running"
    ? Result.succeed(trade)
    : badRequest(`Trade ${id} is ${trade.status}, expected a running trade`)
}

const faultOf = (state: MarketState, input: LnMarketsRest.NewTrade, price: number, quantity: number) => {
  const { priceStep, maxIsolatedQuantity } = state.settings
  const offStep = (value: number | undefined) =>
    value !== undefined && priceStep !== null && !Number.isInteger(value / priceStep)
  if ((input.margin === undefined) === (input.quantity === undefined)) return "Give either margin or quantity"
  if (!(input.leverage >= 1 && input.leverage <= 100)) return `Leverage is ${input.leverage}, expected 1 to 100`
  if (input.type === "limit" && !(price > 0)) return "A limit order needs a positive price"
  if (input.type === "market" && input.price !== undefined) return "A market order takes no price"
  if (offStep(input.price) || offStep(input.stoploss) || offStep(input.takeprofit))
    return `Prices must be multiples of ${priceStep}`
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > maxIsolatedQuantity)
    return `Quantity is ${quantity}, expected whole USD from 1 to ${maxIsolatedQuantity}`
  return undefined
}

/** Why stop loss or take profit can't stand at these prices; `price` is the entry, or the market once running. */
export const triggerFault = (
  trade: Pick<Trade, "side" | "liquidation" | "stopLoss" | "takeProfit">,
  price: number
): string | undefined => {
  const { side, stopLoss, takeProfit, liquidation } = trade
  const ahead = side === "buy" ? 1 : -1
  if (stopLoss !== 0 && ((price - stopLoss) * ahead <= 0 || (stopLoss - liquidation) * ahead < 0))
    return `Stop loss is ${stopLoss}, expected between liquidation ${liquidation} and price ${price}`
  if (takeProfit !== 0 && (takeProfit - price) * ahead <= 0)
    return `Take profit is ${takeProfit}, expected on the winning side of ${price}`
  return undefined
}

/** Places a trade: a market order runs at once, a limit order when the last price reaches its price. */
export const newTrade = (state: MarketState, accountId: string, input: LnMarketsRest.NewTrade): Outcome<Trade> => {
  const account = findAccount(state, accountId)
  if (!account) return notFound(`Account ${accountId} not found`)
  if (state.price === undefined) return unavailable()
  const market = fillPrice(state, state.price, input.side)
  const limit = input.price ?? 0
  const marketable =
    input.type === "market" || (limit > 0 && (input.side === "buy" ? market <= limit : market >= limit))
  const price = marketable ? market : limit
  const quantity = input.quantity ?? Maths.quantityFor(input.margin ?? 0, price, input.leverage)
  const fault = faultOf(state, input, price, quantity)
  if (fault !== undefined) return badRequest(fault)
  const margin = Maths.marginFor(quantity, price, input.leverage)
  const liquidation = Maths.liquidationPrice(input.side, quantity, price, margin, state.settings.priceStep)
  const maintenanceMargin = Maths.openingReserve(quantity, price, liquidation)
  const [id, identified] = nextId(state, "trade")
  const trade: Trade = {
    id,
    sequence: identified.sequence,
    accountId,
    clientId: input.clientId ?? null,
    type: input.type,
    side: input.side,
    status: "open",
    quantity,
    price: input.price ?? price,
    leverage: input.leverage,
    margin,
    entryMargin: margin,
    maintenanceMargin,
    entryPrice: price,
    liquidation,
    stopLoss: input.stoploss ?? 0,
    takeProfit: input.takeprofit ?? 0,
    trailingDistance: 0,
    ...untouched,
    createdAtMs: state.timeMs
  }
  const misplaced = triggerFault(trade, price)
  if (misplaced !== undefined) return badRequest(misplaced)
  return place(identified, account, trade, marketable)
}

const untouched = {
  exitPrice: null,
  pl: 0,
  openingFee: 0,
  closingFee: 0,
  sumFundingFees: 0,
  sumCashInPl: 0,
  sumCashInMargin: 0,
  filledAtMs: null,
  closedAtMs: null
} as const

/** Why the account may have no further trade, or not under this client id. */
const oneTooMany = (state: MarketState, account: Account, clientId: string | null): string | undefined => {
  const { maxTrades, refusesRepeatedClientIds } = state.settings
  if (maxTrades !== null && account.liveTrades.length >= maxTrades)
    return `The account has ${account.liveTrades.length} open and running trades, ${maxTrades} at most`
  if (clientId === null || !refusesRepeatedClientIds) return undefined
  const isUsed = [...account.liveTrades, ...account.endedTrades].some(
    (id) => findTrade(state, id)?.clientId === clientId
  )
  return isUsed ? `clientId "${clientId}" is used already` : undefined
}

const place = (state: MarketState, account: Account, trade: Trade, runs: boolean): Outcome<Trade> => {
  const refusal = oneTooMany(state, account, trade.clientId)
  if (refusal !== undefined) return badRequest(refusal)
  const locked = lockedBy(trade)
  if (account.balance < locked)
    return badRequest(`Insufficient balance: ${account.balance} sats, the trade needs ${locked}`)
  const placed = putLive(
    putAccount(state, {
      ...account,
      balance: account.balance - locked,
      liveTrades: [...account.liveTrades, trade.id]
    }),
    trade
  )
  if (runs) return Result.succeed(fill(placed, trade))
  return done(placed, [{ _tag: "Trade", event: "open", trade, fee: 0 }], trade)
}

/** Lets an open trade run at its entry price: the opening fee leaves the reserve. */
export const fill = (state: MarketState, open: Trade) => {
  const account = findAccount(state, open.accountId)!
  const openingFee = Maths.fee(open.quantity, open.entryPrice, feeRate(state, account))
  const trade: Trade = {
    ...open,
    status: "running",
    openingFee,
    maintenanceMargin: open.maintenanceMargin - openingFee,
    filledAtMs: state.timeMs
  }
  const next = putLive(putAccount(state, withVolume(account, state.timeMs, trade.quantity)), trade)
  const house = { ...state.house, fees: state.house.fees + openingFee }
  const events: ReadonlyArray<AccountEvent> = [{ _tag: "Trade", event: "filled", trade, fee: openingFee }]
  return { state: { ...next, house }, events, value: trade }
}

const archive = (state: MarketState, account: Account, trade: Trade): MarketState => ({
  ...putAccount(state, {
    ...account,
    liveTrades: account.liveTrades.filter((id) => id !== trade.id),
    endedTrades: [...account.endedTrades, trade.id]
  }),
  live: HashMap.remove(state.live, trade.id),
  ended: HashMap.set(state.ended, trade.id, trade)
})

/** Ends a running trade at a price: P&L, margin and what is left of the reserve go back to the balance. */
export const settle = (state: MarketState, running: Trade, exitPrice: number, event: TradeEventName) => {
  const account = findAccount(state, running.accountId)!
  const result =
    event === "liquidation"
      ? -running.margin
      : Math.max(
          -running.margin,
          Maths.pl(running.side, running.quantity, running.entryPrice, exitPrice, state.settings.plRounding)
        )
  const left = result + running.margin + running.maintenanceMargin
  const closingFee = Math.min(left, Maths.fee(running.quantity, exitPrice, feeRate(state, account)))
  const trade: Trade = {
    ...running,
    status: "closed",
    pl: result,
    exitPrice,
    closingFee,
    maintenanceMargin: Math.max(0, running.maintenanceMargin - closingFee),
    closedAtMs: state.timeMs
  }
  const told =
    event === "closed"
      ? account
      : notified(account, `futures-${event}`, trade.id, { pl: result, exitPrice }, state.timeMs)
  const paid = withVolume({ ...told, balance: told.balance + left - closingFee }, state.timeMs, trade.quantity)
  const house = { ...state.house, fees: state.house.fees + closingFee, plPaid: state.house.plPaid + result }
  const events: ReadonlyArray<AccountEvent> = [{ _tag: "Trade", event, trade, fee: closingFee }]
  return { state: { ...archive(state, paid, trade), house }, events, value: trade }
}

export const closeTrade = (state: MarketState, accountId: string, id: string): Outcome<Trade> => {
  const found = runningTrade(state, accountId, id)
  if (Result.isFailure(found)) return Result.fail(found.failure)
  if (state.price === undefined) return unavailable()
  const trade = found.success
  return Result.succeed(settle(state, trade, fillPrice(state, state.price, opposite(trade.side)), "closed"))
}

const cancelOne = (state: MarketState, open: Trade) => {
  const account = findAccount(state, open.accountId)!
  const trade: Trade = { ...open, status: "canceled", closedAtMs: state.timeMs }
  const events: ReadonlyArray<AccountEvent> = [{ _tag: "Trade", event: "canceled", trade, fee: 0 }]
  const paid = { ...account, balance: account.balance + lockedBy(open) }
  return { state: archive(state, paid, trade), events, value: trade }
}

export const cancelTrade = (state: MarketState, accountId: string, id: string): Outcome<Trade> => {
  const trade = findTrade(state, id)
  if (!trade || trade.accountId !== accountId) return notFound(`Trade ${id} not found`)
  if (trade.status !== "open") return badRequest(`Trade ${id} is ${trade.status}, expected an open trade`)
  return Result.succeed(cancelOne(state, trade))
}

export const cancelAllTrades = (state: MarketState, accountId: string): Outcome<ReadonlyArray<Trade>> => {
  let next = state
  const events: Array<AccountEvent> = []
  const canceled: Array<Trade> = []
  for (const trade of tradesOf(state, accountId, "open")) {
    const step = cancelOne(next, trade)
    next = step.state
    events.push(...step.events)
    canceled.push(step.value)
  }
  return done(next, events, canceled)
}

/** The account's trades in one state, oldest first. */
export const tradesOf = (state: MarketState, accountId: string, status: Trade["status"]): ReadonlyArray<Trade> => {
  const account = findAccount(state, accountId)
  if (!account) return []
  const ids = status === "open" || status === "running" ? account.liveTrades : account.endedTrades
  return ids.flatMap((id) => {
    const trade = findTrade(state, id)
    return trade?.status === status ? [trade] : []
  })
}
