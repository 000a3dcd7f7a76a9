import { AccountSessions, runExecutor } from "@millrace/automation-executor"
import { ConfluentCodec, TopicsFile } from "@millrace/contracts"
import { Exchange } from "@millrace/exchange"
import { KafkaClient } from "@millrace/kafka"
import { DeadLetters, Publisher, TradingControls } from "@millrace/runtime"
import { CommandList, Credentials, IntentLedger, layerMemoryCommandList } from "@millrace/store"
import { ConfigProvider, Effect, Layer } from "effect"
import { applyFaults } from "./applyFaults.ts"
import { checkHistory } from "./checkHistory.ts"
import { checkEffects } from "./effectRules.ts"
import { accounts, commandId, drawCommands, executorTopics, feedCommands, ownerOf, placesOf } from "./executorWork.ts"
import { remoteLedger } from "./remoteLedger.ts"
import { SimulatedExchange } from "./SimulatedExchange.ts"
import { type ProcessPlace, type Role, SimulatedWorld, type WatchedInput } from "./SimulatedWorld.ts"
import type { World } from "./World.ts"

/** As in the pipeline; an unsent command may wait for the signature's window and the reconciler's turns. */
const phases = { faultsUntilMs: 60_000, healedMs: 100_000, deadlineMs: 1_200_000 }

const inputs: ReadonlyArray<WatchedInput> = [
  {
    group: "automation-executor",
    topics: ["automation-commands.critical", "automation-commands", "automation-commands.low"]
  }
]
const limits = { laneShareEvery: 20, timeoutMs: 30_000, drainMs: 10_000, finishedByHolder: false }

/** Commands of every action become orders at the exchange, each at most once: the product's own executor, two processes of it. */
export const executorWorld: World = {
  name: "executor",
  about: "effects once: the automation-executor with the intent ledger; replies are lost, orders arrive late",
  processes: 2,
  faultsUntilMs: phases.faultsUntilMs,
  run: (seed, plan) => {
    const places = placesOf()
    const role = (instance: string): Role => ({
      name: `executor.${instance}`,
      start: (place) => startExecutor(place, instance, { exchange, ledger, list })
    })
    const world: SimulatedWorld = new SimulatedWorld({
      seed,
      topics: executorTopics.physicalTopics(),
      roles: [],
      inputs,
      plan,
      originOf: places.originOf
    })
    const commands = drawCommands(world)
    const exchange = new SimulatedExchange(world, phases.healedMs, ownerOf(commands))
    const ledger = remoteLedger(world, phases.healedMs)
    const list = world.built(layerMemoryCommandList, CommandList)
    feedCommands(world, exchange, commands, phases.faultsUntilMs)
    for (const instance of ["1", "2"]) world.add(role(instance))
    applyFaults(world, plan, phases.healedMs)
    const unsettled = world.runToRest(phases)
    // What is still on its way to the exchange arrives before the effects are counted.
    world.runUntil(world.nowMs + 60_000)
    const { events } = world.history
    return {
      history: world.history,
      violations: [...checkHistory(events, { inputs, ...limits }), ...checkEffects(events, commandId), ...unsettled],
      records: events.filter((event) => event.type === "appended" && inputs[0]!.topics.includes(event.topic)).length,
      effects: events.filter((event) => event.type === "effect").length
    }
  }
}

interface Outside {
  readonly exchange: SimulatedExchange
  readonly ledger: IntentLedger["Service"]
  readonly list: CommandList["Service"]
}

const startExecutor = (place: ProcessPlace, instance: string, { exchange, ledger, list }: Outside) => {
  const services = AccountSessions.layer.pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        Layer.succeed(Exchange, exchange.service),
        Layer.succeed(IntentLedger, ledger),
        Layer.succeed(CommandList, list),
        TradingControls.layerActive,
        Credentials.layerMemory(accounts)
      )
    ),
    Layer.provideMerge(DeadLetters.layer.pipe(Layer.provideMerge(Publisher.layerOf(`executor.${instance}`)))),
    Layer.provideMerge(
      Layer.mergeAll(
        Layer.succeed(KafkaClient, place.client),
        ConfluentCodec.layerMemory,
        TopicsFile.layerOf(executorTopics),
        ConfigProvider.layer(ConfigProvider.fromUnknown({ INSTANCE: instance }))
      )
    )
  )
  return Effect.flatMap(Layer.build(Layer.fresh(services)), (context) => Effect.provideContext(runExecutor, context))
}
