// Foreign boundary: node:crypto, for keyed hashes and comparisons that take the same time whatever they find.
import { createHmac, timingSafeEqual } from "node:crypto"
import { Redacted } from "effect"

/** The CSRF token of a session: follows from its secret, which scripts of a page can't read. */
export const csrfTokenOf = (sessionSecret: Redacted.Redacted): string =>
  createHmac("sha256", Redacted.value(sessionSecret)).update("csrf").digest("base64url")

/** Whether the two are the same, without telling by the time where they differ. */
export const isSame = (given: string | undefined, expected: string): boolean => {
  const [one, other] = [Buffer.from(given ?? ""), Buffer.from(expected)]
  return one.length === other.length && timingSafeEqual(one, other)
}
