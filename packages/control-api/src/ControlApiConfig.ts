import { Config, Duration } from "effect"

/** Settings of the control API. */
export const ControlApiConfig = Config.all({
  /** Entries published and marked in one transaction. */
  relayBatch: Config.Int("RELAY_BATCH").pipe(Config.withDefault(500)),
  /** Longest wait for a notification of PostgreSQL before the outbox is looked at anyway. */
  relayPoll: Config.Duration("RELAY_POLL").pipe(Config.withDefault(Duration.seconds(1))),
  /** Wait after a failed pass, and before listening again. */
  relayRetry: Config.Duration("RELAY_RETRY").pipe(Config.withDefault(Duration.seconds(1))),
  /** Time between two heartbeats on controls; workers call controls silent after three seconds by default. */
  controlsHeartbeat: Config.Duration("CONTROLS_HEARTBEAT").pipe(Config.withDefault(Duration.seconds(1))),
  /** A guarded position that nobody has evaluated for this long is alarmed; well above a rebalance of the monitors. */
  guardingAlertAfter: Config.Duration("GUARDING_ALERT_AFTER").pipe(Config.withDefault(Duration.seconds(30))),
  /** Asked (GET) while every guarded position is evaluated and controls are published; when it stops, its owner alarms. Absent: not. */
  heartbeatUrl: Config.URL("HEARTBEAT_URL").pipe(Config.option),
  /** Time between two of these requests. */
  heartbeatInterval: Config.Duration("HEARTBEAT_INTERVAL").pipe(Config.withDefault(Duration.seconds(30))),
  /** How long a withdrawn command is remembered; longer than a command may wait anywhere. */
  cancelRetention: Config.Duration("CANCEL_RETENTION").pipe(Config.withDefault(Duration.days(30))),
  /** How long published entries are kept for inspection. */
  outboxRetention: Config.Duration("OUTBOX_RETENTION").pipe(Config.withDefault(Duration.days(7)))
})

export type ControlApiSettings = Config.Success<typeof ControlApiConfig>
