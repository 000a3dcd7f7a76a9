/** Public routes: time, prices, candles, funding, the leaderboard. */
import type { LnMarketsRest } from "@millrace/contracts"
import { LnMarketsRest as Rest } from "@millrace/contracts"
import { Result, Schema } from "effect"
import { candlesOf, type MinuteCandle } from "./Candles.ts"
import { leaderboard } from "./Leaderboard.ts"
import { badRequest, notFound, unavailable } from "./MarketState.ts"
import { pageOf } from "./Pages.ts"
import { candleBody, iso, tickerBody } from "./RestBodies.ts"
import { type Route, type Routes, read } from "./RestRoutes.ts"

const isRange = Schema.is(Rest.CandleRange)

const candles: Route["handle"] = ({ exchange, query }) => {
  const range = query.get("range") ?? "1m"
  if (query.get("from") === null) return badRequest("from is missing, expected an ISO-8601 time")
  if (!isRange(range)) return badRequest(`range is "${range}", expected 1m, 5m, 1h, 1d, ...`)
  const items = candlesOf(exchange.candles, range).map((candle) => ({
    id: String(candle.timeMs),
    timeMs: candle.timeMs,
    value: () => candleBody(candle)
  }))
  return pageOf(items, query)
}

const settlements: Route["handle"] = ({ exchange, query }) =>
  pageOf(
    exchange.state().settlements.map((each) => ({
      id: each.id,
      timeMs: each.timeMs,
      value: (): LnMarketsRest.FundingSettlement => ({
        id: each.id,
        time: iso(each.timeMs),
        fundingRate: each.rate,
        fixingPrice: each.price
      })
    })),
    query
  )

/** One value per minute, newest first, by `from`, `to` and `limit`. */
const history =
  (value: (candle: MinuteCandle) => object): Route["handle"] =>
  ({ exchange, query }) => {
    if (!exchange.settings.servesOracle) return notFound("Not found")
    const items = exchange.candles.map((candle) => ({
      id: String(candle.timeMs),
      timeMs: candle.timeMs,
      value: () => ({ time: iso(candle.timeMs), ...value(candle) })
    }))
    return Result.map(pageOf(items, query), (page) => page.data)
  }

export const publicRoutes: Routes = {
  "GET /v3/ping": read(undefined, () => Result.succeed("pong")),
  "GET /v3/time": read(undefined, ({ wallMs }) => Result.succeed({ time: iso(Math.floor(wallMs)) })),
  "GET /v3/futures/ticker": read(undefined, ({ exchange }) => {
    const state = exchange.state()
    return state.price === undefined ? unavailable() : Result.succeed(tickerBody(state, state.price))
  }),
  "GET /v3/futures/candles": read(undefined, candles),
  "GET /v3/futures/funding-settlements": read(undefined, settlements),
  "GET /v3/futures/leaderboard": read(undefined, ({ exchange }) => {
    const { allTime, ...periods } = leaderboard(exchange.state())
    return Result.succeed({ ...periods, "all-time": allTime })
  }),
  "GET /v3/oracle/index": read(
    undefined,
    history(({ index }) => ({ index }))
  ),
  "GET /v3/oracle/last-price": read(
    undefined,
    history(({ close }) => ({ lastPrice: close }))
  )
}
