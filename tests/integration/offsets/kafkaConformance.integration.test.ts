/**
 * The real client against the broker named by KAFKA_BROKERS: order, starts, commits with metadata, back-pressure,
 * transactions, rebalances and administration must be as the in-memory client has them.
 */
import { KafkaJsClient } from "@millrace/kafka"
import { kafkaSuite } from "@millrace/testkit"

kafkaSuite("kafkajs", KafkaJsClient.layer)
