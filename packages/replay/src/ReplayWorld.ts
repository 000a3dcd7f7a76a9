import { automationExecutorLayer } from "@millrace/automation-executor"
import {
  ConfluentCodec,
  type Control,
  controlKey,
  controls,
  type ErrorKind,
  makeTopics,
  marketTicks,
  RecordCodec,
  systemWorkspace,
  type Topics,
  TopicsFile
} from "@millrace/contracts"
import { Exchange } from "@millrace/exchange"
import { type BrokerEvent, KafkaClient, MemoryKafka, MemoryKafkaControl } from "@millrace/kafka"
import { marginMonitorLayer } from "@millrace/margin-monitor"
import { layer as marketDataLayer } from "@millrace/market-data"
import { DeadLetters, type Outgoing, outgoing, Publisher, TradingControls } from "@millrace/runtime"
import { type LocalExchange, randomOfSeed, SimulatedProcess, type Tick, VirtualTime } from "@millrace/simulators"
import { Credentials, Leases, layerMemoryCommandList, layerMemoryIntentLedger } from "@millrace/store"
import { Health, makeHealthRegistry } from "@millrace/telemetry"
import { Cause, ConfigProvider, Context, Effect, Exit, Layer, Logger, References, Schema, Scope } from "effect"
import { type LogEntry, type Logged, logReader } from "./DecisionLog.ts"
import { replayExchange } from "./ReplayExchange.ts"
import { replaySettings } from "./replaySettings.ts"

/** What a world needs to begin. */
export interface ReplayWorldParts {
  /** As declared for production; a replay has one partition of each, so that one order holds for everything. */
  readonly topics: Topics
  readonly market: LocalExchange
  readonly accountIds: ReadonlyArray<string>
  /** Virtual wall time of the start, in milliseconds: before the first tick's. */
  readonly startMs: number
  /** Settings of the environment, for what the replay does not fix itself. */
  readonly settings: ConfigProvider.ConfigProvider
  /** The scenario's id of a position; undefined for positions that it does not name. */
  readonly positionName: (positionId: string) => string | undefined
}

/** A line that a worker logged as a warning or an error. */
export interface ReplayTrouble {
  readonly marketTimeMs: number
  readonly level: string
  readonly message: string
}

/** The workers could not be started: a defect of ours, or a setting of the environment that they refuse. */
export class ReplayNotStarted extends Schema.TaggedError<ReplayNotStarted>()("ReplayNotStarted", {
  detail: Schema.String
}) {
  readonly kind: ErrorKind = "permanent"
  override get message() {
    return `The workers of the replay did not start: ${this.detail}`
  }
}

/**
 * The trading workers of the product in one thread and in virtual time: a broker in memory between them, the simulated
 * market behind the exchange port. Nothing waits; the same steps give the same records in the same order.
 */
export interface ReplayWorld {
  readonly log: ReadonlyArray<LogEntry>
  readonly troubles: ReadonlyArray<ReplayTrouble>
  /** Virtual wall time, in milliseconds. */
  readonly nowMs: () => number
  /** Tasks that the workers and their broker have run so far. */
  readonly turns: () => number
  /** Lets everything happen that is due until a virtual wall time, in milliseconds. */
  readonly runUntil: (atMs: number) => void
  /** Applies a tick at the market, and lets all workers come to rest. */
  readonly tick: (tick: Tick) => void
  /** Writes records as control-api would, and lets all workers come to rest. */
  readonly publish: (records: ReadonlyArray<Outgoing>) => void
}

const seed = "replay"
/** Virtual time that the workers have to start. */
const startUpMs = 5_000
const ticksKept = 1_000
/** A group's member never falls silent here, so it need not be heard of. */
const memberPatienceMs = 2 ** 50

const credential = { key: "replay", secret: "replay", passphrase: "replay" }

/** Starts the workers. Fails with `ReplayNotStarted`. */
export const makeReplayWorld = Effect.fnUntraced(function* (
  parts: ReplayWorldParts
): Effect.fn.Return<ReplayWorld, ReplayNotStarted> {
  const { market } = parts
  const log: Array<LogEntry> = []
  const troubles: Array<ReplayTrouble> = []
  const time = new VirtualTime(parts.startMs - startUpMs, randomOfSeed(`${seed}/turns`))
  const process = new SimulatedProcess("replay", time, randomOfSeed(`${seed}/workers`))
  const scope = Scope.makeUnsafe()
  const marketTimeMs = () => market.state().timeMs
  const topics = inOnePartition(parts.topics)
  const logger = Logger.make(({ logLevel, message }) => {
    troubles.push({ marketTimeMs: marketTimeMs(), level: logLevel, message: textOf(message) })
  })

  /** Runs something in the process, until a virtual time at most; undefined when it has not ended by then. */
  const ended = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>, untilMs: number): Exit.Exit<A, E> | undefined => {
    let exit: Exit.Exit<A, E> | undefined
    process.run(
      effect.pipe(
        Effect.provideService(Scope.Scope, scope),
        Effect.provideService(Logger.CurrentLoggers, new Set([logger])),
        Effect.provideService(References.MinimumLogLevel, "Warn"),
        Effect.exit,
        Effect.map((one) => (exit = one))
      )
    )
    time.runUntil(untilMs)
    return exit
  }
  const started = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>, untilMs: number) => {
    const exit = ended(effect, untilMs)
    if (exit === undefined) return Effect.fail(new ReplayNotStarted({ detail: "they did not come to rest" }))
    return Exit.isSuccess(exit)
      ? Effect.succeed(exit.value)
      : Effect.fail(new ReplayNotStarted({ detail: Cause.pretty(exit.cause) }))
  }

  const exchange = Layer.succeed(
    Exchange,
    replayExchange(market, () => time.nowMs)
  )
  const base = yield* started(Layer.build(Layer.fresh(infrastructure(parts, topics))), time.nowMs)
  const control = Context.get(base, MemoryKafkaControl)
  const kafka = Context.get(base, KafkaClient)
  const reads = logReader(topics, Context.get(base, RecordCodec))
  const note = (event: BrokerEvent): void => {
    const logged = reads(event)
    if (logged !== undefined) log.push(entryOf(logged, marketTimeMs(), parts.positionName))
  }
  yield* started(Effect.andThen(kafka.admin.createTopics(topics.physicalTopics()), control.observe(note)), time.nowMs)
  const publisher = Context.get(base, Publisher)
  yield* started(Effect.orDie(publisher.publish([heartbeatAt(time.nowMs)])), time.nowMs)
  const workers = Layer.mergeAll(marketDataLayer, marginMonitorLayer, automationExecutorLayer)
  yield* started(
    Layer.build(Layer.fresh(workers.pipe(Layer.provide(exchange), Layer.provide(Layer.succeedContext(base))))),
    parts.startMs
  )
  const tickTopic = topics.lanesOf(marketTicks.name)[0]?.topic ?? marketTicks.name
  let ticks = 0
  /** All workers have read what is written: old ticks only take up memory. */
  const forgetTicks = kafka.admin.offsets(tickTopic).pipe(
    Effect.flatMap((partitions) =>
      kafka.admin.deleteRecords(
        tickTopic,
        partitions.map(({ end, partition }) => ({ partition, offset: end }))
      )
    )
  )
  return {
    log,
    troubles,
    nowMs: () => time.nowMs,
    turns: () => time.turns,
    runUntil: (atMs) => time.runUntil(Math.max(atMs, time.nowMs)),
    tick: (tick) => {
      market.tick(tick)
      time.runUntil(time.nowMs)
      ticks += 1
      if (ticks % ticksKept === 0) ended(Effect.orDie(forgetTicks), time.nowMs)
    },
    publish: (records) => {
      ended(Effect.orDie(publisher.publish(records)), time.nowMs)
    }
  }
})

/** Nothing is switched off in a replay: one heartbeat, which never grows old here, says so. */
const heartbeatAt = (atMs: number): Outgoing => {
  const heartbeat: Control = { _tag: "ControlsHeartbeat", atMs }
  return outgoing(controls, { key: controlKey(heartbeat), value: heartbeat, workspaceId: systemWorkspace })
}

/** One partition of each topic: one order for everything that happens. */
const inOnePartition = (topics: Topics): Topics =>
  makeTopics(
    topics.all.map((topic) => ({ ...topic, partitions: 1, replication: 1 })),
    topics.policyOf("")
  )

const infrastructure = (parts: ReplayWorldParts, topics: Topics) =>
  Layer.merge(DeadLetters.layer, TradingControls.layer).pipe(
    Layer.provideMerge(Publisher.layerOf("replay")),
    Layer.provideMerge(
      Layer.mergeAll(
        patientKafka,
        ConfluentCodec.layerMemory,
        TopicsFile.layerOf(topics),
        layerMemoryIntentLedger,
        layerMemoryCommandList,
        Leases.layerMemory,
        Credentials.layerMemory(Object.fromEntries(parts.accountIds.map((id) => [id, credential]))),
        Layer.succeed(Health, makeHealthRegistry()),
        ConfigProvider.layer(ConfigProvider.orElse(replaySettings, parts.settings))
      )
    )
  )

/** The broker in memory, to clients that send no heartbeats: in a day of virtual time these would be most of the work. */
const patientKafka = Layer.effectContext(
  Effect.map(Layer.build(MemoryKafka.layer), (made) => {
    const client = Context.get(made, KafkaClient)
    return Context.add(made, KafkaClient, {
      ...client,
      consumer: (options, listener) =>
        client.consumer(
          { ...options, sessionTimeoutMs: memberPatienceMs, heartbeatIntervalMs: memberPatienceMs },
          listener
        )
    })
  })
)

const entryOf = (logged: Logged, marketTimeMs: number, positionName: ReplayWorldParts["positionName"]): LogEntry => {
  const { positionId } = logged.value
  const position = positionId === undefined ? undefined : positionName(positionId)
  return {
    marketTimeMs,
    type: logged.type,
    ...(position === undefined ? {} : { position }),
    value: logged.value
  } as LogEntry
}

const textOf = (message: unknown): string =>
  (Array.isArray(message) ? message : [message])
    .map((part) => (typeof part === "string" ? part : JSON.stringify(part)))
    .join(" ")
