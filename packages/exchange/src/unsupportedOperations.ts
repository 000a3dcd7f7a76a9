import { Effect } from "effect"
import { type AccountSession, ExchangeError } from "./Exchange.ts"

/** A call that is not to be had: it fails as not applied, and nothing was sent. */
export const refusedOperation = (
  operation: string,
  detail = "this version of the exchange's API has no such call"
): Effect.Effect<never, ExchangeError> =>
  Effect.fail(new ExchangeError({ operation, reason: "badRequest", applied: "no", detail }))

/** What an adapter or a test's exchange answers for calls that it does not have. */
export const unsupportedOperations = {
  identity: refusedOperation("identity"),
  findTradeByClientId: () => refusedOperation("find trade by client id"),
  signOpenTrade: () => refusedOperation("open trade"),
  signCashIn: () => refusedOperation("cash in"),
  signSetStopLoss: () => refusedOperation("set stop loss"),
  signSetTakeProfit: () => refusedOperation("set take profit"),
  crossPosition: refusedOperation("cross position"),
  crossOrders: () => refusedOperation("cross orders"),
  crossTransfers: () => refusedOperation("cross transfers"),
  signCrossOrder: () => refusedOperation("cross order"),
  signCloseCross: refusedOperation("close cross position"),
  signCrossDeposit: () => refusedOperation("cross deposit"),
  signSetCrossLeverage: () => refusedOperation("set cross leverage")
} satisfies Partial<AccountSession>
