import { type Account, deterministicId, type Notification, notifications } from "@millrace/contracts"
import { type Outgoing, outgoing } from "@millrace/runtime"
import { Clock, Effect, Metric } from "effect"

/** What is told of an account, or of one of its positions. */
export interface ExchangeAlert {
  readonly account: Account
  /** The position; absent: the account as a whole. */
  readonly positionId?: string
  /** One word; with account and position it names the episode. */
  readonly cause: string
  /** What tells this episode from an earlier one of the same, for example a revision. */
  readonly since: string
  readonly level: Notification["level"]
  readonly title: string
  readonly body: string
}

/**
 * Tells users and operators where the exchange's figures and ours part, once per episode, and when they agree again. Plain
 * and immediate.
 *
 * Episodes are kept by the leader: after a take-over one that goes on is told again, under the same id where nothing of it changed.
 */
export interface ExchangeAlerts {
  /** Told at once, with no end. */
  readonly notice: (alert: ExchangeAlert) => void
  /** Begins an episode; nothing happens while it lasts. */
  readonly raise: (alert: ExchangeAlert) => void
  /** Ends an episode, and tells; nothing happens without one. */
  readonly clear: (alert: Pick<ExchangeAlert, "account" | "positionId" | "cause"> & { readonly body: string }) => void
  /** Ends all episodes of an account without a word: it is not followed any more. */
  readonly forget: (accountId: string) => void
}

const alerts = Metric.counter("millrace_market_data_alerts_total", {
  description: "exchange alerts told, by cause; `recovered` for their ends",
  incremental: true
})
const disagreements = Metric.gauge("millrace_market_data_disagreements", {
  description: "accounts and positions whose figures or reach are in dispute right now"
})

const laneOf = { critical: "critical", warning: "normal", info: "low" } as const

/** `offer` takes records in order, as an ordered publisher does. */
export const makeExchangeAlerts = Effect.fnUntraced(function* (offer: (records: ReadonlyArray<Outgoing>) => void) {
  const clock = yield* Clock.Clock
  const run = Effect.runForkWith(yield* Effect.context<never>())
  const open = new Map<string, ExchangeAlert>()
  const keyOf = (of: Pick<ExchangeAlert, "account" | "positionId" | "cause">): string =>
    `${of.account.accountId}/${of.positionId ?? ""}/${of.cause}`

  const tell = (alert: ExchangeAlert, recovered: boolean): void => {
    const { account, body, level, positionId, title } = alert
    const subjectId = positionId ?? account.accountId
    const parts = [account.accountId, positionId ?? "", alert.cause, alert.since, recovered ? "end" : "begin"]
    const value: Notification = {
      notificationId: deterministicId("exchange_alert", ...parts),
      userId: account.userId,
      accountId: account.accountId,
      kind: "exchange_alert",
      level,
      title,
      body,
      subjectId,
      createdAtMs: clock.currentTimeMillisUnsafe()
    }
    offer([
      outgoing(notifications, { key: value.userId, value, workspaceId: account.workspaceId, lane: laneOf[level] })
    ])
    const log = level === "info" ? Effect.logInfo : level === "warning" ? Effect.logWarning : Effect.logError
    run(
      Effect.all(
        [
          log(title).pipe(Effect.annotateLogs({ accountId: account.accountId, subjectId, cause: alert.cause, body })),
          Metric.update(Metric.withAttributes(alerts, { cause: recovered ? "recovered" : alert.cause }), 1),
          Metric.update(disagreements, open.size)
        ],
        { discard: true }
      )
    )
  }

  return {
    notice: (alert) => tell(alert, false),
    raise: (alert) => {
      const key = keyOf(alert)
      if (open.has(key)) return
      open.set(key, alert)
      tell(alert, false)
    },
    clear: (of) => {
      const alert = open.get(keyOf(of))
      if (alert === undefined) return
      open.delete(keyOf(of))
      tell({ ...alert, level: "info", title: `Over: ${alert.title}`, body: of.body }, true)
    },
    forget: (accountId) => {
      for (const key of open.keys()) if (key.startsWith(`${accountId}/`)) open.delete(key)
    }
  } satisfies ExchangeAlerts
})
