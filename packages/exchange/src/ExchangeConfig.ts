import { Config, Duration } from "effect"

/** Settings of the exchange's adapter. Read from `EXCHANGE_…`. */
export const ExchangeConfig = Config.all({
  /** Base address of REST with its version, for example `https://api.signet.lnmarkets.com/v3`. Required. */
  restUrl: Config.URL("REST_URL"),
  /** Address of stream v1, for example `wss://stream.signet.lnmarkets.com/v1`. Required. */
  streamUrl: Config.URL("STREAM_URL"),
  /** Longest wait for an answer; must stay below the time-out of the handlers that call. */
  requestTimeout: Config.Duration("REQUEST_TIMEOUT").pipe(Config.withDefault(Duration.seconds(8))),
  /** Longest wait for a connection, REST and stream. */
  connectTimeout: Config.Duration("CONNECT_TIMEOUT").pipe(Config.withDefault(Duration.seconds(5))),
  /** REST connections kept open at most, for all accounts together. */
  connections: Config.Int("CONNECTIONS").pipe(Config.withDefault(64)),
  /** How long an unused REST connection is kept. */
  keepAlive: Config.Duration("KEEP_ALIVE").pipe(Config.withDefault(Duration.seconds(60))),
  /** Requests of one account in any second. */
  accountPerSecond: Config.Int("ACCOUNT_PER_SECOND").pipe(Config.withDefault(5)),
  /** How many of them only orders may use. */
  accountReserve: Config.Int("ACCOUNT_RESERVE").pipe(Config.withDefault(2)),
  /** Requests without an account in any second. */
  publicPerSecond: Config.Int("PUBLIC_PER_SECOND").pipe(Config.withDefault(1)),
  /** Longest wait of an order for its turn; then it fails as not applied. */
  orderWait: Config.Duration("ORDER_WAIT").pipe(Config.withDefault(Duration.seconds(2))),
  /** How often the exchange's clock is read for the correction of signatures. */
  clockInterval: Config.Duration("CLOCK_INTERVAL").pipe(Config.withDefault(Duration.minutes(5))),
  /** Skew of the clocks that is alarmed. */
  clockAlarm: Config.Duration("CLOCK_ALARM").pipe(Config.withDefault(Duration.seconds(1))),
  /** How often a stream is pinged. */
  pingInterval: Config.Duration("PING_INTERVAL").pipe(Config.withDefault(Duration.seconds(30))),
  /** Longest silence after a ping; then the stream counts as dead. */
  pongTimeout: Config.Duration("PONG_TIMEOUT").pipe(Config.withDefault(Duration.seconds(6))),
  /** Longest wait for the answer to a call on the stream. */
  streamCallTimeout: Config.Duration("STREAM_CALL_TIMEOUT").pipe(Config.withDefault(Duration.seconds(10))),
  /** First and longest wait between two attempts to connect a stream. */
  reconnectMin: Config.Duration("RECONNECT_MIN").pipe(Config.withDefault(Duration.millis(250))),
  reconnectMax: Config.Duration("RECONNECT_MAX").pipe(Config.withDefault(Duration.seconds(15))),
  /** Streams that connect at the same time. */
  connectConcurrency: Config.Int("CONNECT_CONCURRENCY").pipe(Config.withDefault(64))
}).pipe(Config.nested("EXCHANGE"))

export type ExchangeSettings = Config.Success<typeof ExchangeConfig>
