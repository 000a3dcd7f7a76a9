import type { AccountCaps, AutomationCommand } from "@millrace/contracts"
import { Config, Duration } from "effect"

/** Settings of the executor. */
export const ExecutorConfig = Config.all({
  /** Name of this instance within the worker: owner of its intents, part of its consumer group names. */
  instance: Config.String("INSTANCE").pipe(Config.withDefault("1")),
  /** Commands under way at the same time. */
  concurrency: Config.Int("EXECUTOR_CONCURRENCY").pipe(Config.withDefault(10)),
  /** A command that takes longer is tried again; must exceed the exchange's request time-out, which is never cut. */
  commandTimeout: Config.Duration("EXECUTOR_COMMAND_TIMEOUT").pipe(Config.withDefault(Duration.seconds(30))),
  /** Age at which the exchange surely refuses a signed request; what must not happen twice is not sent again before. */
  signatureWindow: Config.Duration("EXECUTOR_SIGNATURE_WINDOW").pipe(Config.withDefault(Duration.seconds(30))),
  /** Age since its decision from which an entry is refused. */
  entryExpiry: Config.Duration("EXECUTOR_ENTRY_EXPIRY").pipe(Config.withDefault(Duration.minutes(1))),
  /** Age since its decision from which a command of a take profit or stop loss is refused. */
  takeProfitExpiry: Config.Duration("EXECUTOR_TAKE_PROFIT_EXPIRY").pipe(Config.withDefault(Duration.minutes(2))),
  /** How often intents without a known result are read back. */
  reconcileInterval: Config.Duration("EXECUTOR_RECONCILE_INTERVAL").pipe(Config.withDefault(Duration.seconds(5))),
  /** Longest wait at start for intents left behind to be settled, before commands are taken. */
  startSettleTimeout: Config.Duration("EXECUTOR_START_SETTLE_TIMEOUT").pipe(Config.withDefault(Duration.seconds(5))),
  /** Age from which an intent that another instance sent counts as left behind; must exceed the command time-out. */
  leftBehindAfter: Config.Duration("EXECUTOR_LEFT_BEHIND_AFTER").pipe(Config.withDefault(Duration.seconds(60))),
  /** A command that has waited, or is to wait, for longer than this is told as pending. */
  pendingAfter: Config.Duration("EXECUTOR_PENDING_AFTER").pipe(Config.withDefault(Duration.seconds(1))),
  /** How long refused and failed commands stay listed. */
  listedFor: Config.Duration("EXECUTOR_LISTED_FOR").pipe(Config.withDefault(Duration.days(30))),
  /** How long an account's unused session is kept; it holds no connection. */
  sessionIdle: Config.Duration("EXECUTOR_SESSION_IDLE").pipe(Config.withDefault(Duration.hours(1))),
  caps: Config.all({
    /** Largest quantity of one opening order, in USD, of accounts that name none of their own. */
    orderQuantityUsd: Config.Int("EXECUTOR_CAP_ORDER_QUANTITY_USD").pipe(Config.withDefault(100_000)),
    /** Opened within any hour by an account, in USD. */
    hourQuantityUsd: Config.Int("EXECUTOR_CAP_HOUR_QUANTITY_USD").pipe(Config.withDefault(500_000)),
    /** Opening orders of an account within any hour. */
    hourOrders: Config.Int("EXECUTOR_CAP_HOUR_ORDERS").pipe(Config.withDefault(60)),
    /** Largest amount of margin that is added at once, in satoshis. */
    addMarginSats: Config.Int("EXECUTOR_CAP_ADD_MARGIN_SATS").pipe(Config.withDefault(10_000_000)),
    /** Margin that an account adds within any hour, in satoshis. */
    hourAddMarginSats: Config.Int("EXECUTOR_CAP_HOUR_ADD_MARGIN_SATS").pipe(Config.withDefault(100_000_000))
  })
})

export type ExecutorSettings = Config.Success<typeof ExecutorConfig>

/** The caps of an account: its own, and the installation's where it has none. */
export const capsOf = (settings: Pick<ExecutorSettings, "caps">, own: AccountCaps | undefined): AccountCaps => ({
  ...settings.caps,
  ...own
})

/** Whether a command is too old. Protection never is: it is judged by the present state alone. */
export const expired = (
  settings: Pick<ExecutorSettings, "entryExpiry" | "takeProfitExpiry">,
  { decidedAtMs, operator, ruleKind }: Pick<AutomationCommand, "decidedAtMs" | "operator" | "ruleKind">,
  nowMs: number
): "expired" | undefined => {
  if (ruleKind !== "auto_entry" && ruleKind !== "tp_sl") return undefined
  const limit = ruleKind === "auto_entry" ? settings.entryExpiry : settings.takeProfitExpiry
  return nowMs - (operator?.atMs ?? decidedAtMs) > Duration.toMillis(limit) ? "expired" : undefined
}
