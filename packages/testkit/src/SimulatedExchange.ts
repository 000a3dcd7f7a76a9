import { Exchange } from "@millrace/exchange"
import { Effect, Exit, Stream } from "effect"
import { type AppliedChange, ExchangeAccount, type ExchangeWire } from "./ExchangeAccount.ts"
import { type ExchangeLink, readOver, refusedRequest, sendOver } from "./exchangeLink.ts"
import type { SimulatedWorld } from "./SimulatedWorld.ts"

/** Accounts of an exchange outside of all processes. Each change is an effect in the history. */
export class SimulatedExchange {
  private readonly link: ExchangeLink
  private readonly accounts = new Map<string, ExchangeAccount>()
  private readonly intentOf: (accountId: string, change: AppliedChange) => string | undefined

  /** `intentOf`: whose a change is; `undefined`: nobody counts it. */
  constructor(
    world: SimulatedWorld,
    healedMs: number,
    intentOf: (accountId: string, change: AppliedChange) => string | undefined
  ) {
    this.link = { world, healedMs, random: world.random("exchange") }
    this.intentOf = intentOf
  }

  account(accountId: string): ExchangeAccount {
    const known = this.accounts.get(accountId)
    if (known !== undefined) return known
    const account = new ExchangeAccount(`${accountId}-`, (change) => {
      const intent = this.intentOf(accountId, change)
      if (intent !== undefined) this.link.world.record("", { type: "effect", intent, what: change.what })
    })
    this.accounts.set(accountId, account)
    return account
  }

  readonly service: Exchange["Service"] = Exchange.of({
    ticker: Effect.succeed({ priceUsd: 57_000, indexUsd: 57_000 }),
    candles: () => Effect.succeed([]),
    serverTimeMs: Effect.suspend(() => this.link.world.outside(20, 20, () => Exit.succeed(this.link.world.time.nowMs))),
    marketEvents: Stream.never,
    account: (accountId) => Effect.succeed(this.account(accountId).session(this.wire))
  })

  private readonly wire: ExchangeWire = {
    read: (operation, look) => readOver(this.link, operation, () => Exit.succeed(look())),
    sign: (operation, apply) =>
      Effect.sync(() => {
        const signedAtMs = this.link.world.time.nowMs
        return {
          operation,
          signedAtMs,
          send: sendOver(this.link, { operation, signedAtMs }, () => this.apply(operation, apply))
        }
      })
  }

  private apply<A>(operation: string, order: (nowMs: number) => A | undefined) {
    const reply = order(this.link.world.time.nowMs)
    return reply === undefined
      ? Exit.fail(refusedRequest(operation, "badRequest", "The order can't be carried out as things are", 400))
      : Exit.succeed(reply)
  }
}
