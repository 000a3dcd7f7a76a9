/** Public routes of REST v2: ticker, market details, histories, candles, the leaderboard. */
import type { LnMarketsRest } from "@millrace/contracts"
import { Result } from "effect"
import { candlesOf, type MinuteCandle } from "./Candles.ts"
import { nextFundingMs } from "./Funding.ts"
import { fillPrice } from "./IsolatedTrades.ts"
import { leaderboard } from "./Leaderboard.ts"
import { badRequest, unavailable } from "./MarketState.ts"
import { listOf } from "./Pages.ts"
import { plain, type Route, type Routes, read } from "./RestRoutes.ts"
import { v2Candle } from "./V2Bodies.ts"

/** In camelCase, alone of v2's bodies. */
const ticker: Route["handle"] = ({ exchange }) => {
  const state = exchange.state()
  const { price } = state
  if (price === undefined) return unavailable()
  return Result.succeed({
    index: state.index ?? price,
    lastPrice: price,
    askPrice: fillPrice(state, price, "buy"),
    bidPrice: fillPrice(state, price, "sell"),
    carryFeeRate: state.settings.fundingRate,
    carryFeeTimestamp: nextFundingMs(state, state.timeMs) ?? 0,
    exchangesWeights: {}
  })
}

const market: Route["handle"] = ({ exchange }) => {
  const { settings, price } = exchange.state()
  return Result.succeed({
    active: price !== undefined,
    limits: {
      quantity: { min: 1, max: settings.maxIsolatedQuantity, trade: settings.maxIsolatedQuantity },
      leverage: { min: 1, max: 100 },
      count: { max: settings.maxTrades ?? 1000 }
    },
    fees: {
      carry: { min: 0, hours: settings.fundingHoursUtc },
      trading: { tiers: settings.feeTiers.map(({ aboveUsd, rate }) => ({ min_volume: aboveUsd, fees: rate })) }
    }
  })
}

/** One value per minute. */
const history =
  (body: (candle: MinuteCandle) => object): Route["handle"] =>
  ({ exchange, query }) =>
    listOf(
      exchange.candles.map((candle) => ({
        id: String(candle.timeMs),
        timeMs: candle.timeMs,
        value: () => ({ time: candle.timeMs, ...body(candle) })
      })),
      query
    )

const fixings: Route["handle"] = ({ exchange, query }) =>
  listOf(
    exchange.state().settlements.map((each) => ({
      id: each.id,
      timeMs: each.timeMs,
      value: () => ({ id: each.id, time: each.timeMs, price: each.price, fee_rate: each.rate })
    })),
    query
  )

const ranges: Readonly<Record<string, LnMarketsRest.CandleRange>> = {
  "1": "1m",
  "3": "3m",
  "5": "5m",
  "15": "15m",
  "30": "30m",
  "60": "1h",
  "120": "2h",
  "240": "4h",
  "1D": "1d",
  "1W": "1w",
  "1M": "1month",
  "3M": "3months"
}

const candles: Route["handle"] = ({ exchange, query }) => {
  const wanted = query.get("range") ?? "1"
  const range = Object.hasOwn(ranges, wanted) ? ranges[wanted] : undefined
  if (range === undefined) return badRequest(`range is "${wanted}", expected ${Object.keys(ranges).join(", ")}`)
  const items = candlesOf(exchange.candles, range).map((candle) => ({
    id: String(candle.timeMs),
    timeMs: candle.timeMs,
    value: () => v2Candle(candle)
  }))
  return listOf(items, query)
}

const board: Route["handle"] = ({ exchange }) => {
  const { allTime, ...periods } = leaderboard(exchange.state())
  return Result.succeed({ ...periods, all_time: allTime })
}

const index = read(
  undefined,
  history((candle) => ({ index: candle.index }))
)

export const v2MarketRoutes: Routes = {
  "GET /v2/ping": plain("pong"),
  "GET /v2/time": read(undefined, ({ wallMs }) => Result.succeed(Math.floor(wallMs))),
  "GET /v2/futures/ticker": read(undefined, ticker),
  "GET /v2/futures/market": read(undefined, market),
  "GET /v2/futures/history/index": read(
    undefined,
    history((candle) => ({ value: candle.index }))
  ),
  "GET /v2/futures/history/price": read(
    undefined,
    history((candle) => ({ value: candle.close }))
  ),
  "GET /v2/futures/history/fixing": read(undefined, fixings),
  "GET /v2/futures/ohlcs": read(undefined, candles),
  "GET /v2/futures/leaderboard": read(undefined, board),
  "GET /v2/oracle": index,
  "GET /v2/oracle/index": index,
  "GET /v2/oracle/last-price": read(
    undefined,
    history((candle) => ({ lastPrice: candle.close }))
  )
}
