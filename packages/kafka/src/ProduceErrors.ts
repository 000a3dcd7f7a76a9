import type { KafkaError } from "./KafkaClient.ts"

/** What follows from a partition's error code in the answer to a send. */
export type ProduceVerdict =
  | { readonly _tag: "Written" }
  /** Send the same batch again, after a while. */
  | { readonly _tag: "Again" }
  /** The broker has forgotten this producer: send the records under a new producer id. */
  | { readonly _tag: "Forgotten" }
  | { readonly _tag: "TooLarge" }
  | { readonly _tag: "Refused"; readonly reason: KafkaError["reason"]; readonly name: string }

const again = new Set([2, 3, 5, 6, 7, 9, 13, 19, 20, 56, 74, 75, 80])
const forgotten = new Set([45, 47, 49, 59])

const refusals: Readonly<Record<number, readonly [reason: KafkaError["reason"], name: string]>> = {
  17: ["invalid", "INVALID_TOPIC_EXCEPTION"],
  18: ["tooLarge", "RECORD_LIST_TOO_LARGE"],
  21: ["invalid", "INVALID_REQUIRED_ACKS"],
  29: ["invalid", "TOPIC_AUTHORIZATION_FAILED"],
  31: ["invalid", "CLUSTER_AUTHORIZATION_FAILED"],
  32: ["invalid", "INVALID_TIMESTAMP"],
  35: ["invalid", "UNSUPPORTED_VERSION"],
  44: ["invalid", "POLICY_VIOLATION"],
  87: ["invalid", "INVALID_RECORD"]
}

/**
 * Says what an error code of a Produce answer means for the batch.
 *
 * A duplicate sequence is a repeat of what the broker has.
 *
 * @see https://kafka.apache.org/protocol#protocol_error_codes
 */
export const verdictOf = (errorCode: number): ProduceVerdict => {
  if (errorCode === 0 || errorCode === 46) return { _tag: "Written" }
  if (errorCode === 10) return { _tag: "TooLarge" }
  if (forgotten.has(errorCode)) return { _tag: "Forgotten" }
  if (again.has(errorCode)) return { _tag: "Again" }
  const [reason, name] = refusals[errorCode] ?? ["unavailable", `error code ${errorCode}`]
  return { _tag: "Refused", reason, name }
}
