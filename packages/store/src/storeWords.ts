import { explainTls } from "@millrace/contracts"
import { Formatter } from "effect"
import { isSqlError } from "effect/sql/SqlError"

const tlsNames = { authority: "DATABASE_TLS_CA", address: "DATABASE_URL" }

/**
 * Says why PostgreSQL did not do what was asked; of a connection that did not come about also what to do. Never throws,
 * whatever was thrown: a cause need not have a prototype.
 */
export const storeWords = (cause: unknown): string => {
  if (isSqlError(cause)) {
    const explained = explainTls(cause.reason.cause, tlsNames)
    if (explained !== undefined) return `${cause.message}: ${explained}`
    const inner = cause.reason.cause instanceof Error ? `: ${cause.reason.cause.message}` : ""
    if (cause.reason._tag === "AuthenticationError")
      return `${cause.message}${inner}. Check user and password in DATABASE_URL.`
    // Of a statement the inner message may quote values.
    return cause.reason._tag === "ConnectionError" ? `${cause.message}${inner}` : cause.message
  }
  if (cause instanceof Error) return cause.message
  return typeof cause === "string" ? cause : Formatter.format(cause)
}
