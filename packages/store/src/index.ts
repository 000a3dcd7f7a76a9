export * from "./IntentLedger.ts"
