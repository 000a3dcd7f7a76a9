import { Config, Duration } from "effect"

/** Settings of market-data. Read from `MARKET_DATA_…`. */
export const MarketDataConfig = Config.all({
  /** The market, as keys and records name it. */
  market: Config.String("MARKET").pipe(Config.withDefault("btc_usd")),
  /** Accounts of this network are watched: `simulator`, `testnet` or `mainnet`; it must be the exchange's behind the URLs. */
  network: Config.Literals(["simulator", "testnet", "mainnet"], "NETWORK").pipe(
    Config.withDefault("simulator" as const)
  ),
  /** How long the leader leads without renewing; another instance takes over at the latest after it. */
  leaseTime: Config.Duration("LEASE_TIME").pipe(Config.withDefault(Duration.seconds(6))),
  /** How often an instance that stands by asks for the lease. */
  leaseRetry: Config.Duration("LEASE_RETRY").pipe(Config.withDefault(Duration.seconds(1))),
  /** How long the stream may be away before prices are polled. */
  fallbackAfter: Config.Duration("FALLBACK_AFTER").pipe(Config.withDefault(Duration.seconds(2))),
  /** How long a connected stream may be silent before prices are polled. */
  staleAfter: Config.Duration("STALE_AFTER").pipe(Config.withDefault(Duration.seconds(10))),
  /** Time between two polls; the exchange allows one public request a second. */
  pollInterval: Config.Duration("POLL_INTERVAL").pipe(Config.withDefault(Duration.millis(1100))),
  /** Gaps of market time shorter than this are not filled from candles. */
  backfillAfter: Config.Duration("BACKFILL_AFTER").pipe(Config.withDefault(Duration.minutes(1))),
  /** Longest wait of live prices for the candles of a gap. */
  backfillTimeout: Config.Duration("BACKFILL_TIMEOUT").pipe(Config.withDefault(Duration.seconds(5))),
  /** How often an account's trades are read although no event asked for it. */
  rereadInterval: Config.Duration("REREAD_INTERVAL").pipe(Config.withDefault(Duration.minutes(1))),
  /** When an account whose credentials were refused is tried again. A new version of the account is tried at once. */
  refusedRetry: Config.Duration("REFUSED_RETRY").pipe(Config.withDefault(Duration.minutes(5)))
}).pipe(Config.nested("MARKET_DATA"))

export type MarketDataSettings = Config.Success<typeof MarketDataConfig>
