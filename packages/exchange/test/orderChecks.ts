import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import type { AccountSession, Exchange, ExchangeError, SignedOrder } from "../src/Exchange.ts"
import { credentials } from "./adapterBench.ts"
import { reply, type ScriptedExchange, type SeenRequest } from "./ScriptedExchange.ts"

export type Sign = (session: AccountSession) => Effect.Effect<SignedOrder<unknown>, ExchangeError>

export interface OrderCheck {
  readonly name: string
  readonly sign: Sign
  /** Method and target, as they go over the wire. */
  readonly request: string
  readonly body: string
  readonly answer: unknown
  readonly run: (
    test: (scripted: ScriptedExchange, exchange: Exchange["Service"]) => Effect.Effect<void, unknown>
  ) => Effect.Effect<void, unknown>
  readonly signature: (signedAtMs: number, seen: SeenRequest) => string
}

/** What holds for each order of each version of the API. */
export const checkOrder = ({ answer, body, name, request, run, sign, signature }: OrderCheck): void => {
  const open = (exchange: Exchange["Service"]) => Effect.scoped(exchange.account("a", credentials))

  it.live(`for ${name} is signed as it is sent, and goes out when it is told to`, () =>
    run((scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (_request, response) => reply(response, 200, answer)
        const order = yield* sign(yield* open(exchange))
        assert.lengthOf(scripted.seen, 0)
        yield* order.send
        assert.lengthOf(scripted.seen, 1)
        const seen = scripted.seen[0]!
        assert.strictEqual(`${seen.method} ${seen.url}`, request)
        assert.strictEqual(seen.body, body)
        assert.strictEqual(seen.headers["content-type"], body === "" ? undefined : "application/json")
        assert.strictEqual(seen.headers["lnm-access-timestamp"], String(order.signedAtMs))
        assert.strictEqual(seen.headers["lnm-access-signature"], signature(order.signedAtMs, seen))
      })
    )
  )

  it.live(`for ${name} goes out once when its reply is lost, and says unknown`, () =>
    run((scripted, exchange) =>
      Effect.gen(function* () {
        scripted.onRequest = (_request, _response, socket) => socket.resetAndDestroy()
        const order = yield* sign(yield* open(exchange))
        assert.deepInclude(yield* Effect.flip(order.send), { reason: "replyLost", applied: "unknown" })
        assert.lengthOf(scripted.seen, 1)
      })
    )
  )

  it.live(`for ${name} that is refused or held off was not applied`, () =>
    run((scripted, exchange) =>
      Effect.gen(function* () {
        const session = yield* open(exchange)
        for (const status of [400, 503]) {
          scripted.onRequest = (_request, response) => reply(response, status, { message: "no" })
          const order = yield* sign(session)
          assert.deepInclude(yield* Effect.flip(order.send), { status, applied: "no" })
        }
      })
    )
  )
}
