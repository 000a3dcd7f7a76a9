import { Effect } from "effect"
import type { ExchangeError, SignedOrder } from "./Exchange.ts"
import type { RestCall, RestClient } from "./RestClient.ts"

/** Signs a call that changes something; what it answers is turned into our units. */
export const signOrder = <A, B>(
  rest: RestClient,
  call: RestCall<A>,
  ours: (answer: A) => B
): Effect.Effect<SignedOrder<B>, ExchangeError> =>
  Effect.map(rest.prepareOrder(call), ({ send, signedAtMs }) => ({
    operation: call.operation,
    signedAtMs,
    send: Effect.map(send, ours)
  }))
