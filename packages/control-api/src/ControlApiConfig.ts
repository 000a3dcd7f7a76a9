import { Config, Duration } from "effect"

/** Settings of the control API. */
export const ControlApiConfig = Config.all({
  /** Entries published and marked in one transaction. */
  relayBatch: Config.Int("RELAY_BATCH").pipe(Config.withDefault(500)),
  /** Longest wait for a notification of PostgreSQL before the outbox is looked at anyway. */
  relayPoll: Config.Duration("RELAY_POLL").pipe(Config.withDefault(Duration.seconds(1))),
  /** Wait after a failed pass, and before listening again. */
  relayRetry: Config.Duration("RELAY_RETRY").pipe(Config.withDefault(Duration.seconds(1))),
  /** How long published entries are kept for inspection. */
  outboxRetention: Config.Duration("OUTBOX_RETENTION").pipe(Config.withDefault(Duration.days(7)))
})

export type ControlApiSettings = Config.Success<typeof ControlApiConfig>
