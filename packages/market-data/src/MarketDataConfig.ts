import { Config, Duration } from "effect"

/** Settings of market-data. Read from `MARKET_DATA_…`, but for `INSTANCE`. */
export const MarketDataConfig = Config.all({
  /** Name of this process within the worker: owner of its lease, part of its consumer group. */
  instance: Config.String("INSTANCE").pipe(Config.withDefault("1")),
  /** The market, as keys and records name it. */
  market: Config.String("MARKET_DATA_MARKET").pipe(Config.withDefault("btc_usd")),
  /** Accounts of this network are watched: `simulator`, `testnet` or `mainnet`; it must be the exchange's behind the URLs. */
  network: Config.Literals(["simulator", "testnet", "mainnet"], "MARKET_DATA_NETWORK").pipe(
    Config.withDefault("simulator" as const)
  ),
  /** How long the leader leads without renewing; another instance takes over at the latest after it. */
  leaseTime: Config.Duration("MARKET_DATA_LEASE_TIME").pipe(Config.withDefault(Duration.seconds(6))),
  /** How often an instance that stands by asks for the lease. */
  leaseRetry: Config.Duration("MARKET_DATA_LEASE_RETRY").pipe(Config.withDefault(Duration.seconds(1))),
  /** How long the stream may be away before prices are polled. */
  fallbackAfter: Config.Duration("MARKET_DATA_FALLBACK_AFTER").pipe(Config.withDefault(Duration.seconds(2))),
  /** How long a connected stream may be silent before prices are polled. */
  staleAfter: Config.Duration("MARKET_DATA_STALE_AFTER").pipe(Config.withDefault(Duration.seconds(10))),
  /** Time between two polls; the exchange allows one public request a second. */
  pollInterval: Config.Duration("MARKET_DATA_POLL_INTERVAL").pipe(Config.withDefault(Duration.millis(1100))),
  /** Gaps of market time shorter than this are not filled from candles. */
  backfillAfter: Config.Duration("MARKET_DATA_BACKFILL_AFTER").pipe(Config.withDefault(Duration.minutes(1))),
  /** The newest part of a gap that is filled; what lies before it stays open, and is logged. */
  backfillMost: Config.Duration("MARKET_DATA_BACKFILL_MOST").pipe(Config.withDefault(Duration.hours(12))),
  /** Longest wait of live prices for the candles of a gap. */
  backfillTimeout: Config.Duration("MARKET_DATA_BACKFILL_TIMEOUT").pipe(Config.withDefault(Duration.seconds(5))),
  /** How often an account with open positions is read and compared with our own figures. */
  checkInterval: Config.Duration("MARKET_DATA_CHECK_INTERVAL").pipe(Config.withDefault(Duration.seconds(5))),
  /** Share of the price by which the exchange's valuation of a position may differ from the last price: half its spread where it takes bid and ask. */
  checkPriceTolerance: Config.Finite("MARKET_DATA_CHECK_PRICE_TOLERANCE").pipe(Config.withDefault(0)),
  /** How long an account with open positions may go unread before its user is alarmed. */
  outOfReachAfter: Config.Duration("MARKET_DATA_OUT_OF_REACH_AFTER").pipe(Config.withDefault(Duration.seconds(30))),
  /** How often all of an account's positions are read although no event asked for it. */
  rereadInterval: Config.Duration("MARKET_DATA_REREAD_INTERVAL").pipe(Config.withDefault(Duration.minutes(1))),
  /** How long an account without open position or enabled rule keeps its connections. */
  idleAfter: Config.Duration("MARKET_DATA_IDLE_AFTER").pipe(Config.withDefault(Duration.minutes(1))),
  /** How often an idle account, which has no stream, is read for positions that were opened by hand. */
  idleInterval: Config.Duration("MARKET_DATA_IDLE_INTERVAL").pipe(Config.withDefault(Duration.minutes(10))),
  /** When an account whose credentials were refused is tried again. A new version of the account is tried at once. */
  refusedRetry: Config.Duration("MARKET_DATA_REFUSED_RETRY").pipe(Config.withDefault(Duration.minutes(5)))
})

export type MarketDataSettings = Config.Success<typeof MarketDataConfig>
