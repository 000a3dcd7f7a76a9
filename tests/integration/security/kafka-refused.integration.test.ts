import { assert, describe, layer as describeLayer } from "@effect/vitest"
import { KafkaClient, type KafkaError } from "@millrace/kafka"
import { freshTopic, numbered, numbers, openReader, until } from "@millrace/testkit"
import { Clock, Effect, Layer } from "effect"
import { opensslInstalled } from "./Certificates.ts"
import { clientOf, kafkaSettings, SecuredKafka, type SecuredKafkaService, signedIn } from "./SecuredKafka.ts"

// A broker that shows certificates of all kinds and asks for proofs of all kinds. What must hold: whoever has the right ones
// works; whoever has not gets one error that says what to do and holds no secret; nothing is sent unencrypted instead.

const wrongPassword = "wrong-s3cret-of-kafka"

/** Sends and reads back some records. */
const roundTrip = (environment: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const { producer } = yield* KafkaClient
    const topic = yield* freshTopic(1)
    const { send } = yield* producer({ clientId: "sender" })
    yield* send(numbered(topic, 0, 3))
    const reader = yield* openReader({ groupId: topic, clientId: "one", topics: [{ topic, from: "committed" }] })
    yield* until("3 records came", () => reader.values().length >= 3)
    assert.deepStrictEqual(reader.values(), numbers(3))
  }).pipe(Effect.scoped, Effect.provide(Layer.fresh(clientOf(environment))))

/** The error of each way into Kafka, which must be of one mind. */
const refusals = (environment: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const { admin, consumer, producer, transactionalProducer } = yield* KafkaClient
    const silent = { onAssigned: () => Effect.void, onRevoked: () => Effect.void, onLost: () => Effect.void }
    const listener = { ...silent, onBatch: () => {}, onFailure: () => {} }
    const topics = [{ topic: "it-refused", from: "committed" as const }]
    return yield* Effect.all(
      [
        Effect.flip(admin.offsets("it-refused")),
        Effect.flip(producer({ clientId: "refused" })),
        Effect.flip(consumer({ clientId: "refused", groupId: "it-refused", topics }, listener as never)),
        Effect.flip(
          Effect.flatMap(
            transactionalProducer({ clientId: "refused", transactionalId: "it-refused" }),
            ({ transact }) => transact(numbered("it-refused", 0, 1), { groupId: "it-refused", offsets: [] })
          )
        )
      ],
      { concurrency: "unbounded" }
    )
  }).pipe(Effect.scoped, Effect.provide(Layer.fresh(clientOf({ ...environment, KAFKA_DELIVERY_TIMEOUT: "2 seconds" }))))

const plainTls = (kafka: SecuredKafkaService, listener: Parameters<SecuredKafkaService["addressOf"]>[0]) => ({
  KAFKA_BROKERS: kafka.addressOf(listener),
  KAFKA_TLS: "true",
  KAFKA_TLS_CA: kafka.authority.certificate
})

const assertEach = (
  errors: ReadonlyArray<KafkaError>,
  expected: { readonly reason: KafkaError["reason"]; readonly says: RegExp }
): void => {
  for (const error of errors) {
    assert.match(error.message, expected.says)
    assert.strictEqual(error.reason, expected.reason, error.message)
    assert.notInclude(error.message, "s3cret")
    assert.notInclude(JSON.stringify(error), "s3cret")
  }
}

describe.skipIf(!opensslInstalled)("a secured broker", () => {
  describeLayer(SecuredKafka.layer, { excludeTestServices: true })((it) => {
    it.effect.each(["plain", "scram-sha-256", "scram-sha-512"])(
      "is used with its authority and a password by %s",
      (mechanism) => Effect.flatMap(SecuredKafka, (kafka) => roundTrip(signedIn(kafka, mechanism)))
    )

    it.effect("is used beyond the end of a session: every connection signs in again", () =>
      Effect.gen(function* () {
        const kafka = yield* SecuredKafka
        const { producer } = yield* KafkaClient
        const topic = yield* freshTopic(1)
        const { send } = yield* producer({ clientId: "sender" })
        const reader = yield* openReader({ groupId: topic, clientId: "one", topics: [{ topic, from: "committed" }] })
        const beganMs = yield* Clock.currentTimeMillis
        let sent = 0
        while ((yield* Clock.currentTimeMillis) - beganMs < 1.5 * kafka.sessionMs) {
          yield* send(numbered(topic, 0, 1, sent))
          sent += 1
          yield* until("it was read", () => reader.values().length >= sent)
        }
        assert.deepStrictEqual(reader.values(), numbers(sent))
        assert.deepStrictEqual([reader.losses(), reader.failures], [0, []])
      }).pipe(
        Effect.scoped,
        Effect.provide(Layer.unwrap(Effect.map(SecuredKafka, (kafka) => clientOf(signedIn(kafka, "scram-sha-256")))))
      )
    )

    it.effect("is used with a client certificate where it asks for one, given as files", () =>
      Effect.gen(function* () {
        const kafka = yield* SecuredKafka
        yield* roundTrip({
          ...plainTls(kafka, "MUTUAL"),
          KAFKA_TLS_CA: kafka.authority.certificateFile,
          KAFKA_TLS_CERTIFICATE: kafka.client.certificateFile,
          KAFKA_TLS_KEY: kafka.client.keyFile
        })
      })
    )

    it.effect("refuses a client without a certificate", () =>
      Effect.gen(function* () {
        const kafka = yield* SecuredKafka
        const errors = yield* refusals(plainTls(kafka, "MUTUAL"))
        assertEach(errors, { reason: "unavailable", says: /client certificate.*KAFKA_TLS_CERTIFICATE/u })
      })
    )

    it.effect.each(["plain", "scram-sha-512"])("refuses a wrong password by %s, which no repeat mends", (mechanism) =>
      Effect.gen(function* () {
        const kafka = yield* SecuredKafka
        const errors = yield* refusals({ ...signedIn(kafka, mechanism), KAFKA_SASL_PASSWORD: wrongPassword })
        assertEach(errors, {
          reason: "invalid",
          says: /Check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD/u
        })
      })
    )

    it.effect("is not trusted with the certificate of another authority, nor without any", () =>
      Effect.gen(function* () {
        const kafka = yield* SecuredKafka
        const right = signedIn(kafka, "plain")
        const { KAFKA_TLS_CA: _, ...none } = right
        for (const environment of [{ ...right, KAFKA_TLS_CA: kafka.stranger.certificate }, none]) {
          assertEach(yield* refusals(environment), {
            reason: "unavailable",
            says: /signed by nobody trusted here: set KAFKA_TLS_CA/u
          })
        }
      })
    )

    it.effect("is not trusted with a certificate that has expired, or is for another name", () =>
      Effect.gen(function* () {
        const kafka = yield* SecuredKafka
        assertEach(yield* refusals(plainTls(kafka, "EXPIRED")), { reason: "unavailable", says: /expired: renew it/u })
        assertEach(yield* refusals(plainTls(kafka, "OTHER")), {
          reason: "unavailable",
          says: /other names: write one of them in KAFKA_BROKERS/u
        })
      })
    )

    it.effect("is reached neither with TLS where it speaks none, nor without where it does", () =>
      Effect.gen(function* () {
        const kafka = yield* SecuredKafka
        assertEach(yield* refusals(plainTls(kafka, "PLAIN")), { reason: "unavailable", says: /./u })
        assertEach(yield* refusals({ KAFKA_BROKERS: kafka.addressOf("SECURE") }), { reason: "unavailable", says: /./u })
      })
    )

    it.effect("has settings that contradict each other refused before anything is sent", () =>
      Effect.gen(function* () {
        const kafka = yield* SecuredKafka
        const right = signedIn(kafka, "plain")
        const { KAFKA_SASL_PASSWORD: _, ...noPassword } = right
        const cases: ReadonlyArray<readonly [Record<string, string>, RegExp]> = [
          [{ ...right, KAFKA_TLS: "false" }, /KAFKA_TLS is not true/u],
          [noPassword, /KAFKA_SASL_PASSWORD go together/u],
          [{ ...right, KAFKA_TLS_CERTIFICATE: kafka.client.certificate }, /KAFKA_TLS_KEY go together/u],
          [{ ...right, KAFKA_TLS_CA: "/nowhere/ca.pem" }, /path of a file with it that can be read \(ENOENT\)/u],
          [{ ...right, KAFKA_TLS_CA: kafka.client.keyFile }, /Expected a certificate/u]
        ]
        for (const [environment, says] of cases) {
          const error = yield* Effect.flip(kafkaSettings(environment))
          assert.match(error.message, says)
          assert.notInclude(error.message, "s3cret")
        }
      })
    )
  })
})
