import { createHmac } from "node:crypto"
import type { ExchangeCredentials } from "./Exchange.ts"

const hmac = (secret: string, message: string): string => createHmac("sha256", secret).update(message).digest("base64")

/**
 * Signature of a REST v3 request over exactly what is sent.
 *
 * `path` holds the version (`/v3/…`); `data` is the raw body, else the query with its `?`, else empty.
 */
export const restSignature = (
  secret: string,
  timestampMs: number,
  method: string,
  path: string,
  data: string
): string => hmac(secret, `${timestampMs}${method.toLowerCase()}${path}${data}`)

/** Signature of `authenticate` on stream v1. A nonce may be used once. */
export const streamSignature = (secret: string, timestampMs: number, nonce: string): string =>
  hmac(secret, `${timestampMs}${nonce}`)

/**
 * Signature of a REST v2 request over exactly what is sent.
 *
 * `path` holds the version (`/v2/…`); `data` is the raw body, else the query, else empty.
 */
export const restSignatureV2 = (
  secret: string,
  timestampMs: number,
  method: string,
  path: string,
  data: string
): string => hmac(secret, `${timestampMs}${method.toUpperCase()}${path}${data}`)

/** What of a request is signed; `query` with its `?`, or empty. */
export interface SignedParts {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly body: string | null
}

/** How a version of REST signs. */
export type RestSigning = (secret: string, timestampMs: number, request: SignedParts) => string

export const signV3: RestSigning = (secret, timestampMs, { body, method, path, query }) =>
  restSignature(secret, timestampMs, method, path, body ?? query)

/** The exchange's own clients of v2 disagree whether the query is signed with its `?` (`marked`) or without (`bare`). */
export const signV2 =
  (signedQuery: "bare" | "marked"): RestSigning =>
  (secret, timestampMs, { body, method, path, query }) =>
    restSignatureV2(secret, timestampMs, method, path, body ?? (signedQuery === "bare" ? query.slice(1) : query))

/** Headers that authenticate a REST request; the same in all versions. */
export const authenticationHeaders = (
  credentials: ExchangeCredentials,
  timestampMs: number,
  signature: string
): Record<string, string> => ({
  "lnm-access-key": credentials.key,
  "lnm-access-passphrase": credentials.passphrase,
  "lnm-access-timestamp": String(timestampMs),
  "lnm-access-signature": signature
})
