export * from "./ControlApiConfig.ts"
export * from "./OutboxRelay.ts"
export * from "./relayRecords.ts"
export { layer as controlApiLayer } from "./topology.ts"
