/** The local exchange with its two ports, as a scoped service: the process of its own, or a part of a single one. */
import { type Config, Context, Effect, type FileSystem, Layer, Option, Redacted, Schema } from "effect"
import { startControlServer } from "./ControlServer.ts"
import { startExchangeServer } from "./ExchangeServer.ts"
import { type Feed, makeFeed } from "./Feed.ts"
import { type LocalExchange, makeLocalExchange } from "./LocalExchange.ts"
import { makeLockstep } from "./Lockstep.ts"
import { SimulatorConfig, type SimulatorSettings } from "./SimulatorConfig.ts"

/** A port of the simulator can't be opened. */
export class PortUnavailable extends Schema.TaggedError<PortUnavailable>()("PortUnavailable", {
  port: Schema.String,
  cause: Schema.Defect()
}) {
  readonly kind = "system"
  override get message() {
    return `The simulator can't listen on ${this.port}; free it or choose another (0 takes a free one)`
  }
}

/** Addresses of a running simulator. */
export interface SimulatorAddresses {
  /** REST v3, with the `/v3`. */
  readonly rest: string
  readonly stream: string
  /** REST v2, with the `/v2`, and the WebSocket of its age. */
  readonly restV2: string
  readonly oldSocket: string
  readonly control: string
}

export class Simulator extends Context.Service<
  Simulator,
  {
    readonly addresses: SimulatorAddresses
    readonly exchange: LocalExchange
    readonly feed: Feed
  }
>()("@millrace/simulators/Simulator") {
  /** Reads `SIMULATOR_*`; both ports close with the scope. */
  static readonly layer: Layer.Layer<Simulator, PortUnavailable | Config.ConfigError, FileSystem.FileSystem> =
    Layer.effect(
      Simulator,
      Effect.flatMap(SimulatorConfig, (settings) => makeSimulator(settings))
    )

  static readonly layerOf = (settings: SimulatorSettings) => Layer.effect(Simulator, makeSimulator(settings))
}

const makeSimulator = Effect.fn("Simulator.make")(function* (settings: SimulatorSettings) {
  const { host, port, controlPort, seed, priceStepUsd, fundingRate } = settings
  const exchange = makeLocalExchange({
    market: { seed, priceStep: priceStepUsd === 0 ? null : priceStepUsd, fundingRate, ...settings.market },
    accountRequestsPerSecond: settings.accountRequestsPerSecond,
    publicRequestsPerSecond: settings.publicRequestsPerSecond,
    v2AccountRequestsPerMinute: settings.v2AccountRequestsPerMinute,
    v2PublicRequestsPerMinute: settings.v2PublicRequestsPerMinute,
    streamRequestsPerSecond: settings.streamRequestsPerSecond,
    streamPingMs: settings.streamPingMs,
    servesOracle: settings.servesOracle,
    signatureWindowMs: settings.signatureWindowMs,
    latencyMs: settings.latencyMs,
    jitterMs: settings.jitterMs,
    faultSeed: settings.faultSeed
  })
  const lockstep = makeLockstep()
  const feed = yield* makeFeed(exchange, lockstep)
  const server = yield* listening(`${host}:${port}`, () => startExchangeServer(exchange, host, port))
  const token = Option.getOrUndefined(Option.map(settings.controlToken, Redacted.value))
  const parts = { exchange, server, feed, lockstep }
  const control = yield* listening(`${host}:${controlPort}`, () => startControlServer(parts, host, controlPort, token))
  for (const fault of settings.faults) exchange.faults.add(fault)
  const addresses: SimulatorAddresses = {
    rest: `http://${host}:${server.port}/v3`,
    stream: `ws://${host}:${server.port}/v1`,
    restV2: `http://${host}:${server.port}/v2`,
    oldSocket: `ws://${host}:${server.port}`,
    control: `http://${host}:${control.port}`
  }
  return Simulator.of({ addresses, exchange, feed })
})

const listening = <A extends { readonly close: () => Promise<void> }>(port: string, open: () => Promise<A>) =>
  Effect.acquireRelease(
    Effect.tryPromise({ try: open, catch: (cause) => new PortUnavailable({ port, cause }) }),
    (server) => Effect.promise(() => server.close())
  )
