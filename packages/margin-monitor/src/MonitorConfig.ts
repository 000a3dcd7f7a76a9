import { Config, Duration, Option } from "effect"

/** Settings of the margin monitor. */
export const MonitorConfig = Config.all({
  /** Name of this instance among the monitors; part of the group it reads market-ticks with. */
  instance: Config.String("INSTANCE").pipe(Config.withDefault("1")),
  /** WebSocket of the simulator that runs its feed in lockstep; unset: nobody is told of the progress. */
  progressUrl: Config.String("MONITOR_PROGRESS_URL").pipe(Config.option, Config.map(Option.getOrUndefined)),
  /** Market time after which the missing outcome or effect of a command is alarmed. */
  overdueAfter: Config.Duration("MONITOR_OVERDUE_AFTER").pipe(Config.withDefault(Duration.seconds(30))),
  /**
   * Age since receipt up to which a price is fresh for rules that name none (`freshForMs`). On an older one nothing is opened,
   * take profit and stop loss hold, and guards act and say so, unless the rule says otherwise.
   */
  staleAfter: Config.Duration("MONITOR_STALE_AFTER").pipe(Config.withDefault(Duration.seconds(10))),
  /** Longest time between two writes of how far a partition is evaluated; it is also written with each output. */
  progressEvery: Config.Duration("MONITOR_PROGRESS_EVERY").pipe(Config.withDefault(Duration.seconds(1))),
  /** Ticks kept in memory to evaluate a partition from where its last owner stopped. */
  recentTicks: Config.Int("MONITOR_RECENT_TICKS").pipe(Config.withDefault(20_000))
})
export type MonitorConfig = Config.Success<typeof MonitorConfig>
