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
  /** How often intents without a known result are read back. */
  reconcileInterval: Config.Duration("EXECUTOR_RECONCILE_INTERVAL").pipe(Config.withDefault(Duration.seconds(5))),
  /** Longest wait at start for intents left behind to be settled, before commands are taken. */
  startSettleTimeout: Config.Duration("EXECUTOR_START_SETTLE_TIMEOUT").pipe(Config.withDefault(Duration.seconds(5))),
  /** Age from which an intent that another instance sent counts as left behind; must exceed the command time-out. */
  leftBehindAfter: Config.Duration("EXECUTOR_LEFT_BEHIND_AFTER").pipe(Config.withDefault(Duration.seconds(60))),
  /** How long an account's unused session is kept; it holds no connection. */
  sessionIdle: Config.Duration("EXECUTOR_SESSION_IDLE").pipe(Config.withDefault(Duration.hours(1)))
})

export type ExecutorSettings = Config.Success<typeof ExecutorConfig>
