import { Effect } from "effect"
import type { ExchangeSettings } from "../src/ExchangeConfig.ts"
import { makeLnMarketsV3 } from "../src/LnMarketsV3.ts"
import { type ScriptedExchange, settingsFor, startScriptedExchange } from "./ScriptedExchange.ts"

export const credentials = { key: "key", secret: "s3cret", passphrase: "pass" }

export const trade = {
  id: "t-1",
  uid: "u",
  type: "market",
  side: "buy",
  quantity: 1000,
  margin: 166666,
  leverage: 10,
  price: 60000,
  liquidation: 54545.5,
  stoploss: 0,
  takeprofit: 0,
  entryPrice: 60000,
  entryMargin: 166666,
  exitPrice: null,
  pl: 0,
  openingFee: 1666,
  closingFee: 0,
  maintenanceMargin: 1833,
  sumFundingFees: 0,
  open: false,
  running: true,
  closed: false,
  canceled: false,
  createdAt: "2026-01-01T00:00:00.000Z",
  filledAt: "2026-01-01T00:00:01.000Z",
  closedAt: null
}
export const closedTrade = {
  ...trade,
  running: false,
  closed: true,
  exitPrice: 63000,
  pl: 79365,
  closedAt: "2026-01-01T01:00:00.000Z"
}

export const withExchange = <A, E>(
  changes: Partial<ExchangeSettings>,
  test: (
    scripted: ScriptedExchange,
    exchange: Effect.Success<ReturnType<typeof makeLnMarketsV3>>
  ) => Effect.Effect<A, E, never>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const scripted = yield* startScriptedExchange
      const exchange = yield* makeLnMarketsV3(settingsFor(scripted.url, changes))
      return yield* test(scripted, exchange)
    })
  )

export const closeOrder = Effect.fnUntraced(function* (exchange: Effect.Success<ReturnType<typeof makeLnMarketsV3>>) {
  const session = yield* Effect.scoped(exchange.account("a", credentials))
  return yield* session.signCloseTrade("t-1")
})
