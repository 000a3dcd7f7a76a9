import { Config, Duration, Option } from "effect"

/** Settings of the margin monitor. */
export const MonitorConfig = Config.all({
  /** Name of this instance among the monitors; part of the group it reads market-ticks with. */
  instance: Config.String("INSTANCE").pipe(Config.withDefault("1")),
  /** WebSocket of the simulator that runs its feed in lockstep; unset: nobody is told of the progress. */
  progressUrl: Config.String("MONITOR_PROGRESS_URL").pipe(Config.option, Config.map(Option.getOrUndefined)),
  /** Market time after which the missing outcome or effect of a command is alarmed. */
  overdueAfter: Config.Duration("MONITOR_OVERDUE_AFTER").pipe(Config.withDefault(Duration.seconds(30))),
  /** Age of a price above which a guard that fires also records `price_stale`; unset: never. It fires all the same. */
  staleAfter: Config.Duration("MONITOR_STALE_AFTER").pipe(Config.option, Config.map(Option.getOrUndefined)),
  /** Ticks kept in memory to evaluate a partition from where its last owner stopped. */
  recentTicks: Config.Int("MONITOR_RECENT_TICKS").pipe(Config.withDefault(20_000))
})
export type MonitorConfig = Config.Success<typeof MonitorConfig>
