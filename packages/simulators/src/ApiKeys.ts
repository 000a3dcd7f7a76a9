/** API keys of accounts, what they may do, and the checks of a signed request. */
import { createHmac } from "node:crypto"
import { Result } from "effect"
import { Refusal } from "./MarketState.ts"
import { isSignedBy, oldSocketMessage, streamMessage } from "./Signature.ts"

export interface ApiKey {
  readonly key: string
  readonly secret: string
  readonly passphrase: string
  readonly accountId: string
  readonly permissions: ReadonlyArray<string>
  readonly active: boolean
}

const refuse = (status: number, code: string, message: string): Result.Result<never, Refusal> =>
  Result.fail(new Refusal({ status, code, message }))
const unauthorized = (message: string) => refuse(401, "UNAUTHORIZED", message)

/** Credentials that follow from a seed, so that a restarted simulator gives an account the same ones. */
export const deriveApiKey = (seed: string, accountId: string): Pick<ApiKey, "key" | "secret" | "passphrase"> => {
  const derive = (what: string) =>
    createHmac("sha256", `millrace-simulator/${seed}`).update(`${what}/${accountId}`).digest()
  return {
    key: derive("key").toString("base64url").slice(0, 32),
    secret: derive("secret").toString("base64url"),
    passphrase: derive("passphrase").toString("base64url").slice(0, 16)
  }
}

/** True when one of the granted permissions (`futures:*`, `futures:isolated:read`, `*`) covers the needed one. */
export const permits = (granted: ReadonlyArray<string>, needed: string): boolean =>
  granted.some(
    (each) => each === "*" || each === needed || (each.endsWith(":*") && needed.startsWith(each.slice(0, -1)))
  )

export interface SignedRequest {
  readonly key: string | undefined
  readonly passphrase: string | undefined
  readonly timestamp: string | undefined
  readonly signature: string | undefined
  /** The texts any of which a right signature is over. */
  readonly messages: (timestamp: string) => ReadonlyArray<string>
}

export interface SignedSession {
  readonly key: string
  readonly passphrase: string
  readonly timestamp: number
  readonly signature: string
}

export interface ApiKeys {
  readonly add: (key: ApiKey) => void
  readonly find: (key: string | undefined) => ApiKey | undefined
  readonly ofAccount: (accountId: string) => ReadonlyArray<ApiKey>
  readonly checkRest: (request: SignedRequest, wallMs: number) => Result.Result<ApiKey, Refusal>
  readonly checkStream: (
    request: SignedSession & { readonly nonce: string },
    wallMs: number
  ) => Result.Result<ApiKey, Refusal>
  /** Of the old socket, which has no nonce. */
  readonly checkOldSocket: (request: SignedSession, wallMs: number) => Result.Result<ApiKey, Refusal>
}

/** @param windowMs how far a timestamp may lie from the wall clock, either way. */
export const makeApiKeys = (windowMs: number): ApiKeys => {
  const keys = new Map<string, ApiKey>()
  const byAccount = new Map<string, ReadonlyArray<ApiKey>>()
  const nonces = new Map<string, number>()
  const known = (key: string | undefined, passphrase: string | undefined): Result.Result<ApiKey, Refusal> => {
    const found = keys.get(key ?? "")
    if (!found || found.passphrase !== passphrase) return unauthorized("API key or passphrase is not valid")
    return found.active ? Result.succeed(found) : refuse(403, "FORBIDDEN", "API key is not active")
  }
  const inWindow = (timestamp: number, wallMs: number) => Math.abs(wallMs - timestamp) <= windowMs
  const outside = (timestamp: number, wallMs: number) =>
    unauthorized(`Timestamp ${timestamp} is ${Math.round(wallMs - timestamp)} ms old, expected within ${windowMs} ms`)
  const session = (request: SignedSession, wallMs: number, message: string): Result.Result<ApiKey, Refusal> => {
    const found = known(request.key, request.passphrase)
    if (Result.isFailure(found)) return found
    if (!inWindow(request.timestamp, wallMs)) return outside(request.timestamp, wallMs)
    return isSignedBy(found.success.secret, message, request.signature) ? found : unauthorized("Signature is not valid")
  }
  const isReplayed = (nonce: string, wallMs: number): boolean => {
    for (const [old, atMs] of nonces) {
      if (wallMs - atMs <= 2 * windowMs) break
      nonces.delete(old)
    }
    if (nonces.has(nonce)) return true
    nonces.set(nonce, wallMs)
    return false
  }
  return {
    add: (key) => {
      keys.set(key.key, key)
      byAccount.set(key.accountId, [...(byAccount.get(key.accountId) ?? []).filter((k) => k.key !== key.key), key])
    },
    find: (key) => keys.get(key ?? ""),
    ofAccount: (accountId) => byAccount.get(accountId) ?? [],
    checkRest: (request, wallMs) => {
      const { key, passphrase, timestamp, signature } = request
      if (!key || !passphrase || !timestamp || !signature) return unauthorized("Authentication headers are missing")
      const found = known(key, passphrase)
      if (Result.isFailure(found)) return found
      if (!/^\d{1,16}$/.test(timestamp)) return unauthorized("Timestamp is not a number of milliseconds")
      if (!inWindow(Number(timestamp), wallMs)) return outside(Number(timestamp), wallMs)
      const isRight = request.messages(timestamp).some((each) => isSignedBy(found.success.secret, each, signature))
      return isRight ? found : unauthorized("Signature is not valid")
    },
    checkStream: (request, wallMs) => {
      const found = session(request, wallMs, streamMessage(request.timestamp, request.nonce))
      if (Result.isFailure(found)) return found
      return isReplayed(`${request.key}/${request.nonce}`, wallMs) ? unauthorized("Nonce was used already") : found
    },
    checkOldSocket: (request, wallMs) => session(request, wallMs, oldSocketMessage(request.timestamp))
  }
}
