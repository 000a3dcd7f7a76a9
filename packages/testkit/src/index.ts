export * from "./KafkaReader.ts"
export * from "./KafkaSuite.ts"
