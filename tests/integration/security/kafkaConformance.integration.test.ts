/**
 * All that a client of Kafka promises, over TLS and signed in by SCRAM-SHA-512, on a broker that asks for both: sends, groups,
 * transactions and administration, each of which opens connections of its own.
 */
import { describe } from "@effect/vitest"
import { kafkaSuite } from "@millrace/testkit"
import { Effect, Layer } from "effect"
import { opensslInstalled } from "./Certificates.ts"
import { clientOf, SecuredKafka, signedIn } from "./SecuredKafka.ts"

const client = Layer.unwrap(Effect.map(SecuredKafka, (kafka) => clientOf(signedIn(kafka, "scram-sha-512")))).pipe(
  Layer.provide(SecuredKafka.layer)
)

describe.skipIf(!opensslInstalled)("a broker with TLS and SASL", () => {
  kafkaSuite("kafkajs over SASL_SSL", client)
})
