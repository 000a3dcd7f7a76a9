import { Schema } from "effect"
import { EpochMs, MarketId, PriceUsd } from "./Fields.ts"

/** A price of a market at a market time. Topic `market-ticks`, key: the market. */
export const MarketTick = Schema.Struct({
  market: MarketId,
  /** The exchange's last price: rules, stop loss and liquidation trigger on it. */
  priceUsd: PriceUsd,
  indexUsd: Schema.optionalKey(PriceUsd),
  /** The exchange's time of the price, in milliseconds. */
  marketTimeMs: EpochMs,
  /** Wall time at which market-data received it, in milliseconds with a fraction. */
  receivedAtMs: EpochMs,
  /** How it came: pushed by the stream, polled by HTTP, or filled in from candles after a gap. */
  source: Schema.Literals(["stream", "poll", "backfill"]),
  /** Epoch of the market-data leader's lease; ticks of an older epoch are dropped. */
  epoch: Schema.Int
})
export type MarketTick = typeof MarketTick.Type
