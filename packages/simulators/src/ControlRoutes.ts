/** The form of a request of the control port, and how its body is decoded. */
import { Effect, Result, Schema } from "effect"
import type { ExchangeServer } from "./ExchangeServer.ts"
import type { Feed } from "./Feed.ts"
import type { LocalExchange } from "./LocalExchange.ts"
import type { Lockstep } from "./Lockstep.ts"
import type { Refusal } from "./MarketState.ts"

export interface ControlParts {
  readonly exchange: LocalExchange
  readonly server: ExchangeServer
  readonly feed: Feed
  readonly lockstep: Lockstep
}

/** A request the control port does not take; the message says what it expects. */
export class ControlError extends Schema.TaggedError<ControlError>()("ControlError", {
  status: Schema.Int,
  message: Schema.String
}) {
  readonly kind = "business"
}

export interface ControlRequest {
  readonly method: string
  readonly pathname: string
  readonly query: URLSearchParams
  readonly body: unknown
}

export type ControlHandler = (
  parts: ControlParts,
  request: ControlRequest
) => Effect.Effect<unknown, { readonly message: string }>

export type ControlRoutes = Readonly<Record<string, ControlHandler>>

/** Runs the handler with the decoded body, or refuses the body with the reason. */
export const take = <A>(
  schema: Schema.ConstraintDecoder<A>,
  handle: (body: A, parts: ControlParts) => Effect.Effect<unknown, { readonly message: string }>
): ControlHandler => {
  const decode = Schema.decodeUnknownEffect(schema, { onExcessProperty: "error" })
  return (parts, request) =>
    decode(request.body ?? {}).pipe(
      Effect.mapError((error) => new ControlError({ status: 400, message: `Body is not valid: ${error.message}` })),
      Effect.flatMap((body) => handle(body, parts))
    )
}

/** A refusal of the market as the control port's answer. */
export const fromRefusal = <A>(result: Result.Result<A, Refusal>): Effect.Effect<A, ControlError> =>
  Result.isSuccess(result)
    ? Effect.succeed(result.success)
    : Effect.fail(new ControlError({ status: result.failure.status, message: result.failure.message }))
