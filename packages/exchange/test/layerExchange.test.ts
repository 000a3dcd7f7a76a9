import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { Exchange } from "../src/Exchange.ts"
import { layerExchange } from "../src/layerExchange.ts"
import { restSignatureV2 } from "../src/Signature.ts"
import { credentials, trade, tradeV2 } from "./adapterBench.ts"
import { reply, startScriptedExchange } from "./ScriptedExchange.ts"

const open = (settings: Readonly<Record<string, string>>) =>
  Layer.build(
    Layer.provide(
      Layer.fresh(layerExchange),
      ConfigProvider.layer(ConfigProvider.fromEnv({ env: { EXCHANGE_STREAM_URL: "ws://127.0.0.1:9/v1", ...settings } }))
    )
  )

describe("the exchange by its settings", () => {
  it.live("speaks v3 unless told otherwise, and v2 with the signature that is set", () =>
    Effect.gen(function* () {
      const scripted = yield* startScriptedExchange
      scripted.onRequest = ({ url }, response) => reply(response, 200, [url.startsWith("/v2/") ? tradeV2 : trade])
      const read = (settings: Readonly<Record<string, string>>) =>
        Effect.gen(function* () {
          const session = yield* (yield* Exchange).account("a", credentials)
          return (yield* session.runningTrades)[0]?.tradeId
        }).pipe(Effect.scoped, (self) => Effect.flatMap(open(settings), (services) => Effect.provide(self, services)))
      const v2 = { EXCHANGE_API: "v2", EXCHANGE_REST_URL: `http://${scripted.url}/v2/` }
      for (const settings of [
        { EXCHANGE_REST_URL: `http://${scripted.url}/v3` },
        v2,
        { ...v2, EXCHANGE_V2_SIGNED_QUERY: "marked" }
      ]) {
        assert.strictEqual(yield* read(settings), "t-1")
      }
      const [v3, bare, marked] = scripted.seen.map(({ headers, url }) => ({
        url,
        timestampMs: Number(headers["lnm-access-timestamp"]),
        signature: headers["lnm-access-signature"]
      }))
      assert.strictEqual(v3!.url, "/v3/futures/isolated/trades/running")
      const query = "type=running&limit=1000"
      for (const [seen, data] of [
        [bare!, query],
        [marked!, `?${query}`]
      ] as const) {
        assert.strictEqual(seen.url, `/v2/futures?${query}`)
        assert.strictEqual(seen.signature, restSignatureV2("s3cret", seen.timestampMs, "GET", "/v2/futures", data))
      }
    })
  )

  it.live("does not start when address and version differ, and says what to change", () =>
    Effect.gen(function* () {
      for (const [api, path] of [
        ["v2", "/v3"],
        ["v3", "/v2"],
        ["v3", ""]
      ]) {
        const failure = yield* Effect.flip(
          open({ EXCHANGE_API: api!, EXCHANGE_REST_URL: `http://user:word@127.0.0.1:9${path}` })
        )
        assert.match(
          failure.message,
          new RegExp(`EXCHANGE_API is ${api}.*must end in /${api}.*127\\.0\\.0\\.1:9${path}`, "u")
        )
        assert.notInclude(failure.message, "word")
      }
    })
  )
})
