import { KafkaError } from "./KafkaClient.ts"

/** Returns the error of an operation that our own code refuses; `why` says what was found and what was expected. */
export const kafkaError = (operation: string, reason: KafkaError["reason"], why: string): KafkaError =>
  new KafkaError({ operation, reason, cause: new Error(why) })
