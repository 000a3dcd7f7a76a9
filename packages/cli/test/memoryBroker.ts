import { ConfluentCodec, defaultTopicsPath, murmur2, SchemaRegistry, TopicsFile } from "@millrace/contracts"
import { MemoryKafka } from "@millrace/kafka"
import { Effect, Layer } from "effect"

/** The topics of the checkout. */
export const topics = TopicsFile.layerFile(defaultTopicsPath)

const idOf = (subject: string): number => (murmur2(Buffer.from(subject)) & 0xffff) + 1

/** A registry in memory that has every schema. */
export const registry = Layer.succeed(SchemaRegistry, {
  address: "http://registry",
  idOf: (subject) => Effect.succeed(idOf(subject)),
  belongs: (subject, id) => Effect.succeed(id === idOf(subject)),
  versions: () => Effect.succeed([1]),
  isCompatible: () => Effect.succeed(true),
  register: (subject) => Effect.succeed(idOf(subject)),
  guard: () => Effect.void
})

/** A broker in memory, with the codec of that registry and these topics. */
export const bench = ConfluentCodec.layerNoDeps.pipe(
  Layer.provide(registry),
  Layer.provideMerge(Layer.mergeAll(MemoryKafka.layer, topics))
)
