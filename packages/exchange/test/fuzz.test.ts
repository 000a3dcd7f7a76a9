/** Whatever the exchange's stream sends, a message is read, counted as unreadable or passed over; nothing throws. */
import { assert, describe, it } from "@effect/vitest"
import { hostileVariants, Mangling, mangled } from "@millrace/testkit"
import { ConfigProvider, Effect } from "effect"
import { accountEvent } from "../src/accountEvent.ts"
import { LnMarketsV2Config } from "../src/LnMarketsV2Config.ts"
import { oldSocket } from "../src/oldSocket.ts"
import { makeStreamCalls } from "../src/StreamCalls.ts"
import { streamV1 } from "../src/streamV1.ts"
import { settingsFor } from "./ScriptedExchange.ts"

const trade = {
  event: "closed",
  trade: {
    id: "a",
    type: "market",
    closedAt: 1_790_000_000_000,
    exitPrice: 60_000,
    pl: -5,
    margin: 10,
    liquidationPrice: 50_000
  }
}
const messages: ReadonlyArray<unknown> = [
  {
    jsonrpc: "2.0",
    method: "subscription",
    params: { topic: "futures/inverse/btc_usd/last-price", data: { lastPrice: 60_000, time: 1_790_000_000_000 } }
  },
  {
    jsonrpc: "2.0",
    method: "subscription",
    params: { channel: "futures:btc_usd:last-price", data: { lastPrice: 60_000 } }
  },
  { jsonrpc: "2.0", method: "subscription", params: { topic: "isolated/trades", data: trade } },
  { jsonrpc: "2.0", id: "1", result: { subscribed: [] } },
  { jsonrpc: "2.0", id: null, error: { code: -32_600, message: "no", data: {} } }
]

const read = (text: string, protocols: ReadonlyArray<ReturnType<typeof streamV1>>): void => {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    message = undefined
  }
  const calls = makeStreamCalls(() => {}, 1_000)
  for (const protocol of protocols) {
    const push = protocol.readPush(message)
    if (push === undefined) calls.accept(message)
    else accountEvent(push.data)
  }
  accountEvent(message)
  assert.isUndefined(Reflect.get({}, "polluted"))
}

const protocols = Effect.gen(function* () {
  const settings = settingsFor("http://127.0.0.1:1")
  const v2 = yield* LnMarketsV2Config.parse(ConfigProvider.fromUnknown({}))
  return [streamV1(settings, { topics: [] }), oldSocket(settings, v2, [])]
})

/**
 * @guarantee records: Whatever the exchange's stream sends is read, counted as unreadable or passed over
 * @how messages of both protocols with hostile JSON in every place, and random changes to their text
 */
describe("a fuzzed message of the stream", () => {
  it.effect("with hostile JSON in every place", () =>
    Effect.gen(function* () {
      const both = yield* protocols
      for (const message of messages) for (const text of hostileVariants(message)) read(text, both)
      for (const text of hostileVariants(trade)) read(text, both)
      for (const text of hostileVariants(trade.trade)) read(`{"event":"closed","trade":${text}}`, both)
    })
  )

  it.effect.prop(
    "with random changes to its text",
    [Mangling],
    ([changes]) =>
      Effect.gen(function* () {
        const both = yield* protocols
        for (const message of messages)
          read(mangled(Buffer.from(JSON.stringify(message)), changes).toString("utf8"), both)
      }),
    { arbitrary: { runs: 200 } }
  )
})
