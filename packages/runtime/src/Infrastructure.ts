import { ConfluentCodec, TopicsFile } from "@millrace/contracts"
import { KafkaJsClient } from "@millrace/kafka"
import { Layer } from "effect"
import { DeadLetters } from "./DeadLetters.ts"
import { Publisher } from "./Publisher.ts"

/** Publisher and dead letters of a process, on any client, codec and topics. */
const layerNoDeps = (clientId: string) => DeadLetters.layer.pipe(Layer.provideMerge(Publisher.layerOf(clientId)))

/** Kafka, the codec and topics.yaml, from the environment. */
const layerClient = Layer.mergeAll(KafkaJsClient.layer, ConfluentCodec.layer, TopicsFile.layer)

/**
 * What every worker needs, once per process: Kafka (`KAFKA_BROKERS`), the codec (`SCHEMA_REGISTRY_URL`,
 * `SCHEMA_CACHE`), topics.yaml (`MILLRACE_TOPICS`), the publisher and the dead letters.
 */
export const Infrastructure = {
  layerNoDeps,
  layerClient,
  layer: (clientId: string) => layerNoDeps(clientId).pipe(Layer.provideMerge(layerClient))
}
