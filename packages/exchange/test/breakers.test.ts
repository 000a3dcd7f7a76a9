import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { closedTrade, closeOrder, credentials, withExchange } from "./adapterBench.ts"
import { reply, type ScriptedExchange } from "./ScriptedExchange.ts"

const answers =
  (status: number): ScriptedExchange["onRequest"] =>
  (_request, response) =>
    reply(response, status, { message: `status ${status}` })

const isOrder = ({ url }: { readonly url: string }) => url.includes("/trade/close")

describe("an account's orders", () => {
  it.live("are not signed while trading is down, lists are still read, and one goes out to try", () =>
    withExchange({ breakerOrderOpen: Duration.seconds(1) }, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (request, response, socket) =>
          isOrder(request) ? answers(503)(request, response, socket) : reply(response, 200, [])
        for (let n = 0; n < 5; n++) yield* Effect.flip(Effect.flatMap(closeOrder(exchange), ({ send }) => send))
        const down = yield* Effect.flip(closeOrder(exchange))
        assert.deepInclude(down, { reason: "dependencyDown", applied: "no", kind: "system" })
        assert.isAtMost(down.retryAfterMs!, 1000)
        assert.lengthOf(scripted.seen, 5)
        const session = yield* Effect.scoped(exchange.account("a", credentials))
        assert.deepStrictEqual(yield* session.runningTrades, [])
        const other = yield* Effect.scoped(exchange.account("b", credentials))
        yield* other.signCloseTrade("t-2")

        scripted.onRequest = (_request, response) => reply(response, 200, closedTrade)
        yield* Effect.sleep(down.retryAfterMs! + 5)
        const probe = yield* closeOrder(exchange)
        const beside = yield* closeOrder(exchange)
        const results = yield* Effect.all([Effect.result(probe.send), Effect.result(beside.send)], { concurrency: 2 })
        assert.deepStrictEqual(
          results.map(({ _tag }) => _tag),
          ["Success", "Failure"]
        )
        assert.lengthOf(scripted.seen.filter(isOrder), 6)
        yield* Effect.flatMap(closeOrder(exchange), ({ send }) => send)
      })
    )
  )

  for (const status of [400, 401, 403, 404, 429]) {
    it.live(`go on being sent after answers of ${status}: the exchange is there`, () =>
      withExchange({ breakerMinimumCalls: 2 }, (scripted, exchange) =>
        Effect.gen(function* () {
          scripted.onRequest = (_request, response) => reply(response, status, {}, { "retry-after": "0" })
          for (let n = 0; n < 4; n++) yield* Effect.flip(Effect.flatMap(closeOrder(exchange), ({ send }) => send))
          assert.lengthOf(scripted.seen, 4)
        })
      )
    )
  }

  it.live("are held after replies were lost, each of which stays unknown", () =>
    withExchange({ breakerMinimumCalls: 2 }, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (_request, _response, socket) => socket.resetAndDestroy()
        for (let n = 0; n < 2; n++) {
          const error = yield* Effect.flip(Effect.flatMap(closeOrder(exchange), ({ send }) => send))
          assert.deepInclude(error, { reason: "replyLost", applied: "unknown" })
        }
        assert.deepInclude(yield* Effect.flip(closeOrder(exchange)), { reason: "dependencyDown", applied: "no" })
      })
    )
  )
})

describe("an account's reads", () => {
  it.live("are not sent while lists are down; orders still go out", () =>
    withExchange({ breakerMinimumCalls: 2 }, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = answers(500)
        const session = yield* Effect.scoped(exchange.account("a", credentials))
        for (let n = 0; n < 6; n++) yield* Effect.flip(session.runningTrades)
        assert.lengthOf(scripted.seen, 2)
        scripted.onRequest = (_request, response) => reply(response, 200, closedTrade)
        yield* Effect.flatMap(closeOrder(exchange), ({ send }) => send)
      })
    )
  )

  it.live("fail when their turn would come too late, having tried nothing", () =>
    withExchange({ readWait: Duration.millis(100) }, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (_request, response) => reply(response, 429, {}, { "retry-after": "30" })
        const session = yield* Effect.scoped(exchange.account("a", credentials))
        assert.deepInclude(yield* Effect.flip(session.runningTrades), { kind: "temporary", status: 429 })
        const refused = yield* Effect.flip(session.runningTrades)
        assert.deepInclude(refused, { reason: "rateLimited", kind: "system" })
        assert.isAbove(refused.retryAfterMs!, 29_000)
        assert.lengthOf(scripted.seen, 1)
      })
    )
  )
})
