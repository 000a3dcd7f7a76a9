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

/** Headers that authenticate a REST v3 request. */
export const authenticationHeaders = (
  credentials: ExchangeCredentials,
  timestampMs: number,
  method: string,
  path: string,
  data: string
): Record<string, string> => ({
  "lnm-access-key": credentials.key,
  "lnm-access-passphrase": credentials.passphrase,
  "lnm-access-timestamp": String(timestampMs),
  "lnm-access-signature": restSignature(credentials.secret, timestampMs, method, path, data)
})
