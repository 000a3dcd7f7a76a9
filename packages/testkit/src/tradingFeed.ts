import {
  type AccountState,
  type AutomationCommand,
  accountState,
  accountStateKey,
  ConfluentCodec,
  type Control,
  controlKey,
  controls,
  systemWorkspace,
  TopicsFile,
  type TradeOutcome
} from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { type Outgoing, outgoing, Publisher } from "@millrace/runtime"
import { SimulatedProcess, type Tick } from "@millrace/simulators"
import { Context, Effect, Layer, Schedule } from "effect"
import { commandId } from "./executorWork.ts"
import type { Place } from "./History.ts"
import type { SimulatedWorld } from "./SimulatedWorld.ts"
import type { OpenCommand, TradingChange } from "./tradingChanges.ts"
import { type TradingWork, tradingTopics, tradingWorkspace } from "./tradingWork.ts"

/** One tick each second from now on. */
export const feedTicks = (world: SimulatedWorld, { market, priceAt }: TradingWork, untilMs: number): void => {
  for (let second = 5; second * 1000 < untilMs; second++) {
    world.at(second * 1000, () => {
      const tick: Tick = { price: priceAt(second), timeMs: world.time.nowMs }
      market.tick(tick)
    })
  }
}

/** Time between two looks at what is to be changed, and after which what found nothing to do is given up, in milliseconds. */
const changesEveryMs = 100
const changesWaitMs = 30_000

/**
 * What control-api writes: accounts and rules, what changes of them, switches and cancellations, and a heartbeat each second
 * behind all that was decided before it; each again while the broker does not take it.
 */
export const feedStates = (
  world: SimulatedWorld,
  { accounts, rules }: Pick<TradingWork, "accounts" | "rules">,
  changes: ReadonlyArray<TradingChange>
): void => {
  const feeder = new SimulatedProcess("feeder", world.time, world.random("feeder"))
  const services = Publisher.layerOf("feeder").pipe(
    Layer.provide(
      Layer.mergeAll(
        Layer.succeed(KafkaClient, world.control.client("feeder")),
        ConfluentCodec.layerMemory,
        TopicsFile.layerOf(tradingTopics)
      )
    )
  )
  const rows = [...accounts, ...rules].map((value: AccountState) =>
    outgoing(accountState, { key: accountStateKey(value), value, workspaceId: tradingWorkspace })
  )
  const heartbeat = (): Outgoing => {
    const value: Control = { _tag: "ControlsHeartbeat", atMs: world.time.nowMs }
    return outgoing(controls, { key: controlKey(value), value, workspaceId: systemWorkspace })
  }
  const feeding = Effect.gen(function* () {
    const publisher = Context.get(yield* Layer.build(Layer.fresh(services)), Publisher)
    const send = (records: () => ReadonlyArray<Outgoing>) =>
      Effect.suspend(() => publisher.publish(records())).pipe(Effect.retry(Schedule.spaced("1 second")))
    yield* send(() => rows)
    let left = changes
    for (let beatAtMs = world.nowMs; ; ) {
      const due = left.filter(({ atMs }) => atMs <= world.nowMs)
      const told = due.map((change) => [change, change.recordAt(world.time.nowMs, () => openCommands(world))] as const)
      const records = told.flatMap(([, record]) => record ?? [])
      const isDone = (change: TradingChange) => told.some(([other, record]) => other === change && record !== undefined)
      left = left.filter((change) => !isDone(change) && change.atMs + changesWaitMs > world.nowMs)
      if (records.length > 0 || world.nowMs >= beatAtMs) {
        yield* send(() => [...records, heartbeat()])
        beatAtMs = world.nowMs + 1_000
      }
      yield* Effect.sleep(left.length === 0 ? Math.max(1, beatAtMs - world.nowMs) : changesEveryMs)
    }
  })
  feeder.run(Effect.scoped(Effect.orDie(feeding)))
}

/** Commands that the broker has and that no final outcome is known of, oldest first. */
const openCommands = ({ history }: SimulatedWorld): ReadonlyArray<OpenCommand> => {
  const open = new Map<string, OpenCommand>()
  for (const event of history.events) {
    if (event.type !== "appended") continue
    const id = commandId(event.topic, event.value)
    if (id === undefined) continue
    const { accountId, status } = JSON.parse(event.value) as AutomationCommand & Partial<TradeOutcome>
    if (event.topic !== "trade-log") open.set(id, { commandId: id, accountId })
    else if (status !== "pending" && status !== "unknown") open.delete(id)
  }
  return [...open.values()]
}

/**
 * Where commands lie, so that an outcome leads back to its command. A monitor that was cut off may send a command again under
 * its id: each copy is a record with an outcome of its own, told in their order.
 */
export const commandPlaces = () => {
  const places = new Map<string, Array<Place>>()
  const told = new Map<string, number>()
  return (topic: string, value: string, place: Place): Place | undefined => {
    const id = commandId(topic, value)
    if (id === undefined) return undefined
    const known = places.get(id) ?? []
    if (topic !== "trade-log") {
      places.set(id, [...known, place])
      return undefined
    }
    const before = told.get(id) ?? 0
    told.set(id, before + 1)
    return known[Math.min(before, known.length - 1)]
  }
}
