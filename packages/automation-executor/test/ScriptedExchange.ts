import type { AutomationCommand } from "@millrace/contracts"
import { type AccountSession, Exchange, ExchangeError, type ExchangeTrade } from "@millrace/exchange"
import { Clock, Effect, Layer, Stream } from "effect"
import { type AppliedChange, ExchangeAccount, runningTrade } from "../../testkit/src/ExchangeAccount.ts"

export { runningTrade }

/** What the exchange does with one order. `soon`, `late`: the reply is lost, and the order arrives some time afterwards. */
export type OrderFate =
  | "ok"
  | "applied_reply_lost"
  | "dropped_reply_lost"
  | "soon"
  | "late"
  | "rate_limited"
  | "unavailable"
  | "connect_failed"
  | "server_error"
  | "bad_credentials"
  | "no_balance"

interface LateCopy {
  readonly dueAtMs: number
  readonly signedAtMs: number
  readonly apply: () => void
}

/** How long a late order is on its way: shorter than a retry, and longer than many but shorter than the window. */
const lateByMs = { soon: 100, late: 12_000 }
/** Age at which the exchange refuses a signed request. */
export const windowMs = 30_000

/** An exchange with one account, whose orders meet the fates they are told, then succeed. */
export class ScriptedExchange {
  readonly applied: Array<AppliedChange> = []
  readonly account = new ExchangeAccount("", (change) => this.applied.push(change))
  readonly trades = this.account.trades
  readonly fates: Array<OrderFate> = []
  sends = 0
  reads = 0
  readUnavailable = 0
  /** The breaker of the account's orders is open. */
  ordersDown = false
  private late: Array<LateCopy> = []
  /** Called before and after each operation: where a crash can be put. */
  onStep: (operation: string, when: "before" | "after") => Effect.Effect<void> = () => Effect.void

  open(tradeId: string, changes: Partial<ExchangeTrade> = {}): void {
    this.account.open(tradeId, changes)
  }

  /** Lets late copies arrive that are due by now, unless the exchange's window refuses them. */
  arrive(nowMs: number): void {
    const due = this.late.filter((copy) => copy.dueAtMs <= nowMs)
    this.late = this.late.filter((copy) => copy.dueAtMs > nowMs)
    for (const copy of due) if (copy.dueAtMs <= copy.signedAtMs + windowMs) copy.apply()
  }

  private readonly send = <A>(apply: (nowMs: number) => A | undefined, signedAtMs: number) =>
    Effect.gen({ self: this }, function* () {
      this.sends += 1
      const nowMs = yield* Clock.currentTimeMillis
      this.arrive(nowMs)
      if (nowMs > signedAtMs + windowMs) {
        return yield* new ExchangeError({ ...refusals.bad_credentials!, operation: "order" })
      }
      const fate = this.fates.shift() ?? "ok"
      if (refusals[fate] !== undefined) return yield* new ExchangeError({ ...refusals[fate], operation: "order" })
      if (fate === "late" || fate === "soon") {
        const dueAtMs = nowMs + lateByMs[fate]
        this.late.push({ dueAtMs, signedAtMs, apply: () => apply(dueAtMs) })
        return yield* replyLost
      }
      if (fate === "dropped_reply_lost") return yield* replyLost
      const reply = apply(nowMs)
      if (fate === "applied_reply_lost" || fate === "server_error") return yield* replyLost
      return reply ?? (yield* badRequest("The order can't be carried out as things are"))
    }).pipe((send) => this.step("send", send))

  private step<A, E>(operation: string, self: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.suspend(() => this.onStep(operation, "before")).pipe(
      Effect.andThen(self),
      Effect.tap(() => this.onStep(operation, "after"))
    )
  }

  readonly session: AccountSession = this.account.session({
    read: (operation, look) =>
      Effect.gen({ self: this }, function* () {
        this.reads += 1
        this.arrive(yield* Clock.currentTimeMillis)
        if (this.readUnavailable > 0) {
          this.readUnavailable -= 1
          return yield* new ExchangeError({ ...refusals.unavailable!, operation })
        }
        return look()
      }).pipe((read) => this.step(operation, read)),
    sign: (operation, apply) =>
      Effect.suspend(() => (this.ordersDown ? Effect.fail(ordersAreDown) : Clock.currentTimeMillis)).pipe(
        Effect.map((signedAtMs) => ({ operation, signedAtMs, send: this.send(apply, signedAtMs) }))
      )
  })

  get layer(): Layer.Layer<Exchange> {
    return Layer.succeed(Exchange, {
      ticker: Effect.succeed({ priceUsd: 57_000, indexUsd: 57_000 }),
      candles: () => Effect.succeed([]),
      serverTimeMs: Clock.currentTimeMillis,
      marketEvents: Stream.never,
      account: () => Effect.succeed(this.session)
    })
  }
}

export const liquidated = (trade: ExchangeTrade, closedAtMs: number): ExchangeTrade => ({
  ...trade,
  status: "closed",
  exitPriceUsd: trade.liquidationPriceUsd,
  pnlSats: -trade.marginSats,
  closedAtMs
})

const failure = (
  reason: ExchangeError["reason"],
  detail: string,
  more: { status?: number; retryAfterMs?: number } = {}
) => ({ reason, detail, applied: "no", ...more }) as const

const refusals: Partial<Record<OrderFate, ReturnType<typeof failure>>> = {
  rate_limited: failure("rateLimited", "Too many requests", { status: 429, retryAfterMs: 700 }),
  unavailable: failure("unavailable", "Trading engine is temporarily unavailable", { status: 503 }),
  connect_failed: failure("connectFailed", "connection refused"),
  bad_credentials: failure("unauthorized", "Signature is not valid", { status: 401 }),
  no_balance: failure("badRequest", "Insufficient balance", { status: 400 })
}

const ordersAreDown = new ExchangeError({
  operation: "order",
  reason: "dependencyDown",
  applied: "no",
  detail: "exchange orders account-1 are down, nothing was sent",
  retryAfterMs: 400
})

const replyLost = new ExchangeError({
  operation: "order",
  reason: "replyLost",
  applied: "unknown",
  detail: "no answer within 8 seconds"
})

const badRequest = (detail: string) =>
  new ExchangeError({ operation: "order", reason: "badRequest", applied: "no", status: 400, detail })

export const commandFor = (tradeId: string, changes: Partial<AutomationCommand> = {}): AutomationCommand => ({
  commandId: `command-${tradeId}`,
  accountId: "account-1",
  ruleId: "rule-1",
  ruleVersion: 1,
  positionId: tradeId,
  positionRevision: 1,
  attempt: 1,
  action: { _tag: "close_position" },
  dryRun: false,
  metric: "margin_loss",
  threshold: 0.5,
  figures: { marginLoss: 0.53, exchangeMarginRatio: 0.02, distanceToLiquidation: 0.045, pnlSats: -87_719 },
  marketTimeMs: 0,
  priceUsd: 57_000,
  tickReceivedAtMs: 0,
  decidedAtMs: 0,
  ...changes
})
