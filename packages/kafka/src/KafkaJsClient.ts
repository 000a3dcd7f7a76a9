import { Clock, Effect, Layer } from "effect"
import { KafkaClient } from "./KafkaClient.ts"
import { KafkaConfig, type KafkaSettings } from "./KafkaConfig.ts"
import { kafkaJsAdmin } from "./KafkaJsAdmin.ts"
import { ClusterLink } from "./KafkaJsCluster.ts"
import { KafkaJsConsumer } from "./KafkaJsConsumer.ts"
import { KafkaJsProducer } from "./KafkaJsProducer.ts"
import { kafkaJsConfig } from "./KafkaJsSettings.ts"
import { kafkaJsTransactionalProducer } from "./KafkaJsTransactions.ts"
import { OwnershipFence } from "./OwnershipFence.ts"

const makeKafkaJsClient = Effect.fnUntraced(function* (settings: KafkaSettings) {
  const context = yield* Effect.context<never>()
  const fence = new OwnershipFence()

  const openLink = (clientId: string, topics: ReadonlyArray<string>) =>
    Effect.acquireRelease(
      Effect.sync(() => new ClusterLink(kafkaJsConfig(settings, clientId, context), topics)),
      (link) => link.close
    )

  const consumer: KafkaClient["Service"]["consumer"] = Effect.fnUntraced(function* (options, listener) {
    const link = yield* openLink(options.clientId, [])
    yield* link.know(options.topics.map(({ topic }) => topic))
    const made = new KafkaJsConsumer({ link, options, listener, clock: yield* Clock.Clock, fence })
    yield* Effect.forkScoped(made.run)
    yield* Effect.addFinalizer(() => made.leave)
    return {
      pause: (partitions) => made.setPaused(partitions, true),
      resume: (partitions) => made.setPaused(partitions, false),
      commit: (epoch, offsets) => Effect.suspend(() => made.commit(epoch, offsets)),
      leave: made.leave,
      progress: () => made.progress()
    }
  })

  return KafkaClient.of({
    admin: yield* kafkaJsAdmin(settings, context),
    producer: Effect.fnUntraced(function* ({ clientId }) {
      const link = yield* openLink(clientId, [])
      const made = new KafkaJsProducer({ settings, link, context, clock: yield* Clock.Clock, fence })
      yield* Effect.addFinalizer(() => made.close)
      yield* made.open
      return { send: made.send }
    }),
    transactionalProducer: (options) => kafkaJsTransactionalProducer(settings, context, options),
    consumer
  })
})

/** Kafka through kafkajs: its connections, protocol and security; the group membership, fetches and sends are ours. */
export const KafkaJsClient = {
  /** Settings from the environment. */
  layer: Layer.effect(KafkaClient, Effect.flatMap(KafkaConfig, makeKafkaJsClient)),
  layerWith: (settings: KafkaSettings) => Layer.effect(KafkaClient, makeKafkaJsClient(settings))
}
