import { automationExecutorLayer } from "@millrace/automation-executor"
import { ConfluentCodec, TopicsFile } from "@millrace/contracts"
import { Exchange } from "@millrace/exchange"
import { KafkaClient } from "@millrace/kafka"
import { marginMonitorLayer } from "@millrace/margin-monitor"
import { layer as marketDataLayer } from "@millrace/market-data"
import { replayExchange } from "@millrace/replay"
import { DeadLetters, Publisher, TradingControls, type WorkerServices } from "@millrace/runtime"
import { CommandList, Credentials, IntentLedger, Leases, layerMemoryCommandList } from "@millrace/store"
import { ConfigProvider, Effect, type Exit, Layer } from "effect"
import { applyFaults } from "./applyFaults.ts"
import { checkHistory } from "./checkHistory.ts"
import { checkControls } from "./controlRules.ts"
import { checkEffects } from "./effectRules.ts"
import { commandId } from "./executorWork.ts"
import { controlTopics } from "./KnownControls.ts"
import { type MarketOrders, marketOrders } from "./marketOrders.ts"
import { outerExchange, type ReachedBy } from "./outerExchange.ts"
import { remoteLedger } from "./remoteLedger.ts"
import { type ProcessPlace, type Role, SimulatedWorld, type WatchedInput } from "./SimulatedWorld.ts"
import { drawTradingChanges } from "./tradingChanges.ts"
import { commandPlaces, feedStates, feedTicks } from "./tradingFeed.ts"
import { checkTrading } from "./tradingRules.ts"
import { drawFrom, drawTradingWork, tradingCredentials, tradingTopics } from "./tradingWork.ts"
import type { World } from "./World.ts"

/** The market is calm from `healedMs` on; attempts that wait, windows of signatures and reconcilers then come to their ends. */
const phases = { faultsUntilMs: 90_000, healedMs: 130_000, calmMs: 330_000, deadlineMs: 1_500_000 }
/**
 * Nothing is opened 3 s (`RUNTIME_CONTROLS_STALE_AFTER`) after a switch is at the broker, nothing is sent that the process
 * knows to be forbidden; a command that was judged before may take its time-out (30 s), and an order its signature's window.
 */
const bounds = { openingMs: 3_000, readMs: 500, judgedMs: 60_000, arrivalMs: 30_000 }
const limits = { laneShareEvery: 20, timeoutMs: 30_000, drainMs: 10_000, finishedByHolder: false }

const commands: WatchedInput = {
  group: "automation-executor",
  topics: ["automation-commands.critical", "automation-commands", "automation-commands.low"]
}
const outcomes: WatchedInput = { group: "margin-monitor", topics: ["trade-log"] }

type WorkerLayer = Layer.Layer<
  never,
  unknown,
  CommandList | Credentials | Exchange | IntentLedger | Leases | TradingControls | WorkerServices
>

const layers: Readonly<Record<string, WorkerLayer>> = {
  "market-data": marketDataLayer,
  "margin-monitor": marginMonitorLayer,
  "automation-executor": automationExecutorLayer
}

/** Prices become decisions become orders: the product's own market-data, monitor and executor, two processes of each. */
export const tradingWorld: World = {
  name: "trading",
  about:
    "protection: market-data, monitors, executors on a simulated market; orders lost or late, switches, changing rules",
  processes: 6,
  faultsUntilMs: phases.faultsUntilMs,
  run: (seed, plan) => {
    const world: SimulatedWorld = new SimulatedWorld({
      seed,
      topics: tradingTopics.physicalTopics(),
      roles: [],
      inputs: [commands, outcomes],
      followed: controlTopics,
      plan,
      originOf: commandPlaces()
    })
    const startedAtMs = world.time.nowMs
    const work = drawTradingWork(world.random("work"), startedAtMs, phases.healedMs / 1000)
    const plannedChanges = drawTradingChanges(drawFrom(world.random("changes")), work, phases.healedMs - 10_000)
    const orders = marketOrders(world, work.market)
    const ledger = remoteLedger(world, phases.healedMs, orders.granted)
    const exchange = outerExchange({
      world,
      inner: replayExchange(work.market, () => world.time.nowMs),
      healedMs: phases.healedMs,
      arrives: orders.arrives,
      applied: orders.applied
    })
    const leases = remoteLeases(world)
    const list = world.built(layerMemoryCommandList, CommandList)
    feedStates(world, work, plannedChanges.changes)
    feedTicks(world, work, phases.deadlineMs)
    for (const [name, layer] of Object.entries(layers))
      for (const instance of ["1", "2"]) {
        const start = (place: ProcessPlace) =>
          startWorker(place, instance, name, layer, { exchange, leaves: orders.leaves, ledger, leases, list })
        const role: Role = { name: `${name}.${instance}`, start }
        world.add(role)
      }
    applyFaults(world, plan, phases.healedMs)
    world.runUntil(phases.calmMs)
    const unsettled = world.runToRest({ healedMs: phases.calmMs, deadlineMs: phases.deadlineMs })
    const { events } = world.history
    return {
      history: world.history,
      violations: [
        ...checkHistory(events, { inputs: [commands], ...limits }),
        ...checkEffects(events, commandId),
        ...checkControls(events, bounds),
        ...checkTrading(events, { market: work.market, ...plannedChanges, startedAtMs }),
        ...unsettled
      ],
      records: events.filter((event) => event.type === "appended" && event.topic.startsWith("automation-commands"))
        .length,
      effects: events.filter((event) => event.type === "effect").length
    }
  }
}

interface Outside {
  readonly exchange: ReachedBy
  readonly leaves: MarketOrders["leaves"]
  readonly ledger: IntentLedger["Service"]
  readonly leases: Leases["Service"]
  readonly list: CommandList["Service"]
}

const startWorker = (
  place: ProcessPlace,
  instance: string,
  name: string,
  layer: WorkerLayer,
  { exchange, leaves, ledger, leases, list }: Outside
) => {
  const services = Layer.mergeAll(
    Layer.succeed(
      Exchange,
      exchange((order) => leaves(place, order))
    ),
    Layer.succeed(IntentLedger, ledger),
    Layer.succeed(Leases, leases),
    Layer.succeed(CommandList, list),
    Credentials.layerMemory(tradingCredentials),
    TradingControls.layer
  ).pipe(
    Layer.provideMerge(DeadLetters.layer.pipe(Layer.provideMerge(Publisher.layerOf(`${name}.${instance}`)))),
    Layer.provideMerge(
      Layer.mergeAll(
        Layer.succeed(KafkaClient, place.client),
        ConfluentCodec.layerMemory,
        TopicsFile.layerOf(tradingTopics),
        ConfigProvider.layer(ConfigProvider.fromUnknown({ INSTANCE: instance }))
      )
    )
  )
  return Layer.build(Layer.fresh(Layer.provide(layer, services)))
}

/** Leases in a database outside of all processes. */
const remoteLeases = (world: SimulatedWorld): Leases["Service"] => {
  const inner = world.built(Leases.layerMemory, Leases)
  const remote = <A, E>(call: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.withFiber((fiber) =>
      world.outside(3, 3, () => Effect.runSyncExitWith(fiber.context)(call) as Exit.Exit<A, E>)
    )
  return {
    acquire: (name, owner, ttl) => remote(inner.acquire(name, owner, ttl)),
    renew: (lease, ttl) => remote(inner.renew(lease, ttl)),
    release: (lease) => remote(inner.release(lease))
  }
}
