// Foreign boundary: node:crypto, as nobody may guess a nonce.
import { randomBytes } from "node:crypto"
import { HttpServerResponse } from "effect/http"
import { policyWithNonce } from "./securityHeaders.ts"

/** What the built page holds where each answer's nonce belongs. */
const place = "__CSP_NONCE__"

/** The dashboard's page with a nonce that no other answer has, and the policy that lets styles with it pass. */
export const withNonce = (page: string): HttpServerResponse.HttpServerResponse => {
  const nonce = randomBytes(18).toString("base64url")
  return HttpServerResponse.setHeaders(HttpServerResponse.html(page.replaceAll(place, nonce)), {
    "content-security-policy": policyWithNonce(nonce),
    "cache-control": "no-store"
  })
}
