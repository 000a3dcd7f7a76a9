/** The form of a REST route, and how its input is decoded. */
import { Result, Schema } from "effect"
import type { LocalExchange } from "./LocalExchange.ts"
import { badRequest, type Refusal } from "./MarketState.ts"

/** What a route's handler gets; public routes have an empty account id. */
export interface RouteInput {
  readonly exchange: LocalExchange
  readonly accountId: string
  readonly query: URLSearchParams
  /** What stands in the path where the route has `:id`; else empty. */
  readonly id: string
  readonly body: unknown
  /** Wall time, in milliseconds. */
  readonly wallMs: number
}

export interface Route {
  /** Needed permission; undefined for a public route. */
  readonly permission: string | undefined
  /** Name under which the journal keeps an order; undefined for reads and what no automation does. */
  readonly action: string | undefined
  /** The answer is the text itself, not JSON. */
  readonly isPlain?: boolean
  readonly handle: (input: RouteInput) => Result.Result<unknown, Refusal>
}

export type Routes = Readonly<Record<string, Route>>

export const read = (permission: string | undefined, handle: Route["handle"]): Route => ({
  permission,
  action: undefined,
  handle
})

/** A public route that answers a plain text. */
export const plain = (text: string): Route => ({ ...read(undefined, () => Result.succeed(text)), isPlain: true })

export const order = (permission: string, action: string, handle: Route["handle"]): Route => ({
  permission,
  action,
  handle
})

/** Runs the handler with the decoded body, or refuses the body with the reason. */
export const withBody = <A>(
  schema: Schema.ConstraintDecoder<A>,
  handle: (body: A, input: RouteInput) => Result.Result<unknown, Refusal>
): Route["handle"] => {
  const decode = Schema.decodeUnknownResult(schema)
  return (input) => {
    const decoded = decode(input.body)
    return Result.isFailure(decoded)
      ? badRequest(`Body is not valid: ${decoded.failure.message}`)
      : handle(decoded.success, input)
  }
}
