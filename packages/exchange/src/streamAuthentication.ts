import { LnMarketsStream } from "@millrace/contracts"
import { Effect, Random } from "effect"
import { type ExchangeCredentials, ExchangeError } from "./Exchange.ts"
import { streamSignature } from "./Signature.ts"
import type { StreamCallFailed, StreamCalls } from "./StreamCalls.ts"
import type { StreamUnavailable } from "./StreamConnection.ts"

/** Who opens a private stream. */
export interface StreamAccount {
  readonly credentials: ExchangeCredentials
  /** On the exchange's clock. */
  readonly timestampMs: Effect.Effect<number>
}

/**
 * Authenticates a connection with a fresh nonce and gives the permissions of its key.
 *
 * Fails with `ExchangeError` `unauthorized` when the credentials are refused, with `StreamUnavailable` when no answer
 * came or the exchange is busy.
 */
export const authenticate = Effect.fnUntraced(function* (calls: StreamCalls, account: StreamAccount) {
  const { key, passphrase, secret } = account.credentials
  const timestamp = yield* account.timestampMs
  const nonce = yield* freshNonce
  const signature = streamSignature(secret, timestamp, nonce)
  const answer = yield* calls
    .call("authenticate", { key, signature, timestamp, passphrase, nonce }, LnMarketsStream.AuthenticateResult)
    .pipe(
      Effect.mapError((failure) =>
        failure.error === undefined || isTemporary(failure.error)
          ? unavailable(failure)
          : refusal("authenticate", "unauthorized", failure.detail, applicationCode(failure.error))
      )
    )
  if (!answer.authenticated) {
    return yield* refusal("authenticate", "unauthorized", "the exchange answered `authenticated: false`", undefined)
  }
  return answer.permissions
})

/** The exchange answered a call of the stream with a refusal that no retry changes. */
export const refusal = (
  operation: string,
  reason: "unauthorized" | "forbidden",
  detail: string,
  code: string | undefined
): ExchangeError =>
  new ExchangeError({ operation, reason, applied: "no", detail, ...(code === undefined ? {} : { code }) })

export const unavailable = (failure: StreamCallFailed): StreamUnavailable => ({
  _tag: "StreamUnavailable",
  detail: `${failure.method}: ${failure.detail}`
})

export const applicationCode = (error: LnMarketsStream.RpcError): string | undefined => {
  const code = (error.data as { readonly code?: unknown } | null | undefined)?.code
  return typeof code === "string" ? code : undefined
}

/** 32 hexadecimal digits; the exchange refuses a nonce that it has seen. */
const freshNonce = Effect.map(
  Effect.forEach([0, 1, 2, 3], () => Random.nextIntBetween(0, 2 ** 32)),
  (parts) => parts.map((part) => part.toString(16).padStart(8, "0")).join("")
)

/** JSON-RPC's own internal error, and the two codes known to pass by themselves. */
const isTemporary = (error: LnMarketsStream.RpcError): boolean => {
  const code = applicationCode(error)
  return error.code === -32603 || code === "TOO_MANY_REQUESTS" || code === "SERVICE_UNAVAILABLE"
}
