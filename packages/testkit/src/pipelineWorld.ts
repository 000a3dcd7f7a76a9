import { ConfluentCodec, TopicsFile } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { outgoing, Publisher } from "@millrace/runtime"
import { SimulatedProcess } from "@millrace/simulators"
import { Context, Effect, Layer, type Random, Schedule } from "effect"
import { applyFaults } from "./applyFaults.ts"
import { checkHistory } from "./checkHistory.ts"
import { transactionFaults } from "./FaultPlan.ts"
import { idHeader } from "./ObservedClient.ts"
import { type PipelineTraits, plainTraits } from "./PipelineTraits.ts"
import { type Item, lanes, limits, orders, pipelineInputs, pipelineRoles, pipelineTopics } from "./pipelineStages.ts"
import { SimulatedWorld } from "./SimulatedWorld.ts"
import type { World } from "./World.ts"

/** Faults begin before the first time and have ended at the second; all must come to rest before the last. */
const phases = { faultsUntilMs: 60_000, healedMs: 100_000, deadlineMs: 900_000 }

/** Orders in three lanes become shaped orders and then receipts: two workers of two processes each. */
const pipeline = (name: string, about: string, traits: PipelineTraits): World => ({
  name,
  about,
  processes: 4,
  faultsUntilMs: phases.faultsUntilMs,
  moreFaults: traits.transactional ? transactionFaults : [],
  run: (seed, plan) => {
    const topics = pipelineTopics(traits).physicalTopics()
    const roles = pipelineRoles(seed, traits)
    const world = new SimulatedWorld({ seed, topics, roles, inputs: pipelineInputs, plan })
    applyFaults(world, plan, phases.healedMs)
    feed(world)
    const unsettled = world.runToRest(phases)
    const { events } = world.history
    const appended = events.filter((event) => event.type === "appended")
    return {
      history: world.history,
      violations: [...checkHistory(events, { inputs: pipelineInputs, ...limits, traits }), ...unsettled],
      records: appended.filter(({ topic }) => topic.startsWith(orders.name) && !topic.endsWith(".dlq")).length,
      effects: appended.filter(({ topic }) => topic === "sim-receipts").length
    }
  }
})

export const pipelineWorld = pipeline(
  "pipeline",
  "consume, transform, produce in two stages: lanes, keys, retries, dead letters",
  plainTraits
)

/** The same pipeline, put to what ends processes, waits for long, or must happen exactly once. */
export const hardWorlds: ReadonlyArray<World> = [
  pipeline("parking", "long waits in parked records, whole lanes that wait", {
    ...plainTraits,
    parked: true,
    laneHolds: true
  }),
  pipeline("deadly", "records whose handling ends the process", { ...plainTraits, deadly: true }),
  pipeline("deadly-parking", "records that end the process, some while parked", {
    ...plainTraits,
    deadly: true,
    parked: true
  }),
  pipeline("transactional", "outcomes and commits in transactions, parked records with them", {
    ...plainTraits,
    transactional: true,
    parked: true
  })
]

interface Fed extends Item {
  readonly lane: (typeof lanes)[number]
}

interface Burst {
  readonly atMs: number
  readonly items: ReadonlyArray<Fed>
}

/** Orders come in bursts, a few at a time and sometimes many; those of a key and lane are numbered in order. */
const burstsOf = (random: Random.Random): ReadonlyArray<Burst> => {
  const draw = (below: number) => Math.floor(random.nextDoubleUnsafe() * below)
  const counts = new Map<string, number>()
  const due = Array.from({ length: 12 }, () => draw(phases.faultsUntilMs)).sort((one, other) => one - other)
  return due.map((atMs) => {
    const size = 1 + draw(draw(3) === 0 ? 14 : 5)
    const favoured = lanes[draw(lanes.length)]!
    const items = Array.from({ length: size }, (): Fed => {
      const lane = draw(2) === 0 ? favoured : lanes[draw(lanes.length)]!
      const id = `key-${draw(7)}`
      const n = (counts.get(`${id}/${lane}`) ?? 0) + 1
      counts.set(`${id}/${lane}`, n)
      return { id, n, lane }
    })
    return { atMs, items }
  })
}

/** Sends the bursts one after the other, each again until the broker has it; a lost answer makes a burst come twice. */
const feed = (world: SimulatedWorld): void => {
  const feeder = new SimulatedProcess("feeder", world.time, world.random("feeder"))
  const layer = Publisher.layerOf("feeder").pipe(
    Layer.provide(
      Layer.mergeAll(
        Layer.succeed(KafkaClient, world.control.client("feeder")),
        ConfluentCodec.layerMemory,
        TopicsFile.layerOf(pipelineTopics(plainTraits))
      )
    )
  )
  const sending = Effect.gen(function* () {
    const publisher = Context.get(yield* Layer.build(Layer.fresh(layer)), Publisher)
    for (const { atMs, items } of burstsOf(world.random("feed"))) {
      yield* Effect.sleep(Math.max(0, atMs - world.nowMs))
      const records = items.map(({ id, lane, n }) =>
        outgoing(orders, {
          key: id,
          value: { id, n },
          workspaceId: "sim",
          lane,
          headers: { [idHeader]: `${id}/${lane}/${n}` }
        })
      )
      yield* publisher.publish(records).pipe(Effect.retry(Schedule.spaced("700 millis")))
    }
  })
  feeder.run(Effect.scoped(Effect.orDie(sending)))
}
