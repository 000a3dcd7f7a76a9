export * from "./MarketDataConfig.ts"
export * from "./serviceLayer.ts"
export * from "./topology.ts"
