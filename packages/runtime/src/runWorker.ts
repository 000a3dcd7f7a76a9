import { controls, type RecordCodec, type TopicContract, TopicsFile, topicContracts } from "@millrace/contracts"
import type { KafkaClient, KafkaError } from "@millrace/kafka"
import { Health } from "@millrace/telemetry"
import { Clock, Deferred, Duration, Effect, Random, type Scope } from "effect"
import type { DeadLetters } from "./DeadLetters.ts"
import { followControls } from "./followControls.ts"
import type { Intake } from "./Intake.ts"
import { joinGroup } from "./Membership.ts"
import { type IntakeHost, openBroadcast, openInput } from "./openIntakes.ts"
import { showFigures } from "./ProcessFigures.ts"
import { Publisher } from "./Publisher.ts"
import type { RunningWorker } from "./RunningWorker.ts"
import { RuntimeConfig } from "./RuntimeConfig.ts"
import { type PublishFailed, WorkerStartError } from "./RuntimeError.ts"
import { StartWatch } from "./StartWatch.ts"
import { StopProcess } from "./StopProcess.ts"
import { startWaits } from "./startService.ts"
import type { TableHandle } from "./Table.ts"
import type { AnyBroadcast, AnyInput } from "./Worker.ts"
import { measureState } from "./WorkerMetrics.ts"
import { WorkerState } from "./WorkerState.ts"

/** A worker: what it reads, and with which handlers. */
export interface WorkerSpec<R1, R2> {
  /** Group id of inputs and partitioned tables; `<name>.<instance>` for broadcasts and tables of all partitions. */
  readonly name: string
  /** Different for each process of the worker, the same after its restart. */
  readonly instance: string
  readonly tables?: ReadonlyArray<TableHandle<unknown>>
  readonly inputs?: ReadonlyArray<AnyInput<R1>>
  readonly broadcasts?: ReadonlyArray<AnyBroadcast<R2>>
  /** Topics whose schema ids are fetched before the start; all by default. */
  readonly publishes?: ReadonlyArray<TopicContract<unknown>>
}

/** What every worker needs; `Infrastructure.layer` brings it. */
export type WorkerServices = KafkaClient | RecordCodec | TopicsFile | Publisher | DeadLetters

/**
 * Starts a worker: tables first, handlers once they are read. Returns when it takes records; while the registry or the
 * broker do not answer it waits, and says so in its health. Closing the scope drains it.
 *
 * Fails with `WorkerStartError` when a topic is missing in topics.yaml or at the broker, or a setting is malformed.
 */
export const runWorker = Effect.fnUntraced(function* <R1 = never, R2 = never>(
  spec: WorkerSpec<R1, R2>
): Effect.fn.Return<RunningWorker, WorkerStartError, WorkerServices | Scope.Scope | R1 | R2> {
  const config = yield* RuntimeConfig.pipe(Effect.mapError(startError(spec.name, "a setting is malformed")))
  const worker = new WorkerState(spec.name, yield* StopProcess, Duration.toMillis(config.lookInterval))
  const health = yield* Health
  yield* health.register({ name: spec.name, state: worker.health })
  const clock = yield* Clock.Clock
  yield* health.beforeMetrics(
    Effect.suspend(() => {
      worker.measure(clock.currentTimeMillisUnsafe())
      return measureState(worker.name, worker.health())
    })
  )
  yield* showFigures("workers", () => worker.report(clock.currentTimeMillisUnsafe()))
  yield* Effect.forkScoped(lookForStalls(worker, config))
  yield* prepareSchemas(worker, spec)
  const following = yield* followControls(worker, config)
  const intakes = yield* openIntakes(worker, spec, config)
  yield* joinGroups(worker, spec, config, { ...intakes, controls: following === undefined ? [] : [following] })
  yield* Effect.raceFirst(
    Deferred.await(worker.started),
    Effect.mapError(Deferred.await(worker.failed), (cause) => startError(spec.name, cause.message)(cause))
  )
  yield* Effect.logInfo("worker takes records", { worker: spec.name, instance: spec.instance })
  return {
    name: spec.name,
    pause: (lane, topic) => Effect.sync(() => worker.setPaused(lane, topic, true)),
    resume: (lane, topic) => Effect.sync(() => worker.setPaused(lane, topic, false)),
    commit: Effect.suspend(() => Effect.forEach(worker.memberships, (one) => one.commit, { discard: true })),
    drain: Effect.suspend(() => Effect.forEach(worker.memberships, (one) => one.leave, { discard: true })),
    status: worker.status,
    failure: Deferred.await(worker.failed)
  }
})

/** Looks again and again for what does not move on, and says so once. */
const lookForStalls = (worker: WorkerState, config: RuntimeConfig) =>
  Effect.gen(function* () {
    let known: string | undefined
    for (;;) {
      yield* Effect.sleep(config.lookInterval)
      worker.stalls.look(worker.watched(config))
      const { reason } = worker.stalls
      if (reason !== undefined && known === undefined)
        yield* Effect.logError("not live: a part of the worker is stalled", { worker: worker.name, error: reason })
      known = reason
    }
  })

const startError =
  (worker: string, detail: string) =>
  (cause: unknown): WorkerStartError =>
    new WorkerStartError({ worker, detail, cause })

const prepareSchemas = Effect.fnUntraced(function* <R1, R2>(worker: WorkerState, spec: WorkerSpec<R1, R2>) {
  const publisher = yield* Publisher
  const read = [...(spec.tables ?? []), ...(spec.inputs ?? []), ...(spec.broadcasts ?? [])].map((one) => one.contract)
  const controlled = (yield* TopicsFile).topic(controls.name) === undefined ? [] : [controls]
  const contracts: ReadonlyArray<TopicContract<unknown>> = [
    ...read,
    ...controlled,
    ...(spec.publishes ?? topicContracts)
  ]
  yield* insist(worker, "the schema registry", publisher.prepare([...new Set(contracts)]))
})

/** Intakes of the worker's own group, and of the group that belongs to the instance alone. */
interface OpenIntakes {
  readonly shared: ReadonlyArray<Intake>
  readonly whole: ReadonlyArray<Intake>
}

interface AllIntakes extends OpenIntakes {
  readonly controls: ReadonlyArray<Intake>
}

const openIntakes = Effect.fnUntraced(function* <R1, R2>(
  worker: WorkerState,
  spec: WorkerSpec<R1, R2>,
  config: RuntimeConfig
) {
  const { broadcastsOpen, fail, idle, name, tablesReady } = worker
  const onDefect = (defect: unknown) => fail("a defect of the runtime", defect)
  const host: IntakeHost = { worker: name, config, open: tablesReady, onIdle: idle, onDefect }
  const shared: Array<Intake> = []
  const whole: Array<Intake> = []
  for (const table of spec.tables ?? []) {
    const intake = yield* table.open({ onReady: worker.advance, onDefect })
    worker.tables.push(intake)
    if (table.scope === "partitioned") shared.push(intake)
    else whole.push(intake)
  }
  for (const one of spec.inputs ?? []) {
    const opened = yield* openInput(host, one)
    worker.inputs.push(opened)
    shared.push(opened.intake)
    if (opened.parked !== undefined) shared.push(opened.parked)
  }
  for (const one of spec.broadcasts ?? []) {
    const opening = openBroadcast({ ...host, open: broadcastsOpen }, instanceGroup(spec), one)
    const opened = yield* insist(worker, "Kafka", opening)
    worker.broadcasts.push(opened)
    whole.push(opened.intake)
  }
  return { shared, whole } satisfies OpenIntakes
})

const instanceGroup = (spec: { readonly name: string; readonly instance: string }): string =>
  `${spec.name}.${spec.instance}`

const joinGroups = Effect.fnUntraced(function* <R1, R2>(
  worker: WorkerState,
  spec: WorkerSpec<R1, R2>,
  config: RuntimeConfig,
  { controls, shared, whole }: AllIntakes
) {
  const clientId = instanceGroup(spec)
  const onFailure = (error: KafkaError) => worker.fail(`its consumer stopped: ${error.operation}`, error)
  // Every process reads the controls, also one that has its instance's name in common with another: in a group of its own.
  const own = yield* Random.nextIntBetween(0, 2 ** 32)
  const groups = [
    { groupId: `${clientId}.controls-${own.toString(36)}`, intakes: controls },
    { groupId: clientId, intakes: whole },
    { groupId: spec.name, intakes: shared }
  ].filter(({ intakes }) => intakes.length > 0)
  const joining = groups.map(({ groupId, intakes }) =>
    insist(
      worker,
      "Kafka",
      joinGroup({ groupId, clientId, intakes, config, onAssigned: worker.advance, onFailure })
    ).pipe(Effect.map((membership) => worker.memberships.push(membership)))
  )
  yield* Effect.all(joining, { concurrency: "unbounded", discard: true })
  worker.waitsFor = "its partitions and tables"
  worker.joined(groups.length)
})

/** Tries a step of the start again while what it needs does not answer; any other failure ends the start. */
const insist = <A, R>(
  worker: WorkerState,
  needs: string,
  step: Effect.Effect<A, KafkaError | PublishFailed | WorkerStartError, R>
): Effect.Effect<A, WorkerStartError, R> => {
  worker.waitsFor = needs
  const waits = (error: KafkaError | PublishFailed | WorkerStartError): boolean =>
    error._tag === "PublishFailed"
      ? error.kind === "system"
      : error._tag === "KafkaError" && error.reason === "unavailable"
  const tried = Effect.gen(function* () {
    const sinceMs = yield* Clock.currentTimeMillis
    return yield* Effect.tapError(step, (error) => (waits(error) ? tell(error.message, sinceMs) : Effect.void))
  })
  const tell = Effect.fnUntraced(function* (error: string, sinceMs: number) {
    yield* Effect.logWarning(`start waits for ${needs}`, { worker: worker.name, error })
    yield* (yield* StartWatch).waits(needs, error, sinceMs)
  })
  return tried.pipe(
    Effect.retry({ schedule: startWaits, while: waits }),
    Effect.mapError((cause) =>
      cause._tag === "WorkerStartError" ? cause : startError(worker.name, describe(cause))(cause)
    )
  )
}

const describe = (cause: KafkaError | PublishFailed): string =>
  cause._tag === "PublishFailed" ? cause.message : `${cause.operation}: ${cause.reason} ${String(cause.cause)}`
