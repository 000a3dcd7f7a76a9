import { Config, Duration } from "effect"

/** Settings of the exchange's adapter. Read from `EXCHANGE_…`. */
export const ExchangeConfig = Config.all({
  /** `v3` with stream v1, or the legacy `v2` with the old WebSocket: isolated trades only, and none is opened. */
  api: Config.Literals(["v3", "v2"], "API").pipe(Config.withDefault("v3" as const)),
  /** Base address of REST with its version, for example `https://api.signet.lnmarkets.com/v3`. Required. */
  restUrl: Config.URL("REST_URL"),
  /** Address of stream v1, for example `wss://stream.signet.lnmarkets.com/v1`; for v2 of the old WebSocket. Required. */
  streamUrl: Config.URL("STREAM_URL"),
  /** Longest wait for an answer; must stay below the time-out of the handlers that call. */
  requestTimeout: Config.Duration("REQUEST_TIMEOUT").pipe(Config.withDefault(Duration.seconds(8))),
  /** Longest wait for a connection, REST and stream. */
  connectTimeout: Config.Duration("CONNECT_TIMEOUT").pipe(Config.withDefault(Duration.seconds(5))),
  /** REST connections kept open at most, for all accounts together. */
  connections: Config.Int("CONNECTIONS").pipe(Config.withDefault(64)),
  /** How long an unused REST connection is kept. */
  keepAlive: Config.Duration("KEEP_ALIVE").pipe(Config.withDefault(Duration.seconds(60))),
  /** Requests of one account in any second, of all instances together (`REDIS_URL`). */
  accountPerSecond: Config.Int("ACCOUNT_PER_SECOND").pipe(Config.withDefault(5)),
  /** How many of them only orders may use; reads yield. */
  accountReserve: Config.Int("ACCOUNT_RESERVE").pipe(Config.withDefault(2)),
  /** Requests without an account in any second, of all instances together. */
  publicPerSecond: Config.Int("PUBLIC_PER_SECOND").pipe(Config.withDefault(1)),
  /** Requests of all accounts and the public side together in any second, by all instances; 0: no such limit. */
  addressPerSecond: Config.Int("ADDRESS_PER_SECOND").pipe(Config.withDefault(0)),
  /** Longest wait of an order for its turn; then it fails as not applied. */
  orderWait: Config.Duration("ORDER_WAIT").pipe(Config.withDefault(Duration.seconds(2))),
  /** Longest wait of a read for its turn; then it fails, and says when to come again. */
  readWait: Config.Duration("READ_WAIT").pipe(Config.withDefault(Duration.seconds(10))),
  /** Share of an account's last calls that got no answer or 5xx at which its breaker opens; orders and reads apart. */
  breakerFailureRate: Config.Finite("BREAKER_FAILURE_RATE").pipe(Config.withDefault(0.5)),
  /** Last calls that a breaker looks at. */
  breakerWindow: Config.Int("BREAKER_WINDOW").pipe(Config.withDefault(20)),
  /** Calls that must have ended before a breaker may open. */
  breakerMinimumCalls: Config.Int("BREAKER_MINIMUM_CALLS").pipe(Config.withDefault(5)),
  /** Calls that go out to try whether the exchange is back; the breaker closes when all succeed. */
  breakerProbes: Config.Int("BREAKER_PROBES").pipe(Config.withDefault(1)),
  /** First and longest time that an account's orders are held before one is tried: short, as they protect. */
  breakerOrderOpen: Config.Duration("BREAKER_ORDER_OPEN").pipe(Config.withDefault(Duration.millis(500))),
  breakerOrderOpenMax: Config.Duration("BREAKER_ORDER_OPEN_MAX").pipe(Config.withDefault(Duration.seconds(2))),
  /** First and longest time that reads are held before one is tried. */
  breakerReadOpen: Config.Duration("BREAKER_READ_OPEN").pipe(Config.withDefault(Duration.seconds(1))),
  breakerReadOpenMax: Config.Duration("BREAKER_READ_OPEN_MAX").pipe(Config.withDefault(Duration.seconds(5))),
  /** How often the exchange's clock is read for the correction of signatures. */
  clockInterval: Config.Duration("CLOCK_INTERVAL").pipe(Config.withDefault(Duration.minutes(5))),
  /** Skew of the clocks that is alarmed. */
  clockAlarm: Config.Duration("CLOCK_ALARM").pipe(Config.withDefault(Duration.seconds(1))),
  /** How often a stream is pinged. */
  pingInterval: Config.Duration("PING_INTERVAL").pipe(Config.withDefault(Duration.seconds(30))),
  /** Longest silence after a ping; then the stream counts as dead. */
  pongTimeout: Config.Duration("PONG_TIMEOUT").pipe(Config.withDefault(Duration.seconds(6))),
  /** Silence after which prices are subscribed again: a subscription can be lost on a connection that lives. */
  renewAfter: Config.Duration("RENEW_AFTER").pipe(Config.withDefault(Duration.seconds(30))),
  /** Longest wait for the answer to a call on the stream. */
  streamCallTimeout: Config.Duration("STREAM_CALL_TIMEOUT").pipe(Config.withDefault(Duration.seconds(10))),
  /** First and longest wait between two attempts to connect a stream. */
  reconnectMin: Config.Duration("RECONNECT_MIN").pipe(Config.withDefault(Duration.millis(250))),
  reconnectMax: Config.Duration("RECONNECT_MAX").pipe(Config.withDefault(Duration.seconds(15))),
  /** Streams that connect at the same time. */
  connectConcurrency: Config.Int("CONNECT_CONCURRENCY").pipe(Config.withDefault(64))
}).pipe(Config.nested("EXCHANGE"))

export type ExchangeSettings = Config.Success<typeof ExchangeConfig>
