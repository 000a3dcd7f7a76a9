export * from "./KafkaReader.ts"
export * from "./KafkaSuite.ts"
export * from "./ScenarioRun.ts"
export * from "./startFeedRun.ts"
