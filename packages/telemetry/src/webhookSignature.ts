import { createHmac } from "node:crypto"

/** What a webhook's signature covers. */
export interface SignedWebhook {
  readonly id: string
  /** Seconds since 1970. */
  readonly timestampSeconds: number
  /** Exactly what is sent. */
  readonly body: string
}

/**
 * Headers of a signed webhook: id, time and `v1` signature, HMAC-SHA256 in base64.
 *
 * `secret` is base64, with or without `whsec_` in front.
 *
 * @see Standard Webhooks, https://www.standardwebhooks.com
 */
export const webhookHeaders = (
  secret: string,
  { id, timestampSeconds, body }: SignedWebhook
): Readonly<Record<string, string>> => {
  const key = Buffer.from(secret.replace(/^whsec_/u, ""), "base64")
  const signature = createHmac("sha256", key).update(`${id}.${timestampSeconds}.${body}`).digest("base64")
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestampSeconds),
    "webhook-signature": `v1,${signature}`
  }
}
