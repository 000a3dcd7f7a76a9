/** Signatures of REST requests and of the sockets' authentication, checked over the bytes as received. */
import { createHmac, timingSafeEqual } from "node:crypto"

/** Base64 HMAC-SHA256 of the message with the secret as UTF-8 text. */
export const sign = (secret: string, message: string): string =>
  createHmac("sha256", secret).update(message).digest("base64")

/** What a v3 request signs: data is the raw body, else the query with its `?`, else nothing. */
export const restMessage = (timestamp: string, method: string, pathname: string, data: string): string =>
  `${timestamp}${method.toLowerCase()}${pathname}${data}`

/** What v2 requests sign: the method in capitals, and of a query either all but its `?` (documented) or all of it. */
export const v2Messages = (
  timestamp: string,
  method: string,
  pathname: string,
  data: string
): ReadonlyArray<string> => {
  const start = `${timestamp}${method.toUpperCase()}${pathname}`
  return data.startsWith("?") ? [`${start}${data.slice(1)}`, `${start}${data}`] : [`${start}${data}`]
}

/** What the old socket signs: the name of its method without the version. */
export const oldSocketMessage = (timestampMs: number): string => `${timestampMs}auth/api-key`

export const streamMessage = (timestampMs: number, nonce: string): string => `${timestampMs}${nonce}`

/** Compares in constant time. */
export const isSignedBy = (secret: string, message: string, signature: string): boolean => {
  const expected = Buffer.from(sign(secret, message))
  const found = Buffer.from(signature)
  return expected.length === found.length && timingSafeEqual(expected, found)
}
