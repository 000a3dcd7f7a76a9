import { ExchangeError } from "@millrace/exchange"
import { Effect, Exit, type Random } from "effect"
import type { SimulatedWorld } from "./SimulatedWorld.ts"

/** Age at which the exchange refuses a signed request, in milliseconds. */
export const signatureWindowMs = 30_000
/** How long a client waits for a reply, in milliseconds. */
const requestTimeoutMs = 8_000

/** The way between all processes and an exchange outside of them. */
export interface ExchangeLink {
  readonly world: SimulatedWorld
  readonly random: Random.Random
  /** Nothing fails after this time, in milliseconds since the world began. */
  readonly healedMs: number
}

/** What becomes of a request that changes something: the share of requests, summed up. */
const shares = { lostReply: 0.12, late: 0.2, lostRequest: 0.25, rateLimited: 0.3, unavailable: 0.35, unconnected: 0.38 }
const failingReads = 0.1

/** Whether requests may fail now. */
export const isTroubled = ({ healedMs, world }: ExchangeLink): boolean => world.nowMs < healedMs

/** The exchange answers that it did not do it. */
export const refusedRequest = (
  operation: string,
  reason: ExchangeError["reason"],
  detail: string,
  status?: number
): ExchangeError =>
  new ExchangeError({ operation, reason, detail, applied: "no", ...(status === undefined ? {} : { status }) })

/** Asks for something that changes nothing; some requests are refused. */
export const readOver = <A>(
  link: ExchangeLink,
  operation: string,
  answer: () => Exit.Exit<A, ExchangeError>
): Effect.Effect<A, ExchangeError> =>
  Effect.suspend(() => {
    const fails = isTroubled(link) && link.random.nextDoubleUnsafe() < failingReads
    const wayMs = 10 + Math.round(60 * link.random.nextDoubleUnsafe())
    return link.world.outside(wayMs, wayMs, () =>
      fails ? Exit.fail(refusedRequest(operation, "unavailable", "down", 503)) : answer()
    )
  })

/**
 * Sends an order: it arrives whatever becomes of its sender, at once, late or never; replies are lost, requests refused,
 * as the seed says. `apply` is called when it arrives, but for one that was signed too long ago.
 */
export const sendOver = <A>(
  link: ExchangeLink,
  { operation, signedAtMs }: { readonly operation: string; readonly signedAtMs: number },
  apply: () => Exit.Exit<A, ExchangeError>
): Effect.Effect<A, ExchangeError> => {
  const { random, world } = link
  const arrive = (): Exit.Exit<A, ExchangeError> =>
    world.time.nowMs - signedAtMs > signatureWindowMs
      ? Exit.fail(refusedRequest(operation, "unauthorized", "the signature is too old", 401))
      : apply()
  const lost = (wayMs: number | undefined) => {
    if (wayMs !== undefined) world.at(world.nowMs + wayMs, () => void arrive())
    const reply = new ExchangeError({ operation, reason: "replyLost", applied: "unknown", detail: "no answer in time" })
    return Effect.andThen(Effect.sleep(requestTimeoutMs), Effect.fail(reply))
  }
  return Effect.suspend((): Effect.Effect<A, ExchangeError> => {
    const drawn = isTroubled(link) ? random.nextDoubleUnsafe() : 1
    const wayMs = 20 + Math.round(180 * random.nextDoubleUnsafe())
    const refuse = (reason: ExchangeError["reason"], status?: number) =>
      world.outside(wayMs, wayMs, () => Exit.fail(refusedRequest(operation, reason, reason, status)))
    if (drawn < shares.lostReply) return lost(wayMs)
    if (drawn < shares.late) return lost(3_000 + Math.round(25_000 * random.nextDoubleUnsafe()))
    if (drawn < shares.lostRequest) return lost(undefined)
    if (drawn < shares.rateLimited) return refuse("rateLimited", 429)
    if (drawn < shares.unavailable) return refuse("unavailable", 503)
    if (drawn < shares.unconnected) return refuse("connectFailed")
    return world.outside(wayMs, wayMs, arrive)
  })
}
