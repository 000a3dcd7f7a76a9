import { Redacted } from "effect"

// The secret stands behind `#`: browsers send it to no server, so that it is in nobody's log.

/** Address of the page where a member chooses a password. */
export const linkUrl = (publicUrl: string, secret: Redacted.Redacted): string =>
  `${publicUrl}/link#${Redacted.value(secret)}`

/** Address of the page where the first administrator gives name and password. */
export const firstAdminLink = (publicUrl: string, secret: Redacted.Redacted): string =>
  `${publicUrl}/link?first#${Redacted.value(secret)}`
