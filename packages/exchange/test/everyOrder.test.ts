import { describe } from "@effect/vitest"
import { restSignature } from "../src/Signature.ts"
import { crossOrder, crossPosition, trade, withExchange } from "./adapterBench.ts"
import { checkOrder, type Sign } from "./orderChecks.ts"

const open = { side: "buy", quantityUsd: 1000, leverage: 10, clientId: "c-1" } as const
const none = { priceUsd: undefined, stopLossUsd: undefined, takeProfitUsd: undefined }

const orders: ReadonlyArray<readonly [name: string, sign: Sign, request: string, body: string, answer: unknown]> = [
  [
    "a new trade at market",
    (session) => session.signOpenTrade({ ...open, ...none, orderType: "market" }),
    "POST /v3/futures/isolated/trade",
    '{"type":"market","side":"buy","leverage":10,"quantity":1000,"clientId":"c-1"}',
    trade
  ],
  [
    "a new trade at a limit, with its stops",
    (session) =>
      session.signOpenTrade({
        ...open,
        orderType: "limit",
        priceUsd: 59000.5,
        stopLossUsd: 58000,
        takeProfitUsd: 70000
      }),
    "POST /v3/futures/isolated/trade",
    '{"type":"limit","side":"buy","leverage":10,"quantity":1000,"price":59000.5,"stoploss":58000,"takeprofit":70000,"clientId":"c-1"}',
    trade
  ],
  [
    "a cash-in",
    (session) => session.signCashIn("t-1", 500),
    "POST /v3/futures/isolated/trade/cash-in",
    '{"id":"t-1","amount":500}',
    trade
  ],
  [
    "a stop loss",
    (session) => session.signSetStopLoss("t-1", 58000),
    "PUT /v3/futures/isolated/trade/stoploss",
    '{"id":"t-1","value":58000}',
    trade
  ],
  [
    "a take profit",
    (session) => session.signSetTakeProfit("t-1", 70000.5),
    "PUT /v3/futures/isolated/trade/takeprofit",
    '{"id":"t-1","value":70000.5}',
    trade
  ],
  [
    "a cross order",
    (session) => session.signCrossOrder({ side: "sell", quantityUsd: 30, orderType: "limit", priceUsd: 61000 }),
    "POST /v3/futures/cross/order",
    '{"type":"limit","side":"sell","quantity":30,"price":61000}',
    crossOrder
  ],
  [
    "the end of a cross position",
    (session) => session.signCloseCross,
    "POST /v3/futures/cross/position/close",
    "",
    crossOrder
  ],
  [
    "a cross deposit",
    (session) => session.signCrossDeposit(5000),
    "POST /v3/futures/cross/deposit",
    '{"amount":5000}',
    crossPosition
  ],
  [
    "a cross leverage",
    (session) => session.signSetCrossLeverage(7),
    "PUT /v3/futures/cross/leverage",
    '{"leverage":7}',
    crossPosition
  ]
]

describe("an order of v3", () => {
  for (const [name, sign, request, body, answer] of orders) {
    checkOrder({
      name,
      sign,
      request,
      body,
      answer,
      run: (test) => withExchange({}, test),
      signature: (signedAtMs, { method, url }) => restSignature("s3cret", signedAtMs, method, url, body)
    })
  }
})
