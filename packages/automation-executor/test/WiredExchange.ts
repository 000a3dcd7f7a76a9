import { Exchange, ExchangeConfig, makeLnMarketsV3Over, type RestConnection } from "@millrace/exchange"
import { Breakers } from "@millrace/runtime"
import { RateLimits } from "@millrace/store"
import { ConfigProvider, Effect, Layer } from "effect"
import * as Clock from "effect/Clock"
import { closedTrade } from "../../exchange/test/adapterBench.ts"

/** What the wire brings back for an order; `ok` closes the trade. */
export type Answer = "ok" | "unavailable" | "connectFailed" | { readonly retryAfterSeconds: number }

/** A call that reached the wire. */
export interface WireCall {
  readonly atMs: number
  readonly target: string
  readonly ok: boolean
}

/** The real adapter with its budgets and breakers, at default settings, on a wire without sockets. */
export class WiredExchange {
  readonly calls: Array<WireCall> = []
  readonly closed: Array<string> = []
  answer: (nowMs: number) => Answer = () => "ok"

  orders = (): ReadonlyArray<WireCall> => this.calls.filter(({ target }) => target.includes("/trade/close"))

  private readonly connection: RestConnection = {
    exchange: ({ body, target }) =>
      Effect.gen({ self: this }, function* () {
        const atMs = yield* Clock.currentTimeMillis
        if (target.endsWith("/time")) return replyOf(200, { time: new Date(atMs).toISOString() })
        const answer = this.answer(atMs)
        this.calls.push({ atMs, target, ok: answer === "ok" })
        if (answer === "connectFailed") return yield* Effect.fail({ sent: false, detail: "ECONNREFUSED" })
        if (answer === "unavailable") return replyOf(503, { message: "maintenance" })
        if (answer !== "ok") return { ...replyOf(429, {}), retryAfter: String(answer.retryAfterSeconds) }
        if (!target.endsWith("/trade/close")) return replyOf(200, [])
        const { id } = JSON.parse(body!) as { readonly id: string }
        this.closed.push(id)
        return replyOf(200, { ...closedTrade, id })
      })
  }

  readonly layer: Layer.Layer<Exchange> = Layer.effect(
    Exchange,
    Effect.flatMap(ExchangeConfig, (settings) => makeLnMarketsV3Over(this.connection, settings))
  ).pipe(
    Layer.provide([Layer.fresh(RateLimits.layerMemory), Layer.fresh(Breakers.layer)]),
    Layer.provide(
      ConfigProvider.layer(
        ConfigProvider.fromUnknown({ EXCHANGE: { REST_URL: "http://wire/v3", STREAM_URL: "ws://wire/v1" } })
      )
    ),
    Layer.orDie
  )
}

const replyOf = (status: number, body: unknown) => ({ status, retryAfter: undefined, body: JSON.stringify(body) })
