import { Config, Duration } from "effect"

/** Settings that only the adapter of API v2 has. Read from `EXCHANGE_V2_…`. */
export const LnMarketsV2Config = Config.all({
  /** How the query of a request is signed: `bare`, or `marked` with its question mark. The exchange's clients differ. */
  signedQuery: Config.Literals(["bare", "marked"], "SIGNED_QUERY").pipe(Config.withDefault("bare" as const)),
  /** Requests of one account in any minute, of all instances together (`REDIS_URL`). */
  accountPerMinute: Config.Int("ACCOUNT_PER_MINUTE").pipe(Config.withDefault(60)),
  /** How many of them only orders may use; reads yield. */
  accountReserve: Config.Int("ACCOUNT_RESERVE").pipe(Config.withDefault(20)),
  /** Requests without an account in any minute, evenly, of all instances together. */
  publicPerMinute: Config.Int("PUBLIC_PER_MINUTE").pipe(Config.withDefault(30)),
  /** How often an account's trades are read to see whether something changed: v2 pushes nothing of an account. */
  pollInterval: Config.Duration("POLL_INTERVAL").pipe(Config.withDefault(Duration.seconds(5))),
  /** How often the old WebSocket is pinged. */
  pingInterval: Config.Duration("PING_INTERVAL").pipe(Config.withDefault(Duration.seconds(5))),
  /** Silence after which the old WebSocket counts as dead. */
  silence: Config.Duration("SILENCE").pipe(Config.withDefault(Duration.seconds(10)))
}).pipe(Config.nested("EXCHANGE_V2"))

export type LnMarketsV2Settings = Config.Success<typeof LnMarketsV2Config>
