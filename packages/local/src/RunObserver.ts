import {
  accountState,
  automationCommands,
  type Decision,
  decisions,
  marginEvents,
  notifications,
  RecordCodec,
  type RegistryUnavailable,
  type TopicContract,
  tradeLog
} from "@millrace/contracts"
import { type ConsumerListener, KafkaClient, type KafkaError, type RecordBatch } from "@millrace/kafka"
import { Effect, Result, type Scope } from "effect"
import {
  applyAccountState,
  applyCommand,
  applyDecision,
  applyMarginEvent,
  applyNotification,
  applyOutcome,
  makeRunState,
  type RunState
} from "./RunState.ts"

/** Told of each decision, each command's outcome and each notification as they are read. */
export interface RunListener {
  readonly onDecision: (state: RunState, decision: Decision) => void
  readonly onOutcome: (state: RunState, commandId: string) => void
  readonly onNotification: (state: RunState) => void
}

/** A topic that is watched: the physical ones it has, and what a value of it changes. */
interface Watched {
  readonly contract: TopicContract<unknown>
  readonly apply: (state: RunState, value: unknown, listener: RunListener) => void
}

const watch = <A>(
  contract: TopicContract<A>,
  apply: (state: RunState, value: A, listener: RunListener) => void
): Watched => ({
  contract: contract as TopicContract<unknown>,
  apply: apply as (state: RunState, value: unknown, listener: RunListener) => void
})

const watched: ReadonlyArray<Watched> = [
  watch(accountState, applyAccountState),
  watch(decisions, (state, decision, listener) => {
    if (applyDecision(state, decision)) listener.onDecision(state, decision)
  }),
  watch(automationCommands, applyCommand),
  watch(tradeLog, (state, outcome, listener) => {
    applyOutcome(state, outcome)
    listener.onOutcome(state, outcome.commandId)
  }),
  watch(marginEvents, applyMarginEvent),
  watch(notifications, (state, notification, listener) => {
    applyNotification(state, notification)
    listener.onNotification(state)
  })
]

const header = (batch: RecordBatch["records"][number], name: string): string | undefined => {
  const bytes = batch.headers[name]
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8")
}

/**
 * Reads what a run shows on its topics, as any other tool could, and keeps it as a `RunState`.
 *
 * Reads every topic from its beginning and takes the records of the run's workspace; commits nothing.
 */
export const observeRun: (
  workspaceId: string,
  lanesOf: (topic: string) => ReadonlyArray<string>,
  listener: RunListener
) => Effect.Effect<RunState, KafkaError | RegistryUnavailable, Scope.Scope | KafkaClient | RecordCodec> =
  Effect.fnUntraced(function* (workspaceId, lanesOf, listener) {
    const kafka = yield* KafkaClient
    const codec = yield* RecordCodec
    yield* codec.prepare(watched.map((entry) => entry.contract))
    const state = makeRunState()
    const byPhysicalTopic = new Map<string, Watched>()
    for (const entry of watched) {
      for (const physical of lanesOf(entry.contract.name)) byPhysicalTopic.set(physical, entry)
    }
    const onBatch = (batch: RecordBatch): void => {
      const entry = byPhysicalTopic.get(batch.topic)
      if (entry === undefined) return
      for (const record of batch.records) {
        if (record.value === null || header(record, "workspace-id") !== workspaceId) continue
        const value = codec.decode(entry.contract, record.value)
        // A record that can't be read is the workers' concern: it goes to the topic's dead letters.
        if (Result.isSuccess(value)) entry.apply(state, value.success, listener)
      }
    }
    const consumerListener: ConsumerListener = {
      onAssigned: () => Effect.void,
      onRevoked: () => Effect.void,
      onBatch,
      onFailure: () => {}
    }
    yield* kafka.consumer(
      {
        groupId: `local-view.${workspaceId}`,
        clientId: "local-view",
        topics: [...byPhysicalTopic.keys()].map((topic) => ({
          topic,
          from: topic.startsWith(accountState.name) ? ("beginning" as const) : ("end" as const)
        }))
      },
      consumerListener
    )
    return state
  })
