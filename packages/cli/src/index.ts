export * from "./millrace.ts"
