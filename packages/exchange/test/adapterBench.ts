import { Breakers } from "@millrace/runtime"
import { RateLimits } from "@millrace/store"
import { Duration, Effect, Layer, type Scope } from "effect"
import type { Exchange } from "../src/Exchange.ts"
import type { ExchangeSettings } from "../src/ExchangeConfig.ts"
import { makeLnMarketsV2 } from "../src/LnMarketsV2.ts"
import type { LnMarketsV2Settings } from "../src/LnMarketsV2Config.ts"
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
/** The running trade as v2 shows it. */
export const tradeV2 = {
  id: "t-1",
  uid: "u",
  type: "m",
  side: "b",
  quantity: 1000,
  margin: 166666,
  leverage: 10,
  price: 60000,
  liquidation: 54545.5,
  stoploss: 0,
  takeprofit: null,
  entry_price: 60000,
  entry_margin: 166666,
  exit_price: null,
  pl: 0,
  opening_fee: 1666,
  closing_fee: 0,
  maintenance_margin: 1833,
  sum_carry_fees: 0,
  creation_ts: 1_767_225_600_000,
  market_filled_ts: 1_767_225_601_000,
  closed_ts: null,
  last_update_ts: 1_767_225_601_000,
  open: false,
  running: true,
  closed: false,
  canceled: false
}
export const crossOrder = {
  id: "o-1",
  uid: "u",
  type: "market",
  side: "sell",
  quantity: 30,
  price: 61000,
  tradingFee: 49,
  open: false,
  filled: true,
  canceled: false,
  createdAt: "2026-01-01T00:00:00.000Z",
  filledAt: "2026-01-01T00:00:02.000Z",
  canceledAt: null,
  clientId: null
}
export const crossPosition = {
  id: "p-1",
  uid: "u",
  quantity: -100,
  leverage: 5,
  margin: 40000,
  entryPrice: 60000,
  liquidation: 75000.5,
  initialMargin: 0,
  maintenanceMargin: 250,
  runningMargin: 33333,
  totalPl: -12,
  deltaPl: -7,
  fundingFees: 1,
  tradingFees: 2,
  updatedAt: "2026-01-01T00:00:05.000Z"
}

/** The adapter with budgets and breakers of its own. */
export const openAdapter = (settings: ExchangeSettings) =>
  Layer.build(Layer.fresh(Layer.merge(RateLimits.layerMemory, Breakers.layer))).pipe(
    Effect.flatMap((services) => Effect.provide(makeLnMarketsV3(settings), services))
  )

/** Settings of v2 with short times. */
export const settingsV2 = (changes: Partial<LnMarketsV2Settings> = {}): LnMarketsV2Settings => ({
  signedQuery: "bare",
  accountPerMinute: 1000,
  accountReserve: 20,
  publicPerMinute: 60_000,
  pollInterval: Duration.millis(20),
  pingInterval: Duration.seconds(5),
  silence: Duration.seconds(10),
  ...changes
})

/** The adapter of v2 with budgets and breakers of its own. */
export const openAdapterV2 = (
  url: string,
  v2: Partial<LnMarketsV2Settings>,
  changes: Partial<ExchangeSettings> = {}
) => {
  const addresses = { api: "v2", restUrl: new URL(`http://${url}/v2`), streamUrl: new URL(`ws://${url}`) } as const
  const settings = settingsFor(url, { ...addresses, ...changes })
  return Layer.build(Layer.fresh(Layer.merge(RateLimits.layerMemory, Breakers.layer))).pipe(
    Effect.flatMap((services) => Effect.provide(makeLnMarketsV2(settings, settingsV2(v2)), services))
  )
}

export const withExchangeV2 = <A, E>(
  v2: Partial<LnMarketsV2Settings>,
  test: (scripted: ScriptedExchange, exchange: Exchange["Service"]) => Effect.Effect<A, E, Scope.Scope>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const scripted = yield* startScriptedExchange
      const exchange = yield* openAdapterV2(scripted.url, v2)
      return yield* test(scripted, exchange)
    })
  )

export const withExchange = <A, E>(
  changes: Partial<ExchangeSettings>,
  test: (scripted: ScriptedExchange, exchange: Exchange["Service"]) => Effect.Effect<A, E, never>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const scripted = yield* startScriptedExchange
      const exchange = yield* openAdapter(settingsFor(scripted.url, changes))
      return yield* test(scripted, exchange)
    })
  )

export const closeOrder = Effect.fnUntraced(function* (exchange: Exchange["Service"]) {
  const session = yield* Effect.scoped(exchange.account("a", credentials))
  return yield* session.signCloseTrade("t-1")
})
