/** The adapter and the simulated exchange over real sockets, with all that a test needs of both. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { ExchangeConfig, LnMarketsV2Config, makeLnMarketsV2, makeLnMarketsV3 } from "@millrace/exchange"
import { Breakers } from "@millrace/runtime"
import { openPositions, Simulator, SimulatorConfig } from "@millrace/simulators"
import { RateLimits } from "@millrace/store"
import { ConfigProvider, Effect, Layer, Queue, Result, type Scope, Stream } from "effect"

type Settings = Readonly<Record<string, string | number>>

const fastV2 = { ACCOUNT_PER_MINUTE: 60_000, PUBLIC_PER_MINUTE: 60_000 }

/** Limits that no test of behaviour meets, for both sides. */
export const unlimited = {
  simulator: {
    ACCOUNT_REQUESTS_PER_SECOND: 0,
    PUBLIC_REQUESTS_PER_SECOND: 0,
    V2_ACCOUNT_REQUESTS_PER_MINUTE: 0,
    V2_PUBLIC_REQUESTS_PER_MINUTE: 0
  },
  adapter: { ACCOUNT_PER_SECOND: 1000, PUBLIC_PER_SECOND: 1000 }
}

/** Which adapter speaks to the simulator; v2 with either of its signatures. */
export type Api = "v3" | "v2, bare query" | "v2, marked query"

const simulator = (settings: Settings) =>
  Layer.unwrap(Effect.map(SimulatorConfig, (read) => Simulator.layerOf({ ...read, priceStepUsd: 0.5 }))).pipe(
    Layer.provide(NodeFileSystem.layer),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ SIMULATOR: settings })))
  )

/** Time of the market's first price. */
export const startMs = Date.UTC(2026, 0, 1)

/** The adapter with budgets of its own, and a market at 60,000. */
export const start = Effect.fnUntraced(function* (settings: Settings = {}, api: Api = "v3") {
  const { addresses, exchange: market } = yield* Simulator
  const environment = ConfigProvider.layer(
    ConfigProvider.fromUnknown({
      EXCHANGE: {
        REST_URL: api === "v3" ? addresses.rest : addresses.restV2,
        STREAM_URL: api === "v3" ? addresses.stream : addresses.oldSocket,
        PUBLIC_PER_SECOND: 1,
        RECONNECT_MIN: "20 millis",
        REQUEST_TIMEOUT: "1 second",
        ...settings
      },
      EXCHANGE_V2: {
        SIGNED_QUERY: api === "v2, marked query" ? "marked" : "bare",
        POLL_INTERVAL: "100 millis",
        ...fastV2
      }
    })
  )
  const config = yield* Effect.provide(ExchangeConfig, environment)
  const services = yield* Layer.build(Layer.fresh(Layer.merge(RateLimits.layerMemory, Breakers.layer)))
  const adapter =
    api === "v3"
      ? makeLnMarketsV3(config)
      : Effect.flatMap(Effect.provide(LnMarketsV2Config, environment), (v2) => makeLnMarketsV2(config, v2))
  const exchange = yield* Effect.provide(adapter, services)
  let timeMs = startMs
  const tick = (price: number) => {
    timeMs += 1000
    market.tick({ price, timeMs })
  }
  market.prime({ price: 60_000, timeMs })
  const open = (id: string, rights: { readonly permissions?: ReadonlyArray<string> } = {}) => {
    const account = { id, name: id, balance: 10_000_000, ...rights }
    const { key, passphrase, secret } = Result.getOrThrow(market.openAccount(account))
    return { key, passphrase, secret }
  }
  const position = (account: string) =>
    Result.getOrThrow(
      openPositions(market, [{ id: `p-${account}`, account, side: "buy", quantity: 1000, leverage: 10 }])
    )[0]!
  return { market, exchange, tick, open, position }
})

/** Reads a stream in the background; gives the next event. */
export const collect = Effect.fnUntraced(function* <A, E>(events: Stream.Stream<A, E>) {
  const queue = yield* Queue.unbounded<A, E>()
  yield* events.pipe(
    Stream.runForEach((event) => Queue.offer(queue, event)),
    Effect.catchCause((cause) => Queue.failCause(queue, cause)),
    Effect.forkScoped
  )
  return Queue.take(queue).pipe(Effect.timeout("3 seconds"))
})

/** Runs a test with a simulator of its own, with the exchange's usual limits unless others are given. */
export const run = <A, E>(test: Effect.Effect<A, E, Simulator | Scope.Scope>, settings: Settings = {}) =>
  test.pipe(Effect.scoped, Effect.provide(simulator(settings), { local: true }))
