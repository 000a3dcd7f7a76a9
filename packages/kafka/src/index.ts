export * from "./KafkaClient.ts"
export * from "./MemoryKafka.ts"
export * from "./PartitionAssigner.ts"
