import { Config, Duration } from "effect"

/** Settings of the scheduler. */
export const SchedulerConfig = Config.all({
  /** Different for each process of the scheduler, the same after its restart: the holder of its claims. */
  instance: Config.NonEmptyString("INSTANCE").pipe(Config.withDefault("1")),
  /** Timers claimed, delivered and marked in one go. */
  batch: Config.Int("SCHEDULER_BATCH").pipe(Config.withDefault(200)),
  /** How long a claim lasts: the timers of an instance that died in the middle are delivered by another after it. */
  lease: Config.Duration("SCHEDULER_LEASE").pipe(Config.withDefault(Duration.seconds(30))),
  /** Longest wait before the store is looked at for what other instances, or a command, put there. */
  poll: Config.Duration("SCHEDULER_POLL").pipe(Config.withDefault(Duration.seconds(5))),
  /** Wait after PostgreSQL or Kafka failed. */
  retry: Config.Duration("SCHEDULER_RETRY").pipe(Config.withDefault(Duration.seconds(1))),
  /** How long ended timers are remembered; longer than a request can be replayed from the topic or its dead letters. */
  keep: Config.Duration("SCHEDULER_KEEP").pipe(Config.withDefault(Duration.days(31)))
})

export type SchedulerSettings = Config.Success<typeof SchedulerConfig>
