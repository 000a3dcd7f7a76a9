import { Breakers } from "@millrace/runtime"
import { RateLimits } from "@millrace/store"
import { Effect, Layer, Schema } from "effect"
import { Exchange } from "./Exchange.ts"
import { ExchangeConfig, type ExchangeSettings } from "./ExchangeConfig.ts"
import { makeLnMarketsV2 } from "./LnMarketsV2.ts"
import { LnMarketsV2Config } from "./LnMarketsV2Config.ts"
import { makeLnMarketsV3 } from "./LnMarketsV3.ts"

/** `EXCHANGE_API` and the version in `EXCHANGE_REST_URL` differ; nothing was sent. */
export class ApiMismatch extends Schema.TaggedError<ApiMismatch>()("ApiMismatch", {
  api: Schema.String,
  restUrl: Schema.String
}) {
  readonly kind = "permanent"
  override get message(): string {
    return `EXCHANGE_API is ${this.api}, so EXCHANGE_REST_URL must end in /${this.api}, but it is ${this.restUrl}`
  }
}

/**
 * The exchange by the API that `EXCHANGE_API` names, with its settings from the environment; budgets are shared by Redis
 * when there is one. Fails with `ApiMismatch` when the address is one of another version.
 */
export const layerExchange = Layer.effect(
  Exchange,
  Effect.gen(function* () {
    const settings = yield* ExchangeConfig
    yield* checkVersion(settings)
    return settings.api === "v2"
      ? yield* makeLnMarketsV2(settings, yield* LnMarketsV2Config)
      : yield* makeLnMarketsV3(settings)
  })
).pipe(Layer.provide([RateLimits.layer, Breakers.layer]))

const checkVersion = ({ api, restUrl }: ExchangeSettings): Effect.Effect<void, ApiMismatch> =>
  restUrl.pathname.split("/").findLast((part) => part !== "") === api
    ? Effect.void
    : Effect.fail(new ApiMismatch({ api, restUrl: `${restUrl.origin}${restUrl.pathname}` }))
