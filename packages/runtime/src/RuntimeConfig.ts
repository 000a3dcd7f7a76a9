import { Config, Duration } from "effect"

/** Settings of the runtime of every worker; the prefix of their names is `RUNTIME_`. */
export const RuntimeConfig = Config.all({
  /** Records that wait in one lane; a partition that holds its share of them is paused, and goes on at half of it. */
  bufferRecords: Config.Int("BUFFER_RECORDS").pipe(Config.withDefault(20_000)),
  /** Bytes that wait in one lane, shared out likewise; a fetch that was under way (256 KiB a partition) comes on top. */
  bufferBytes: Config.Int("BUFFER_BYTES").pipe(Config.withDefault(16 * 1024 * 1024)),
  /** Records of one broadcast chunk at most. */
  chunkRecords: Config.Int("CHUNK_RECORDS").pipe(Config.withDefault(500)),
  /** Time between two commits of offsets; after a crash at most this much comes again. */
  commitInterval: Config.Duration("COMMIT_INTERVAL").pipe(Config.withDefault(Duration.seconds(1))),
  /** Without a heartbeat of the topic controls for this long they count as unreadable; pauses stay as last known. */
  controlsStaleAfter: Config.Duration("CONTROLS_STALE_AFTER").pipe(Config.withDefault(Duration.seconds(3))),
  /** Longest wait for what is in flight when stopping or rebalancing; below the group's rebalance timeout (60 s). */
  drainTimeout: Config.Duration("DRAIN_TIMEOUT").pipe(Config.withDefault(Duration.seconds(10))),
  /**
   * Without a heartbeat of a member for this long its partitions go to others; at least the broker's
   * `group.min.session.timeout.ms` (6 s). Kafka's clients take 45 s: here positions stand unguarded meanwhile.
   */
  sessionTimeout: Config.Duration("SESSION_TIMEOUT").pipe(Config.withDefault(Duration.seconds(6))),
  /** A wait for the next attempt that is longer is written to `<topic>.parked`, where the topic has one. */
  parkAfter: Config.Duration("PARK_AFTER").pipe(Config.withDefault(Duration.seconds(30))),
  /** Bytes of parked records in memory, for each input; beyond it they wait in their lane and hold up its commit. */
  parkedBytes: Config.Int("PARKED_BYTES").pipe(Config.withDefault(64 * 1024 * 1024)),
  /** Ends of the process with one record alone after which that record is set aside. */
  crashesAlone: Config.Int("CRASHES_ALONE").pipe(Config.withDefault(2)),
  /** Time between two looks at how many dead letters wait, in the service that watches them. */
  deadLetterInterval: Config.Duration("DEAD_LETTER_INTERVAL").pipe(Config.withDefault(Duration.seconds(30))),
  /** A process whose event loop did not turn for this long is killed by a thread of its own; 0 never does. */
  frozenAfter: Config.Duration("FROZEN_AFTER").pipe(Config.withDefault(Duration.seconds(30))),
  /** Longest block of the event loop in the last 30 s with which the process counts as live. */
  blockLimit: Config.Duration("BLOCK_LIMIT").pipe(Config.withDefault(Duration.seconds(5))),
  /** A consumer that ends no heartbeat, or no fetch while one is due, for this long is not live; above all time-outs. */
  stalledAfter: Config.Duration("STALLED_AFTER").pipe(Config.withDefault(Duration.minutes(2))),
  /** Time between two looks for what is stalled; a quarter of it between two for controls that have fallen silent. */
  lookInterval: Config.Duration("LOOK_INTERVAL").pipe(Config.withDefault(Duration.seconds(1))),
  /** Time that a handler has to end once it was interrupted for its time-out; then the worker is not live. */
  handlerGrace: Config.Duration("HANDLER_GRACE").pipe(Config.withDefault(Duration.seconds(30))),
  /** Time between two reports of a process on `service-reports`; 0 sends none. One silent for three times as long is inactive. */
  reportInterval: Config.Duration("REPORT_INTERVAL").pipe(Config.withDefault(Duration.seconds(2))),
  /** A lower lane is served at least once for this many records of higher lanes. */
  laneShareEvery: Config.Int("LANE_SHARE_EVERY").pipe(Config.withDefault(20))
}).pipe(Config.nested("RUNTIME"))
export type RuntimeConfig = Config.Success<typeof RuntimeConfig>
