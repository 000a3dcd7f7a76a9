import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import type { ExchangeSettings } from "../src/ExchangeConfig.ts"
import { closedTrade, closeOrder, credentials, withExchange } from "./adapterBench.ts"
import { reply, type ScriptedExchange } from "./ScriptedExchange.ts"

describe("an order that fails", () => {
  const failing = (answer: ScriptedExchange["onRequest"], changes: Partial<ExchangeSettings> = {}) =>
    withExchange(changes, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = answer
        const order = yield* closeOrder(exchange)
        const error = yield* Effect.flip(order.send)
        return { error, sent: scripted.seen.length }
      })
    )

  /**
   * @guarantee effects: A lost reply is read back, never guessed
   * @how whether bytes were sent decides between `not_applied` and `unknown`
   */
  it.live("is unknown, and sent once, when the connection is reset after it was sent", () =>
    Effect.gen(function* () {
      const { error, sent } = yield* failing((_request, _response, socket) => socket.resetAndDestroy())
      assert.deepInclude(error, { reason: "replyLost", applied: "unknown", kind: "temporary" })
      assert.strictEqual(sent, 1)
    })
  )

  /** @guarantee effects: A lost reply is read back, never guessed */
  it.live("is unknown when no answer comes in time", () =>
    Effect.gen(function* () {
      const { error, sent } = yield* failing(() => undefined, { requestTimeout: Duration.millis(200) })
      assert.deepInclude(error, { reason: "replyLost", applied: "unknown" })
      assert.strictEqual(sent, 1)
    })
  )

  it.live("is unknown when the answer stops half way", () =>
    Effect.gen(function* () {
      const { error } = yield* failing((_request, response, socket) => {
        response.writeHead(200, { "content-length": "1000" })
        response.write("{", () => socket.destroy())
      })
      assert.deepInclude(error, { reason: "replyLost", applied: "unknown" })
    })
  )

  it.live("is unknown when the answer can't be read, or is a plain 500", () =>
    Effect.gen(function* () {
      const unreadable = yield* failing((_request, response) => reply(response, 200, { id: 1 }))
      assert.deepInclude(unreadable.error, { reason: "invalidReply", applied: "unknown", kind: "permanent" })
      const broken = yield* failing((_request, response) => reply(response, 500, {}))
      assert.deepInclude(broken.error, { reason: "unavailable", applied: "unknown" })
    })
  )

  /** @guarantee effects: A lost reply is read back, never guessed */
  it.live("was not applied when nothing listens", () =>
    withExchange({ restUrl: new URL("http://127.0.0.1:9/v3") }, (_scripted, exchange) =>
      Effect.gen(function* () {
        const order = yield* closeOrder(exchange)
        assert.deepInclude(yield* Effect.flip(order.send), { reason: "connectFailed", applied: "no" })
      })
    )
  )

  for (const status of [502, 503, 504]) {
    it.live(`was not applied when the answer is ${status}`, () =>
      Effect.gen(function* () {
        const { error } = yield* failing((_request, response) => reply(response, status, { message: "busy" }))
        assert.deepInclude(error, { reason: "unavailable", applied: "no", status, detail: "busy", kind: "temporary" })
      })
    )
  }

  for (const [status, reason] of [
    [400, "badRequest"],
    [401, "unauthorized"],
    [403, "forbidden"],
    [404, "notFound"],
    [422, "badRequest"]
  ] as const) {
    it.live(`is refused for good when the answer is ${status}`, () =>
      Effect.gen(function* () {
        const { error } = yield* failing((_request, response) => reply(response, status, { code: "X" }))
        assert.deepInclude(error, { reason, applied: "no", code: "X", kind: "permanent" })
      })
    )
  }

  it.live("names how long to wait after a 429, and nothing else of the account goes out before", () =>
    withExchange({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (_request, response) =>
          reply(response, 429, { code: "TOO_MANY_REQUESTS" }, { "retry-after": "30" })
        const order = yield* closeOrder(exchange)
        assert.deepInclude(yield* Effect.flip(order.send), {
          reason: "rateLimited",
          applied: "no",
          retryAfterMs: 30_000
        })
        const next = yield* closeOrder(exchange)
        const held = yield* Effect.flip(next.send)
        assert.deepInclude(held, { reason: "rateLimited", applied: "no" })
        assert.isAbove(held.retryAfterMs!, 29_000)
        assert.strictEqual(scripted.seen.length, 1)
        const other = yield* Effect.scoped(exchange.account("b", credentials))
        yield* Effect.flip(other.runningTrades)
        assert.strictEqual(scripted.seen.length, 2)
      })
    )
  )

  /** @guarantee effects: A request under way is not cut off by a stop */
  it.live("is not cut off by an interruption once it is sent", () =>
    withExchange({}, (scripted, exchange) =>
      Effect.gen(function* () {
        let deliveries = 0
        scripted.onRequest = (_request, response) => {
          response.on("close", () => {
            if (response.writableFinished) deliveries += 1
          })
          setTimeout(() => reply(response, 200, closedTrade), 200)
        }
        const order = yield* closeOrder(exchange)
        yield* Effect.timeoutOption(order.send, "100 millis")
        yield* Effect.sleep("50 millis")
        assert.strictEqual(deliveries, 1)
      })
    )
  )

  /**
   * @guarantee effects: A request under way is not cut off by a stop
   * @how sending and settling are one uninterruptible step
   */
  it.live("can be sent and settled in one step that an interruption does not part", () =>
    withExchange({}, (scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (_request, response) => setTimeout(() => reply(response, 200, closedTrade), 200)
        const order = yield* closeOrder(exchange)
        let settled: unknown
        const sendAndSettle = Effect.uninterruptible(
          Effect.tap(order.send, ({ status }) =>
            Effect.sync(() => {
              settled = status
            })
          )
        )
        yield* Effect.timeoutOption(sendAndSettle, "100 millis")
        assert.strictEqual(settled, "closed")
      })
    )
  )

  /**
   * @guarantee effects: Secrets are in no error and no log
   * @how redacted in errors, log lines and printed addresses
   */
  it.live("never carries the secret or the passphrase in its error", () =>
    Effect.gen(function* () {
      const { error } = yield* failing((_request, response) => reply(response, 401, { message: "no" }))
      assert.notMatch(JSON.stringify(error) + error.message, /s3cret|pass"/u)
    })
  )
})
