export * from "./KafkaClient.ts"
