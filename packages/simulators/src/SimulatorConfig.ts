import { Config, Schema } from "effect"
import { FaultInput } from "./FaultInput.ts"
import { MarketInput } from "./MarketInput.ts"

const Faults = Schema.fromJsonString(Schema.Array(FaultInput))
const Market = Schema.fromJsonString(MarketInput)

/** Settings of the simulator, read from `SIMULATOR_*`. */
export const SimulatorConfig = Config.all({
  /** Address both ports are bound to. */
  host: Config.String("HOST").pipe(Config.withDefault("127.0.0.1")),
  /** REST (`/v3`) and stream (`/v1`); 0 takes a free port. */
  port: Config.Int("PORT").pipe(Config.withDefault(0)),
  /** Control port; 0 takes a free port. */
  controlPort: Config.Int("CONTROL_PORT").pipe(Config.withDefault(0)),
  /** When set, the control port wants it as a bearer token. */
  controlToken: Config.option(Config.Redacted("CONTROL_TOKEN")),
  /** Ids and credentials follow from it. */
  seed: Config.String("SEED").pipe(Config.withDefault("millrace")),
  /** Step of computed prices in USD; a feed run switches it off. */
  priceStepUsd: Config.Finite("PRICE_STEP_USD").pipe(Config.withDefault(0.5)),
  /** Requests a second per account, and per address without a signature; 0: no limit. */
  accountRequestsPerSecond: Config.Finite("ACCOUNT_REQUESTS_PER_SECOND").pipe(Config.withDefault(5)),
  publicRequestsPerSecond: Config.Finite("PUBLIC_REQUESTS_PER_SECOND").pipe(Config.withDefault(1)),
  /** The same a minute for REST v2; 0: no limit. */
  v2AccountRequestsPerMinute: Config.Finite("V2_ACCOUNT_REQUESTS_PER_MINUTE").pipe(Config.withDefault(60)),
  v2PublicRequestsPerMinute: Config.Finite("V2_PUBLIC_REQUESTS_PER_MINUTE").pipe(Config.withDefault(30)),
  /** Requests a second of one stream connection; 0: no limit. The exchange's own number is not known. */
  streamRequestsPerSecond: Config.Finite("STREAM_REQUESTS_PER_SECOND").pipe(Config.withDefault(50)),
  /** Milliseconds between pings to a stream client; one silent from ping to ping is cut off. 0: none. */
  streamPingMs: Config.Int("STREAM_PING_MS").pipe(Config.withDefault(30_000)),
  /** Whether v3 has the `/oracle` routes, which the exchange seems to have taken away. */
  servesOracle: Config.Boolean("SERVES_ORACLE").pipe(Config.withDefault(true)),
  /** How far a signature's timestamp may lie from the wall clock, in milliseconds. */
  signatureWindowMs: Config.Int("SIGNATURE_WINDOW_MS").pipe(Config.withDefault(30_000)),
  /** Milliseconds added to every answer, and how many more at random. */
  latencyMs: Config.Finite("LATENCY_MS").pipe(Config.withDefault(0)),
  jitterMs: Config.Finite("JITTER_MS").pipe(Config.withDefault(0)),
  /** Seed of random latencies and faults. */
  faultSeed: Config.Int("FAULT_SEED").pipe(Config.withDefault(1)),
  /** Faults from the start, as a JSON array of what `POST /faults` takes. */
  faults: Config.schema(Faults, "FAULTS").pipe(Config.withDefault([])),
  /** Further settings of the market, as a JSON object of what `POST /market` takes; they win over the single ones. */
  market: Config.schema(Market, "MARKET").pipe(Config.withDefault({})),
  /** Funding per settlement, paid by longs when positive; 0: none. */
  fundingRate: Config.Finite("FUNDING_RATE").pipe(Config.withDefault(0))
}).pipe(Config.nested("SIMULATOR"))

export type SimulatorSettings = Config.Success<typeof SimulatorConfig>
