import { JsonDeserializer, JsonSerializer, SchemaRegistryClient, SerdeType } from "@confluentinc/schemaregistry"
import { assert, describe, it } from "@effect/vitest"
import { registerSchemas } from "@millrace/administration"
import { ConfluentCodec, RecordCodec, SchemaRegistry, type TopicContract, topicContracts } from "@millrace/contracts"
import { Arbitrary, Effect, Layer, Result } from "effect"

// Other programs read and write our topics with Confluent's own serializers. What must hold: bytes of either side are
// read by the other, for every topic, with the schemas as registered; and none of it adds a version to the registry.

const contracts: ReadonlyArray<TopicContract<unknown>> = topicContracts
const live = Layer.mergeAll(ConfluentCodec.layer, SchemaRegistry.layer)

const library = Effect.sync(() => {
  const client = new SchemaRegistryClient({ baseURLs: [process.env.SCHEMA_REGISTRY_URL!] })
  const settings = { autoRegisterSchemas: false, useLatestVersion: true, validate: true }
  return {
    serializer: new JsonSerializer(client, SerdeType.VALUE, settings),
    deserializer: new JsonDeserializer(client, SerdeType.VALUE, { validate: true })
  }
})

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe.each(contracts.map((contract) => [contract.name, contract] as const))("%s", (name, contract) => {
  const samples = Arbitrary.sampleEffect(Arbitrary.schema(contract.value), { count: 50, seed: 11 })

  /**
   * @guarantee contracts: Bytes are Confluent's wire format
   * @how Confluent's own serializer and deserializer against ours, both ways
   */
  it.live("is read by the library when we wrote it, and by us when the library wrote it", () =>
    Effect.gen(function* () {
      yield* registerSchemas
      const codec = yield* RecordCodec
      yield* codec.prepare([contract])
      const { serializer, deserializer } = yield* library
      for (const value of yield* samples) {
        const ours = Result.getOrThrow(codec.encode(contract, value))
        const read = yield* Effect.promise(() => deserializer.deserialize(name, Buffer.from(ours)))
        assert.deepStrictEqual(plain(read), plain(value))
        const theirs = yield* Effect.promise(() => serializer.serialize(name, plain(value)))
        const decoded = codec.decode(contract, theirs)
        if (Result.isFailure(decoded)) assert.fail(JSON.stringify(decoded.failure))
        assert.deepStrictEqual(plain(decoded.success), plain(value))
      }
    }).pipe(Effect.provide(live))
  )

  /** @guarantee contracts: Bytes are Confluent's wire format */
  it.live("is refused by the library, too, with a key that the schema does not name", () =>
    Effect.gen(function* () {
      yield* registerSchemas
      const { serializer } = yield* library
      const [value] = yield* samples
      const written = yield* Effect.exit(
        Effect.tryPromise(() => serializer.serialize(name, { ...(plain(value) as object), undeclared: 1 }))
      )
      assert.strictEqual(written._tag, "Failure")
    }).pipe(Effect.provide(live))
  )
})

it.live("registering again changes nothing", () =>
  Effect.gen(function* () {
    yield* registerSchemas
    const again = yield* registerSchemas
    assert.deepStrictEqual(
      again.filter((schema) => schema.state !== "unchanged"),
      []
    )
  }).pipe(Effect.provide(live))
)
