import { KafkaError } from "./KafkaClient.ts"

/** Returns the error of an operation that our own code refuses; `why` says what was found and what was expected. */
export const kafkaError = (operation: string, reason: KafkaError["reason"], why: string): KafkaError =>
  new KafkaError({ operation, reason, cause: new Error(why) })

/** Why a partition can't be read or written. */
export const noPartition = (topic: string, partitions: number, partition: number): string =>
  `Topic ${topic} has ${partitions} partitions, not a partition ${partition}`

/** Why records can't be deleted. */
export const aboveEnd = (partition: number, offset: number, end: number): string =>
  `Partition ${partition} ends at offset ${end}; nothing can be deleted below ${offset}`
