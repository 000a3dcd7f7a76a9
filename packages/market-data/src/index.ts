export * from "./MarketDataConfig.ts"
export * from "./topology.ts"
