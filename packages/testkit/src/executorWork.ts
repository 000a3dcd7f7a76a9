import { readFileSync } from "node:fs"
import {
  type Account,
  type AccountState,
  accountState,
  accountStateKey,
  automationCommands,
  ConfluentCodec,
  commandSubject,
  defaultTopicsPath,
  makeTopics,
  parseTopics,
  TopicsFile
} from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { type Outgoing, outgoing, Publisher } from "@millrace/runtime"
import { SimulatedProcess } from "@millrace/simulators"
import { Context, Effect, Layer, Result, Schedule } from "effect"
import type { AppliedChange } from "./ExchangeAccount.ts"
import { type WorldCommand, worldActions, worldCommand } from "./executorCommands.ts"
import type { Place } from "./History.ts"
import type { SimulatedExchange } from "./SimulatedExchange.ts"
import type { SimulatedWorld } from "./SimulatedWorld.ts"

const declared = Result.getOrThrow(parseTopics(readFileSync(defaultTopicsPath, "utf8"), defaultTopicsPath))
const read = ["account-state", "automation-commands", "trade-log", "audit-log", "notifications"]

/** The product's own topics that the executor meets, with fewer partitions; what follows controls is left out. */
export const executorTopics = makeTopics(
  declared.all.filter(({ name }) => read.includes(name)).map((topic) => ({ ...topic, partitions: 3, replication: 1 })),
  declared.policyOf("automation-commands")
)

const accountIds = ["a-1", "a-2", "a-3"]
const credential = { key: "key", secret: "secret", passphrase: "passphrase" }
export const accounts = Object.fromEntries(accountIds.map((id) => [id, credential]))
const workspaceId = "sim"

const account = (accountId: string): Account => ({
  _tag: "Account",
  accountId,
  workspaceId,
  userId: `user-${accountId}`,
  name: accountId,
  active: true,
  network: "simulator",
  warningThreshold: 0.8,
  criticalThreshold: 0.9,
  hysteresis: 0.02,
  version: 1
})

/** The command that a record of the input or of the trade log is about. */
export const commandId = (topic: string, value: string): string | undefined =>
  topic === "trade-log" || (topic.startsWith("automation-commands") && !topic.endsWith(".dlq"))
    ? (JSON.parse(value) as { readonly commandId: string }).commandId
    : undefined

/** Where commands lie, so that an outcome leads back to its command; each is sent once. */
export const placesOf = () => {
  const places = new Map<string, Place>()
  const originOf = (topic: string, value: string, place: Place): Place | undefined => {
    const id = commandId(topic, value)
    if (id === undefined) return undefined
    // That a command waits is not what becomes of it.
    if (topic === "trade-log") return value.includes('"status":"pending"') ? undefined : places.get(id)
    places.set(id, place)
    return undefined
  }
  return { originOf }
}

/** The commands of a seed: of every action some, on accounts as they are drawn; a cross position is closed once. */
export const drawCommands = (world: SimulatedWorld): ReadonlyArray<WorldCommand> => {
  const random = world.random("commands")
  const draw = (below: number) => Math.floor(random.nextDoubleUnsafe() * below)
  const kinds = Array.from({ length: 20 }, () => worldActions[draw(worldActions.length)]!)
  return kinds
    .filter((kind, index) => kind !== "close_cross" || kinds.indexOf(kind) === index)
    .map((kind, index) => worldCommand(index, kind, accountIds[draw(accountIds.length)]!))
}

/** Whose a change at the exchange is. */
export const ownerOf =
  (commands: ReadonlyArray<WorldCommand>) =>
  (accountId: string, change: AppliedChange): string | undefined => {
    for (const { command, intentOf } of commands) {
      const intent = command.accountId === accountId ? intentOf(change) : undefined
      if (intent !== undefined) return intent
    }
    return undefined
  }

/** Opens positions and sends each command once, again only when the broker does not have it. */
export const feedCommands = (
  world: SimulatedWorld,
  exchange: SimulatedExchange,
  drawn: ReadonlyArray<WorldCommand>,
  untilMs: number
): void => {
  const random = world.random("feed")
  const draw = (below: number) => Math.floor(random.nextDoubleUnsafe() * below)
  for (const { prepare } of drawn) prepare(exchange)
  const commands = drawn
    .map(({ command }) => ({ atMs: 2_000 + draw(untilMs), command, critical: draw(3) > 0 }))
    .sort((one, other) => one.atMs - other.atMs)
  const states: ReadonlyArray<AccountState> = [
    ...accountIds.map(account),
    ...drawn.flatMap(({ positions, rule }) => [rule, ...positions])
  ]
  const feeder = new SimulatedProcess("feeder", world.time, world.random("feeder"))
  const services = Publisher.layerOf("feeder").pipe(
    Layer.provide(
      Layer.mergeAll(
        Layer.succeed(KafkaClient, world.control.client("feeder")),
        ConfluentCodec.layerMemory,
        TopicsFile.layerOf(executorTopics)
      )
    )
  )
  const send = (publisher: Publisher["Service"], records: ReadonlyArray<Outgoing>, has: () => boolean) =>
    Effect.suspend(() => (has() ? Effect.void : publisher.publish(records))).pipe(
      Effect.retry(Schedule.spaced("10 seconds"))
    )
  const sent = (id: string) => () =>
    world.history.events.some((event) => event.type === "appended" && commandId(event.topic, event.value) === id)
  const feeding = Effect.gen(function* () {
    const publisher = Context.get(yield* Layer.build(Layer.fresh(services)), Publisher)
    const rows = states.map((value) => outgoing(accountState, { key: accountStateKey(value), value, workspaceId }))
    yield* send(publisher, rows, () => false)
    for (const { atMs, command, critical } of commands) {
      yield* Effect.sleep(Math.max(0, atMs - world.nowMs))
      const decidedAtMs = world.time.nowMs
      const value = { ...command, decidedAtMs, tickReceivedAtMs: decidedAtMs, marketTimeMs: decidedAtMs }
      const key = `${value.accountId}/${commandSubject(value)}`
      const lane = critical ? { lane: "critical" } : {}
      yield* send(
        publisher,
        [outgoing(automationCommands, { key, value, workspaceId, ...lane })],
        sent(value.commandId)
      )
    }
  })
  feeder.run(Effect.scoped(Effect.orDie(feeding)))
}
