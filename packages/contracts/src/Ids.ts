import { createHash } from "node:crypto"

/**
 * Returns the id that always belongs to these parts: 32 hexadecimal characters (128 bits) of their SHA-256.
 *
 * Parts are framed by their length, so that `("a", "bc")` and `("ab", "c")` differ. Commands, events and notifications
 * get their ids here: who works a record off a second time gives its outputs the same ids, and a repeat is seen as one.
 */
export const deterministicId = (...parts: ReadonlyArray<string>): string => {
  const framed = parts.map((part) => `${part.length}:${part}`).join("|")
  return createHash("sha256").update(framed, "utf8").digest("hex").slice(0, 32)
}

/**
 * Returns the id of one opening of an account's cross position: the exchange keeps a single object for ever, so the time at
 * which it left zero is part of it, in whole milliseconds.
 */
export const crossPositionId = (exchangeId: string, openedAtMs: number): string =>
  `${exchangeId}.${Math.floor(openedAtMs)}`
