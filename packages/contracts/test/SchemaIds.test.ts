import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Result } from "effect"
import {
  ConfluentCodec,
  jsonSchemaTextOf,
  marketTicks,
  RecordCodec,
  RegistryUnavailable,
  SchemaRegistry,
  tradeLog
} from "../src/index.ts"

/** A registry that a test switches on and off. */
interface Registry {
  isUp: boolean
  readonly ids: Map<string, number>
  readonly foreign: Map<string, ReadonlyArray<number>>
}

const registryLayer = (registry: Registry) => {
  const answer = <A>(value: () => A) =>
    Effect.suspend(() =>
      registry.isUp
        ? Effect.sync(value)
        : Effect.fail(new RegistryUnavailable({ target: "http://registry", cause: new Error("down") }))
    )
  return Layer.succeed(SchemaRegistry, {
    address: "http://registry",
    idOf: (subject, schema) => answer(() => registry.ids.get(`${subject} ${schema}`)),
    belongs: (subject, id) => answer(() => (registry.foreign.get(subject) ?? []).includes(id)),
    versions: () => answer(() => []),
    isCompatible: () => answer(() => true),
    register: () => answer(() => 1),
    guard: () => answer(() => undefined)
  })
}

const withTicks = (): Registry => ({
  isUp: true,
  ids: new Map([[`market-ticks-value ${jsonSchemaTextOf(marketTicks)}`, 11]]),
  foreign: new Map([["market-ticks-value", [7, 11]]])
})

/** A worker's life: a codec made from nothing but the registry and the folder. */
const worker = <A, E>(registry: Registry, folder: string, life: Effect.Effect<A, E, RecordCodec>) => {
  const provider = ConfigProvider.layer(ConfigProvider.fromUnknown({ SCHEMA_CACHE: folder }))
  const codec = Layer.fresh(ConfluentCodec.layerNoDeps).pipe(Layer.provide([registryLayer(registry), provider]))
  return Effect.provide(life, codec, { local: true })
}

const scratch = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-ids-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const prepareTicks = RecordCodec.use((codec) => codec.prepare([marketTicks]))
const tick = { market: "btc_usd", priceUsd: 1, marketTimeMs: 1, receivedAtMs: 1, source: "stream", epoch: 1 } as const

/**
 * @guarantee crash: registry is down
 * @redelivered nothing
 * @harmless a worker goes on with cached schema ids; a start without them waits and is not ready
 */
it.effect("a worker starts on cached ids while the registry is down", () =>
  Effect.gen(function* () {
    const folder = yield* scratch
    const registry = withTicks()
    yield* worker(registry, folder, prepareTicks)
    registry.isUp = false
    const bytes = yield* worker(
      registry,
      folder,
      Effect.andThen(
        prepareTicks,
        RecordCodec.use((codec) => Effect.succeed(Result.getOrThrow(codec.encode(marketTicks, tick))))
      )
    )
    assert.strictEqual(bytes[4], 11)
  })
)

/** @guarantee crash: registry is down */
it.effect("a worker without cached ids is not ready while the registry is down", () =>
  Effect.gen(function* () {
    const folder = yield* scratch
    const error = yield* Effect.flip(worker({ ...withTicks(), isUp: false }, folder, prepareTicks))
    assert.strictEqual(error._tag, "RegistryUnavailable")
    assert.include(error.message, "http://registry")
  })
)

it.effect("a registry that says no is believed over the cache", () =>
  Effect.gen(function* () {
    const folder = yield* scratch
    yield* worker(withTicks(), folder, prepareTicks)
    const emptied = { ...withTicks(), ids: new Map<string, number>() }
    const error = yield* Effect.flip(worker(emptied, folder, prepareTicks))
    assert.include(error.message, "millrace schemas register")
  })
)

it.effect("an id met in a record is remembered for the next start", () =>
  Effect.gen(function* () {
    const folder = yield* scratch
    const registry = withTicks()
    const decodeOlder = Effect.gen(function* () {
      const codec = yield* RecordCodec
      yield* codec.prepare([marketTicks])
      const bytes = Uint8Array.from(Result.getOrThrow(codec.encode(marketTicks, tick)), (byte, n) =>
        n === 4 ? 7 : byte
      )
      return { codec, decoded: codec.decode(marketTicks, bytes) }
    })
    yield* worker(
      registry,
      folder,
      Effect.flatMap(decodeOlder, ({ codec }) => codec.learn(marketTicks, 7))
    )
    registry.isUp = false
    const { decoded } = yield* worker(registry, folder, decodeOlder)
    assert.deepStrictEqual(decoded, Result.succeed(tick))
  })
)

/** @guarantee crash: registry is down */
it.effect("an id found to be of no use is still so while the registry is down; up again, it is asked anew", () =>
  Effect.gen(function* () {
    const folder = yield* scratch
    const registry = withTicks()
    const learn = Effect.flip(
      worker(
        registry,
        folder,
        RecordCodec.use((codec) => codec.learn(tradeLog, 7))
      )
    )
    registry.isUp = false
    assert.strictEqual((yield* learn)._tag, "RegistryUnavailable", "nothing is known of it yet")
    registry.isUp = true
    yield* learn
    registry.isUp = false
    assert.strictEqual((yield* learn)._tag, "Undecodable")
    const later: Registry = { ...registry, isUp: true, foreign: new Map([["trade-log-value", [7]]]) }
    yield* worker(
      later,
      folder,
      RecordCodec.use((codec) => codec.learn(tradeLog, 7))
    )
  })
)

it.effect("an id of another topic is not learned", () =>
  Effect.gen(function* () {
    const folder = yield* scratch
    const error = yield* Effect.flip(
      worker(
        withTicks(),
        folder,
        RecordCodec.use((codec) => codec.learn(tradeLog, 7))
      )
    )
    assert.strictEqual(error._tag, "Undecodable")
    assert.deepStrictEqual(readdirSync(folder), ["trade-log-value.7.foreign"])
  })
)

it.effect("a cache folder that can't be written costs only the cache", () =>
  worker(withTicks(), join(import.meta.filename, "ids"), prepareTicks)
)
