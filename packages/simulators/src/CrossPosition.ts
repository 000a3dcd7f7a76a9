/** The one net cross position of an account: what it holds, what orders do to it, and moving its margin. */
import { feeRate, withVolume } from "./Accounts.ts"
import {
  type Account,
  type AccountEvent,
  badRequest,
  type CrossEventName,
  type CrossPosition,
  done,
  findAccount,
  type MarketState,
  nextId,
  notFound,
  type Outcome,
  putAccount
} from "./MarketState.ts"
import * as Maths from "./Maths.ts"

export const sideOf = (quantity: number): Maths.Side => (quantity < 0 ? "sell" : "buy")

/** Figures that follow from a position and the account's open orders. */
export const crossFigures = (state: MarketState, account: Account) => {
  const { quantity, leverage, entryPrice, margin } = account.cross
  const initialMargin = account.crossOrders.reduce(
    (sum, order) => sum + Maths.crossRunningMargin(order.quantity, order.price, leverage),
    0
  )
  if (quantity === 0 || entryPrice === null)
    return { initialMargin, runningMargin: 0, maintenanceMargin: 0, liquidation: null, deltaPl: 0 }
  const maintenanceMargin = Maths.crossMaintenance(quantity, entryPrice)
  const available = Math.max(0, margin - maintenanceMargin)
  const side = sideOf(quantity)
  const size = Math.abs(quantity)
  return {
    initialMargin,
    runningMargin: Maths.crossRunningMargin(quantity, entryPrice, leverage),
    maintenanceMargin,
    liquidation: Maths.liquidationPrice(side, size, entryPrice, available, state.settings.priceStep),
    deltaPl: Maths.pl(side, size, entryPrice, state.price ?? entryPrice, state.settings.plRounding)
  }
}

/** Margin that neither the position, its open orders nor its present loss need. */
export const freeCrossMargin = (state: MarketState, account: Account): number => {
  const f = crossFigures(state, account)
  return account.cross.margin - f.runningMargin - f.maintenanceMargin - f.initialMargin + Math.min(0, f.deltaPl)
}

const positionEvent = (event: CrossEventName, accountId: string): AccountEvent => ({
  _tag: "CrossPosition",
  event,
  accountId
})

export const setCrossLeverage = (state: MarketState, accountId: string, leverage: number): Outcome<Account> => {
  const account = findAccount(state, accountId)
  if (!account) return notFound(`Account ${accountId} not found`)
  if (!Number.isInteger(leverage) || leverage < 1 || leverage > 100)
    return badRequest(`Leverage is ${leverage}, expected a whole number from 1 to 100`)
  const changed = { ...account, cross: { ...account.cross, leverage, updatedAtMs: state.timeMs } }
  if (account.cross.quantity !== 0 && freeCrossMargin(state, changed) < 0)
    return badRequest(`Insufficient margin for leverage ${leverage}`)
  return done(putAccount(state, changed), [positionEvent("leverage", accountId)], changed)
}

/** Moves sats between balance and cross margin; a negative amount withdraws. */
export const moveCrossMargin = (state: MarketState, accountId: string, amount: number): Outcome<Account> => {
  const account = findAccount(state, accountId)
  if (!account) return notFound(`Account ${accountId} not found`)
  if (amount > account.balance) return badRequest(`Insufficient balance: ${account.balance} sats, asked for ${amount}`)
  if (amount > 0 && account.cross.margin + amount < state.settings.minCrossMargin)
    return badRequest(
      `Cross margin would be ${account.cross.margin + amount} sats, expected ${state.settings.minCrossMargin}`
    )
  if (amount < 0 && -amount > freeCrossMargin(state, account))
    return badRequest(`Insufficient margin: ${Math.max(0, freeCrossMargin(state, account))} sats are free`)
  const [id, next] = nextId(state, "transfer")
  const changed: Account = {
    ...account,
    balance: account.balance - amount,
    cross: { ...account.cross, margin: account.cross.margin + amount, updatedAtMs: state.timeMs },
    transfers: [...account.transfers, { id, amount, timeMs: state.timeMs }]
  }
  return done(putAccount(next, changed), [positionEvent(amount < 0 ? "withdraw" : "deposit", accountId)], changed)
}

/** The position after a fill: grown at the average entry, or reduced, closed or turned with the P&L realised. */
const filledPosition = (state: MarketState, cross: CrossPosition, side: Maths.Side, size: number, price: number) => {
  const signed = side === "buy" ? size : -size
  const { quantity, entryPrice } = cross
  if (quantity === 0 || entryPrice === null) return { quantity: signed, entryPrice: price, realised: 0 }
  if (Math.sign(quantity) === Math.sign(signed)) {
    const step = state.settings.priceStep
    const entry = Maths.entryOfBoth(Math.abs(quantity), entryPrice, size, price, step)
    return { quantity: quantity + signed, entryPrice: entry, realised: 0 }
  }
  const closed = Math.min(Math.abs(quantity), size)
  const realised = Maths.pl(sideOf(quantity), closed, entryPrice, price, state.settings.plRounding)
  const left = quantity + signed
  if (left === 0) return { quantity: 0, entryPrice: null, realised }
  return { quantity: left, entryPrice: Math.sign(left) === Math.sign(quantity) ? entryPrice : price, realised }
}

/** The account and house after an order of this size was filled; its fee is taken from the cross margin. */
export const fillCross = (
  state: MarketState,
  account: Account,
  order: { readonly side: Maths.Side; readonly quantity: number; readonly price: number }
) => {
  const tradingFee = Maths.fee(order.quantity, order.price, feeRate(state, account))
  const after = filledPosition(state, account.cross, order.side, order.quantity, order.price)
  const realised = Math.max(after.realised, -account.cross.margin)
  const fee = Math.min(tradingFee, account.cross.margin + realised)
  const changed: Account = withVolume(
    {
      ...account,
      cross: {
        ...account.cross,
        quantity: after.quantity,
        entryPrice: after.entryPrice,
        margin: account.cross.margin + realised - fee,
        realisedPl: account.cross.realisedPl + realised,
        tradingFees: account.cross.tradingFees + fee,
        updatedAtMs: state.timeMs
      }
    },
    state.timeMs,
    order.quantity
  )
  const house = { ...state.house, fees: state.house.fees + fee, plPaid: state.house.plPaid + realised }
  return { account: changed, house, fee }
}
