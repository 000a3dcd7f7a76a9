/** The relay on Kafka in memory, with an outbox of a test's own in place of PostgreSQL's. */
import {
  type Account,
  accountHistory,
  accountState,
  auditLog,
  ConfluentCodec,
  controls,
  TopicsFile
} from "@millrace/contracts"
import { KafkaClient, MemoryKafka } from "@millrace/kafka"
import { Publisher } from "@millrace/runtime"
import { Outbox, type OutboxEntry, StoreError } from "@millrace/store"
import { Health, makeHealthRegistry } from "@millrace/telemetry"
import { Effect, Layer, Queue, Stream } from "effect"

export const account = (version: number): Account => ({
  _tag: "Account",
  accountId: "account-1",
  workspaceId: "workspace-1",
  userId: "user-1",
  name: `version ${version}`,
  active: true,
  network: "simulator",
  warningThreshold: 0.8,
  criticalThreshold: 0.9,
  hysteresis: 0.02,
  version
})

/** An outbox that a test fills, breaks, and lets crash between publishing and marking. */
export class ScriptedOutbox {
  waiting: Array<OutboxEntry> = []
  down = false
  crashes = 0

  readonly layer = Layer.effect(
    Outbox,
    Effect.gen({ self: this }, function* () {
      const wakeUps = yield* Queue.unbounded<void>()
      const failing = new StoreError({ operation: "relay the outbox", cause: new Error("connection refused") })
      return Outbox.of({
        append: (entries) => Effect.sync(() => void this.waiting.push(...(entries as ReadonlyArray<OutboxEntry>))),
        relay: (limit, publish) =>
          Effect.gen({ self: this }, function* () {
            if (this.down) return yield* failing
            const batch = this.waiting.slice(0, limit)
            if (batch.length > 0) yield* publish(batch)
            if (this.crashes-- > 0) return yield* failing
            this.waiting = this.waiting.slice(batch.length)
            return batch.length
          }),
        waiting: Effect.sync(() => this.waiting.length),
        wakeUps: Stream.fromQueue(wakeUps),
        prune: () => Effect.succeed(0)
      })
    })
  )
}

export const environment = (outbox: ScriptedOutbox) =>
  Layer.mergeAll(outbox.layer, Layer.sync(Health, makeHealthRegistry), Publisher.layerOf("test")).pipe(
    Layer.provideMerge(Layer.mergeAll(MemoryKafka.layer, ConfluentCodec.layerMemory, TopicsFile.layer))
  )

export const createTopics = Effect.gen(function* () {
  const kafka = yield* KafkaClient
  yield* kafka.admin.createTopics(
    [accountState, accountHistory, auditLog, controls].map(({ name }) => ({
      topic: name,
      partitions: 12,
      replication: 1,
      config: {}
    }))
  )
})
