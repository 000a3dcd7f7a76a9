import { Config, Duration } from "effect"

/** Settings of the runtime of every worker; the prefix of their names is `RUNTIME_`. */
export const RuntimeConfig = Config.all({
  /** Records that wait in one lane before its partitions are paused; they go on at half of it. */
  bufferRecords: Config.Int("BUFFER_RECORDS").pipe(Config.withDefault(5_000)),
  /** Bytes that wait in one lane before its partitions are paused. */
  bufferBytes: Config.Int("BUFFER_BYTES").pipe(Config.withDefault(8 * 1024 * 1024)),
  /** Records of one broadcast chunk at most. */
  chunkRecords: Config.Int("CHUNK_RECORDS").pipe(Config.withDefault(500)),
  /** Time between two commits of offsets; after a crash at most this much comes again. */
  commitInterval: Config.Duration("COMMIT_INTERVAL").pipe(Config.withDefault(Duration.seconds(1))),
  /** Longest wait for what is in flight when stopping or rebalancing; below the group's rebalance timeout (60 s). */
  drainTimeout: Config.Duration("DRAIN_TIMEOUT").pipe(Config.withDefault(Duration.seconds(10))),
  /** A lower lane is served at least once for this many records of higher lanes. */
  laneShareEvery: Config.Int("LANE_SHARE_EVERY").pipe(Config.withDefault(20))
}).pipe(Config.nested("RUNTIME"))
export type RuntimeConfig = Config.Success<typeof RuntimeConfig>
