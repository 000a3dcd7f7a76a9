// Foreign boundary: the system's source of secrets; these must not follow from a seed.
import { randomBytes } from "node:crypto"

/** Returns so many random bytes as text of letters, digits, `-` and `_`. */
export const randomText = (bytes: number): string => randomBytes(bytes).toString("base64url")
