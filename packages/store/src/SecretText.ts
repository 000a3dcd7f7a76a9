// Foreign boundary: node:crypto, whose random bytes must not come from a seed.
import { createHash, randomBytes, scrypt, timingSafeEqual } from "node:crypto"
import { Effect, Redacted, Semaphore } from "effect"

/** A secret of 256 random bits as text that fits a URL, a header and a cookie. `prefix` tells people what it is for. */
export const newSecret = (prefix = ""): Redacted.Redacted =>
  Redacted.make(`${prefix}${randomBytes(32).toString("base64url")}`)

/** What is stored of a secret that nobody chose: with 256 random bits a plain SHA-256 can't be searched. */
export const hashSecret = (secret: Redacted.Redacted): string =>
  createHash("sha256").update(Redacted.value(secret), "utf8").digest("base64url")

/** A random identifier, 80 bits, fit for keys and URLs. */
export const newId = (prefix: string): string => `${prefix}-${randomBytes(10).toString("hex")}`

/** Cost of a password's hash: 32 MiB and some 100 ms on one core. */
const cost = { N: 32_768, r: 8, p: 1 }
const maxMemory = 64 * 1024 * 1024
const keyBytes = 32

/** Each hash takes a thread and its memory: more at once would starve other work. */
const turns = Semaphore.makeUnsafe(2)

const derive = (password: string, salt: Buffer, { N, p, r }: typeof cost): Effect.Effect<Buffer> =>
  turns.withPermits(1)(
    Effect.callback<Buffer>((resume) => {
      scrypt(password.normalize("NFKC"), salt, keyBytes, { N, r, p, maxmem: maxMemory }, (error, key) =>
        resume(error === null ? Effect.succeed(key) : Effect.die(error))
      )
    })
  )

/** `scrypt$N$r$p$salt$key`, with a salt of its own: what is stored of a password. */
export const hashPassword = (password: Redacted.Redacted): Effect.Effect<string> =>
  Effect.suspend(() => {
    const salt = randomBytes(16)
    return Effect.map(
      derive(Redacted.value(password), salt, cost),
      (key) => `scrypt$${cost.N}$${cost.r}$${cost.p}$${salt.toString("base64url")}$${key.toString("base64url")}`
    )
  })

/**
 * Whether this is the password. Without a stored hash it takes as long and says no, so that nobody learns from the time
 * whether a user exists.
 */
export const isPassword = (password: Redacted.Redacted, stored: string | undefined): Effect.Effect<boolean> => {
  const [scheme, N, r, p, salt, key] = (stored ?? nobody).split("$")
  if (scheme !== "scrypt" || salt === undefined || key === undefined) return Effect.succeed(false)
  const expected = Buffer.from(key, "base64url")
  return Effect.map(
    derive(Redacted.value(password), Buffer.from(salt, "base64url"), { N: Number(N), r: Number(r), p: Number(p) }),
    (found) => stored !== undefined && found.length === expected.length && timingSafeEqual(found, expected)
  )
}

const nobody = `scrypt$${cost.N}$${cost.r}$${cost.p}$AAAAAAAAAAAAAAAAAAAAAA$${"A".repeat(43)}`
