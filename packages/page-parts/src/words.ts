export * from "./partWords.ts"
export * from "./phrase.ts"
