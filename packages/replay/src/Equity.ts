import { crossFigures, Market, Maths } from "@millrace/simulators"

/** Satoshis of an account at the market's present price: balance, locked margins and reserves, and the running P&L. */
export const equitySats = (state: Market.MarketState, account: Market.Account): number => {
  let held = account.balance + account.cross.margin
  for (const id of account.liveTrades) {
    const trade = Market.findTrade(state, id)
    if (trade === undefined) continue
    held += trade.margin + trade.maintenanceMargin
    if (trade.status === "running") held += runningPl(state, trade)
  }
  return account.cross.quantity === 0 ? held : held + crossFigures(state, account).deltaPl
}

/** P&L never takes more than the margin of an isolated trade. */
const runningPl = (state: Market.MarketState, trade: Market.Trade): number =>
  Math.max(-trade.margin, Maths.pl(trade.side, trade.quantity, trade.entryPrice, state.price ?? trade.entryPrice))
