import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { tickDirection } from "../src/OldSocket.ts"
import { sign } from "../src/Signature.ts"
import { wallNowMs } from "../src/WallClock.ts"
import { type Key, withSimulator } from "./Exchange.fixture.ts"

const eq = assert.strictEqual
const [lastPrice, index] = ["futures:btc_usd:last-price", "futures:btc_usd:index"]

it.live("pushes prices to those who subscribed, with the side of the move", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ control, oldSocket }) {
      const ws = yield* oldSocket
      eq((yield* ws.call("v1/public/ping")).result, "pong")
      assert.include((yield* ws.call("v1/public/channels")).result, lastPrice)
      assert.deepStrictEqual((yield* ws.call("v1/public/subscribe", [lastPrice, index])).result, [lastPrice, index])
      for (const [i, price] of [100, 101, 101, 100, 100].entries())
        yield* control("POST", "/price", { price, timeMs: i + 1 })
      yield* ws.until((message) => message.params?.channel === index && message.params.data.time === 5)
      const pushes = ws.messages.filter((message) => message.params?.channel === lastPrice)
      assert.deepStrictEqual(pushes[1], {
        jsonrpc: "2.0",
        method: "subscription",
        params: { channel: lastPrice, data: { time: 2, lastPrice: 101, lastTickDirection: "PlusTick" } }
      })
      assert.deepStrictEqual(
        pushes.map((message) => message.params.data.lastTickDirection),
        ["ZeroPlusTick", "PlusTick", "ZeroPlusTick", "MinusTick", "ZeroMinusTick"]
      )
      assert.deepStrictEqual((yield* ws.call("v1/public/unsubscribe", [lastPrice])).result, [lastPrice])
      yield* control("POST", "/price", { price: 99, timeMs: 6 })
      yield* ws.until((message) => message.params?.channel === index && message.params.data.time === 6)
      eq(ws.messages.filter((message) => message.params?.channel === lastPrice).length, 5)
      eq((yield* ws.call("v1/public/subscribe", ["futures:btc_usd:trades"])).error.code, -32602)
      eq((yield* ws.call("getRunningTrades")).error.code, -32601)
    })
  )
)

it.live("authenticates by a signature over the method's name, while it is fresh", () =>
  withSimulator(
    Effect.fnUntraced(function* ({ account, oldSocket }) {
      const alice = yield* account("alice")
      const ws = yield* oldSocket
      const login = (key: Key, timestamp: number) =>
        ws.call("v1/auth/api-key", {
          timestamp,
          key: key.key,
          passphrase: key.passphrase,
          signature: sign(key.secret, `${timestamp}auth/api-key`)
        })
      const now = Math.floor(wallNowMs())
      assert.include((yield* login(alice, now - 31_000)).error.message, "expected within")
      assert.include((yield* login({ ...alice, secret: "no" }, now)).error.message, "Signature")
      eq((yield* login(alice, now)).result.authenticated, true)
    })
  )
)

it("calls a first price unmoved", () => {
  eq(tickDirection(100, undefined, "ZeroPlusTick"), "ZeroPlusTick")
  eq(tickDirection(100, 100, "MinusTick"), "ZeroMinusTick")
})
