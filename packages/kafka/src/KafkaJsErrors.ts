import { explainTls } from "@millrace/contracts"
import { KafkaError } from "./KafkaClient.ts"

/** The parts of kafkajs's errors that tell what happened; `type` is Kafka's name of an error code. */
interface KafkaJsFailure {
  readonly name: string
  readonly type?: string
  readonly code?: string | number
  readonly cause?: unknown
}

const reasons: Readonly<Record<string, KafkaError["reason"]>> = {
  MESSAGE_TOO_LARGE: "tooLarge",
  RECORD_LIST_TOO_LARGE: "tooLarge",
  OFFSET_METADATA_TOO_LARGE: "tooLarge",
  UNKNOWN_TOPIC_OR_PARTITION: "notFound",
  INVALID_PRODUCER_EPOCH: "fenced",
  PRODUCER_FENCED: "fenced",
  TRANSACTION_COORDINATOR_FENCED: "fenced",
  INVALID_PRODUCER_ID_MAPPING: "fenced",
  ILLEGAL_GENERATION: "staleEpoch",
  UNKNOWN_MEMBER_ID: "staleEpoch",
  REBALANCE_IN_PROGRESS: "staleEpoch",
  FENCED_INSTANCE_ID: "staleEpoch",
  TOPIC_AUTHORIZATION_FAILED: "invalid",
  GROUP_AUTHORIZATION_FAILED: "invalid",
  CLUSTER_AUTHORIZATION_FAILED: "invalid",
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: "invalid",
  SASL_AUTHENTICATION_FAILED: "invalid",
  UNSUPPORTED_SASL_MECHANISM: "invalid",
  INCONSISTENT_GROUP_PROTOCOL: "invalid",
  INVALID_GROUP_ID: "invalid",
  INVALID_SESSION_TIMEOUT: "invalid",
  INVALID_TOPIC_EXCEPTION: "invalid",
  INVALID_PARTITIONS: "invalid",
  INVALID_REPLICATION_FACTOR: "invalid",
  INVALID_CONFIG: "invalid",
  INVALID_RECORD: "invalid",
  INVALID_TIMESTAMP: "invalid",
  INVALID_TXN_STATE: "invalid",
  POLICY_VIOLATION: "invalid",
  UNSUPPORTED_VERSION: "invalid",
  UNSUPPORTED_COMPRESSION_TYPE: "invalid",
  GROUP_MAX_SIZE_REACHED: "invalid"
}

/** The failure and what it was caused by, the outermost first. */
const chain = (cause: unknown): ReadonlyArray<KafkaJsFailure> => {
  const found: Array<KafkaJsFailure> = []
  for (let next = cause; next instanceof Error && found.length < 8; next = next.cause) {
    found.push(next as KafkaJsFailure)
    const inner = (next as { readonly originalError?: unknown }).originalError
    if (inner instanceof Error && next.cause === undefined) found.push(inner as KafkaJsFailure)
  }
  return found
}

/** Kafka's name of the error code at the root of a failure, such as `NOT_COORDINATOR_FOR_GROUP`. */
export const errorTypeOf = (cause: unknown): string | undefined =>
  chain(cause).find((failure) => failure.type !== undefined)?.type

/** The broker answered, with an error: the connection is sound. */
export const isAnswer = (cause: unknown): boolean => errorTypeOf(cause) !== undefined

const reasonOf = (cause: unknown): KafkaError["reason"] => {
  const failures = chain(cause)
  if (failures.some((failure) => failure.name === "KafkaJSSASLAuthenticationError")) return "invalid"
  for (const failure of failures) {
    const reason = failure.type === undefined ? undefined : reasons[failure.type]
    if (reason !== undefined) return reason
  }
  return "unavailable"
}

const credentials = "Check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD."
const tlsNames = { authority: "KAFKA_TLS_CA", address: "KAFKA_BROKERS", certificate: "KAFKA_TLS_CERTIFICATE" }

/** A failure of TLS or of signing in says what to do; kafkajs's words say only what happened. */
const explained = (cause: unknown): unknown => {
  const failures = chain(cause)
  const refused = failures.find(
    ({ name, type }) => name === "KafkaJSSASLAuthenticationError" || type?.includes("SASL") === true
  )
  const text = refused === undefined ? explainTls(cause, tlsNames) : `${(cause as Error).message}. ${credentials}`
  return text === undefined ? cause : new Error(text, { cause })
}

export const toKafkaError =
  (operation: string) =>
  (cause: unknown): KafkaError =>
    cause instanceof KafkaError
      ? cause
      : new KafkaError({ operation, reason: reasonOf(cause), cause: explained(cause) })
