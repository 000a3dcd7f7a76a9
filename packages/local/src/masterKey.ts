// Foreign boundary: a key must come from the system's random source, not from a seed.
import { randomBytes } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { Effect, Redacted } from "effect"
import { StackError } from "./StackError.ts"

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8").trim()
  } catch {
    return undefined
  }
}

const make = (file: string): string => {
  const key = randomBytes(32).toString("base64")
  mkdirSync(dirname(file), { recursive: true })
  // "wx": two starts at once can't each write a key of their own.
  writeFileSync(file, `${key}\n`, { mode: 0o600, flag: "wx" })
  return key
}

/**
 * The key that encrypts the local accounts' credentials: the environment's MILLRACE_MASTER_KEY, else one that is made
 * once and kept in `file`, readable by its owner only.
 *
 * Fails with StackError when the file can't be read or written.
 */
export const masterKey = (
  file: string,
  fromEnvironment: string | undefined
): Effect.Effect<Redacted.Redacted, StackError> =>
  fromEnvironment !== undefined && fromEnvironment !== ""
    ? Effect.succeed(Redacted.make(fromEnvironment))
    : Effect.try({
        try: () => Redacted.make(read(file) ?? make(file)),
        catch: (cause) =>
          new StackError({
            part: "stack",
            problem: `The key file ${file} can't be read or written.`,
            remedy: "Check the folder's permissions and free space, or set MILLRACE_MASTER_KEY.",
            cause
          })
      })
