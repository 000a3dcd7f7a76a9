import { Context, Effect, Layer } from "effect"
import { PublishedTrading } from "./PublishedTrading.ts"

/** What was published of accounts and prices, for the API; whoever reads the topics tells it of each record. */
export class TradingView extends Context.Service<TradingView, PublishedTrading>()("@millrace/api-server/TradingView") {
  static readonly layer = Layer.effect(
    TradingView,
    Effect.sync(() => new PublishedTrading())
  )
}
