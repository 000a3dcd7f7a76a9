import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { ConfluentCodec, jsonSchemaTextOf, RecordCodec, SchemaRegistry, subjectOf } from "@millrace/contracts"
import { ConfigProvider, Effect, Layer, Result, Schema } from "effect"

// A topic's schema changes while records of the older one are kept and older code still runs. What must hold: the
// registry, told to guard the subject, takes what new code can read and refuses the rest; closed schemas do not stand in
// the way of an optional key; code that is a version behind or ahead reads the other's records.

const base = {
  id: Schema.String,
  count: Schema.Int,
  note: Schema.optionalKey(Schema.String),
  level: Schema.Literals(["low", "high"]),
  inner: Schema.Struct({ price: Schema.Finite })
}
const priced = base.inner.fields
const contractOf = <A>(name: string, value: Schema.Codec<A, unknown>) => ({
  name,
  value,
  partitionKey: (key: string) => key
})
const freshName = Effect.sync(() => `it-evolution-${randomUUID()}`)
const { note: _, ...withoutNote } = base

/** change, next version's fields, whether the registry takes it */
const changes = [
  ["an optional key more", { ...base, more: Schema.optionalKey(Schema.Int) }, true],
  [
    "an optional key more, deeper",
    { ...base, inner: Schema.Struct({ ...priced, size: Schema.optionalKey(Schema.Int) }) },
    true
  ],
  ["a required key that becomes optional", { ...base, count: Schema.optionalKey(Schema.Int) }, true],
  ["a wider type", { ...base, count: Schema.Finite }, true],
  ["a value more", { ...base, level: Schema.Literals(["low", "high", "top"]) }, true],
  ["a required key more", { ...base, more: Schema.Int }, false],
  ["an optional key less", withoutNote, false],
  ["another type", { ...base, count: Schema.String }, false],
  ["a narrower type", { ...base, inner: Schema.Struct({ price: Schema.Int }) }, false],
  ["a tighter bound", { ...base, count: Schema.Int.check(Schema.isGreaterThan(5)) }, false]
] as const

describe("the registry, asked to guard a subject,", () => {
  it.live.each(changes)("judges %s", ([, fields, taken]) =>
    Effect.gen(function* () {
      const registry = yield* SchemaRegistry
      const name = yield* freshName
      const next = jsonSchemaTextOf(contractOf(name, Schema.Struct(fields) as Schema.Codec<unknown>))
      yield* registry.register(subjectOf(name), jsonSchemaTextOf(contractOf(name, Schema.Struct(base))))
      yield* registry.guard(subjectOf(name))
      assert.strictEqual(yield* registry.isCompatible(subjectOf(name), next), taken)
      const result = yield* Effect.result(registry.register(subjectOf(name), next))
      assert.strictEqual(Result.isSuccess(result), taken)
      if (Result.isFailure(result)) assert.strictEqual(result.failure._tag, "SchemaRefused")
    }).pipe(Effect.provide(SchemaRegistry.layer))
  )
})

const codecWith = (settings: Record<string, string>) =>
  Layer.fresh(ConfluentCodec.layer).pipe(
    Layer.provide(
      ConfigProvider.layer(
        ConfigProvider.fromUnknown({ SCHEMA_REGISTRY_URL: process.env.SCHEMA_REGISTRY_URL, ...settings })
      )
    )
  )

const encoded = <A>(name: string, value: Schema.Codec<A, unknown>, record: A) =>
  Effect.gen(function* () {
    const codec = yield* RecordCodec
    yield* codec.prepare([contractOf(name, value)])
    return Result.getOrThrow(codec.encode(contractOf(name, value), record))
  })

const decoded = <A>(name: string, value: Schema.Codec<A, unknown>, bytes: Uint8Array) =>
  Effect.gen(function* () {
    const codec = yield* RecordCodec
    const contract = contractOf(name, value)
    yield* codec.prepare([contract])
    const first = codec.decode(contract, bytes)
    if (Result.isSuccess(first) || first.failure._tag !== "UnknownSchemaId") return first
    yield* codec.learn(contract, first.failure.schemaId)
    return codec.decode(contract, bytes)
  })

const Old = Schema.Struct(base)
const New = Schema.Struct({ ...base, more: Schema.optionalKey(Schema.Int) })
const record = { id: "a", count: 1, level: "low" as const, inner: { price: 1.5 } }

const bothRegistered = Effect.gen(function* () {
  const registry = yield* SchemaRegistry
  const name = yield* freshName
  yield* registry.register(subjectOf(name), jsonSchemaTextOf(contractOf(name, Old)))
  yield* registry.register(subjectOf(name), jsonSchemaTextOf(contractOf(name, New)))
  return name
}).pipe(Effect.provide(SchemaRegistry.layer))

/** @guarantee contracts: New code reads every old record, and old code new ones unless declared otherwise */
it.live("code that is a version behind reads what new code writes, and new code what old code wrote", () =>
  Effect.gen(function* () {
    const name = yield* bothRegistered
    const fromNew = yield* Effect.provide(encoded(name, New, { ...record, more: 7 }), codecWith({}), { local: true })
    const fromOld = yield* Effect.provide(encoded(name, Old, record), codecWith({}), { local: true })
    assert.notDeepEqual(fromNew.subarray(0, 5), fromOld.subarray(0, 5))
    const byOld = yield* Effect.provide(decoded(name, Old, fromNew), codecWith({}), { local: true })
    assert.deepStrictEqual(byOld, Result.succeed(record))
    const byNew = yield* Effect.provide(decoded(name, New, fromOld), codecWith({}), { local: true })
    assert.deepStrictEqual(byNew, Result.succeed(record))
  })
)

it.live("a record with another topic's schema id is undecodable", () =>
  Effect.gen(function* () {
    const [one, other] = [yield* bothRegistered, yield* bothRegistered]
    const bytes = yield* Effect.provide(encoded(other, Old, record), codecWith({}), { local: true })
    const error = yield* Effect.flip(Effect.provide(decoded(one, Old, bytes), codecWith({}), { local: true }))
    assert.strictEqual(error._tag, "Undecodable")
  })
)

it.live("a worker registers nothing: without a registered schema it is not ready", () =>
  Effect.gen(function* () {
    const registry = yield* SchemaRegistry
    const name = yield* freshName
    const error = yield* Effect.flip(Effect.provide(encoded(name, Old, record), codecWith({}), { local: true }))
    assert.strictEqual(error._tag, "RegistryUnavailable")
    assert.include(error.message, "millrace schemas register")
    assert.deepStrictEqual(yield* registry.versions(subjectOf(name)), [])
  }).pipe(Effect.provide(SchemaRegistry.layer))
)

/** @guarantee crash: registry is down */
it.live("a worker with cached ids goes on while the registry is down, one without is not ready", () =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-ids-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    const name = yield* bothRegistered
    const down = { SCHEMA_REGISTRY_URL: "http://127.0.0.1:9/apis/ccompat/v7" }
    const online = codecWith({ SCHEMA_CACHE: folder })
    const first = yield* Effect.provide(encoded(name, New, record), online, { local: true })
    const offline = codecWith({ ...down, SCHEMA_CACHE: folder })
    const second = yield* Effect.provide(encoded(name, New, record), offline, { local: true })
    assert.deepStrictEqual(second, first)
    const bare = yield* Effect.flip(Effect.provide(encoded(name, New, record), codecWith(down), { local: true }))
    assert.strictEqual(bare._tag, "RegistryUnavailable")
  })
)
