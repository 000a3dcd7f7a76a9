import { Effect } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"

/**
 * Scripts, styles and requests of our own origin only: nothing inline, nothing from elsewhere, in no frame. With a nonce also
 * styles that carry it: those that the dashboard makes while it runs.
 */
const policy = (styles: string) => [
  "default-src 'none'",
  "script-src 'self'",
  `style-src ${styles}`,
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'"
]

/** The policy of every answer but the dashboard's page. */
export const contentSecurityPolicy = policy("'self'").join("; ")

/** The policy of a page whose styles carry this nonce. */
export const policyWithNonce = (nonce: string): string => policy(`'self' 'nonce-${nonce}'`).join("; ")

const always = {
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
}

/** Puts the security headers on an answer, errors included; answers of the API are kept by no cache. */
export const securityHeaders =
  (secure: boolean) =>
  <E, R>(app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) => {
    const headers = secure ? { ...always, "strict-transport-security": "max-age=31536000" } : always
    return Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ url }) =>
      Effect.map(app, (response) => {
        // A page that brings a policy of its own keeps it.
        const own = response.headers["content-security-policy"]
        const ownPolicy = own === undefined ? {} : { "content-security-policy": own }
        const protectedOne = HttpServerResponse.setHeaders(response, { ...headers, ...ownPolicy })
        return url.startsWith("/api") && protectedOne.headers["cache-control"] === undefined
          ? HttpServerResponse.setHeader(protectedOne, "cache-control", "no-store")
          : protectedOne
      })
    )
  }
