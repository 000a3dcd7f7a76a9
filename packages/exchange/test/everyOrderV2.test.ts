import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { ExchangeError, NewTrade } from "../src/Exchange.ts"
import { restSignatureV2 } from "../src/Signature.ts"
import { credentials, tradeV2, withExchangeV2 } from "./adapterBench.ts"
import { checkOrder, type Sign } from "./orderChecks.ts"

const orders: ReadonlyArray<readonly [name: string, sign: Sign, request: string, body: string]> = [
  ["the end of a trade", (session) => session.signCloseTrade("t 1"), "DELETE /v2/futures?id=t%201", ""],
  [
    "more margin",
    (session) => session.signAddMargin("t-1", 500),
    "POST /v2/futures/add-margin",
    '{"id":"t-1","amount":500}'
  ],
  ["a cash-in", (session) => session.signCashIn("t-1", 500), "POST /v2/futures/cash-in", '{"id":"t-1","amount":500}'],
  [
    "a stop loss",
    (session) => session.signSetStopLoss("t-1", 58000.5),
    "PUT /v2/futures",
    '{"id":"t-1","type":"stoploss","value":58000.5}'
  ],
  [
    "a take profit",
    (session) => session.signSetTakeProfit("t-1", 70000),
    "PUT /v2/futures",
    '{"id":"t-1","type":"takeprofit","value":70000}'
  ]
]

describe("an order of v2", () => {
  for (const signedQuery of ["bare", "marked"] as const) {
    for (const [name, sign, request, body] of signedQuery === "bare" ? orders : orders.slice(0, 1)) {
      checkOrder({
        name: signedQuery === "bare" ? name : `${name}, its query signed with the question mark,`,
        sign,
        request,
        body,
        answer: tradeV2,
        run: (test) => withExchangeV2({ signedQuery }, test),
        signature: (signedAtMs, { method, url }) => {
          const [path, query] = url.split("?")
          const signed = query === undefined ? body : signedQuery === "bare" ? query : `?${query}`
          return restSignatureV2("s3cret", signedAtMs, method, path!, signed)
        }
      })
    }
  }
})

it.live("what v2 does not have is refused before anything is sent", () =>
  withExchangeV2({}, (scripted, exchange) =>
    Effect.gen(function* () {
      const session = yield* exchange.account("a", credentials)
      const entry: NewTrade = {
        side: "buy",
        quantityUsd: 1,
        leverage: 1,
        orderType: "market",
        priceUsd: undefined,
        stopLossUsd: undefined,
        takeProfitUsd: undefined,
        clientId: "c-1"
      }
      const refusals: ReadonlyArray<Effect.Effect<unknown, ExchangeError>> = [
        session.signOpenTrade(entry),
        session.findTradeByClientId("c-1", 0),
        session.crossPosition,
        session.crossOrders(0),
        session.crossTransfers(0),
        session.signCloseCross,
        session.signCrossDeposit(1),
        session.signSetCrossLeverage(1)
      ]
      for (const refusal of refusals) {
        const error = yield* Effect.flip(refusal)
        assert.deepInclude(error, { reason: "badRequest", applied: "no", kind: "permanent" })
      }
      assert.match((yield* Effect.flip(session.signOpenTrade(entry))).detail, /EXCHANGE_API=v3/u)
      assert.lengthOf(scripted.seen, 0)
    })
  )
)
