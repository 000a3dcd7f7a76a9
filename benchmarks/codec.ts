// How many market ticks does our codec encode and decode a second, next to the registry library's serializer?
import { JsonDeserializer, JsonSerializer, MockClient, SerdeType } from "@confluentinc/schemaregistry"
import {
  ConfluentCodec,
  jsonSchemaTextOf,
  type MarketTick,
  marketTicks,
  RecordCodec,
  subjectOf
} from "@millrace/contracts"
import { Effect, Result } from "effect"

const rounds = 9
const perRound = 20_000

const tickAt = (n: number): MarketTick => ({
  market: "btc_usd",
  priceUsd: 64_000 + (n % 1000) / 2,
  indexUsd: 64_001,
  marketTimeMs: 1_700_000_000_000 + n,
  receivedAtMs: 1_700_000_000_000.25 + n,
  source: "stream",
  epoch: 3
})
const ticks = Array.from({ length: perRound }, (_, n) => tickAt(n))

const codec = await Effect.runPromise(
  RecordCodec.use((codec) => Effect.as(codec.prepare([marketTicks]), codec)).pipe(
    Effect.provide(ConfluentCodec.layerMemory)
  )
)
const client = new MockClient({ baseURLs: ["mock://"] })
await client.register(subjectOf(marketTicks.name), { schema: jsonSchemaTextOf(marketTicks), schemaType: "JSON" })
const serializer = new JsonSerializer(client, SerdeType.VALUE, {
  autoRegisterSchemas: false,
  useLatestVersion: true,
  validate: true
})
const deserializer = new JsonDeserializer(client, SerdeType.VALUE, { validate: true })

const ours = ticks.map((tick) => Result.getOrThrow(codec.encode(marketTicks, tick)))
const theirs = await Promise.all(ticks.map((tick) => serializer.serialize(marketTicks.name, tick)))

/** Each returns the sum of the prices that went through, so that nothing can be lost or left out unseen. */
const subjects: ReadonlyArray<readonly [string, () => number | Promise<number>]> = [
  ["encode, ours", () => ticks.reduce((n, tick) => n + Result.getOrThrow(codec.encode(marketTicks, tick)).length, 0)],
  [
    "encode, library (validating)",
    async () => {
      let bytes = 0
      for (const tick of ticks) bytes += (await serializer.serialize(marketTicks.name, tick)).length
      return bytes
    }
  ],
  [
    "decode, ours",
    () => ours.reduce((sum, bytes) => sum + Result.getOrThrow(codec.decode(marketTicks, bytes) as Decoded).priceUsd, 0)
  ],
  [
    "decode, library (validating)",
    async () => {
      let sum = 0
      for (const bytes of theirs) sum += (await deserializer.deserialize(marketTicks.name, bytes)).priceUsd
      return sum
    }
  ]
]
type Decoded = Result.Result<MarketTick, Error>

const expected = {
  encode: ours.reduce((n, bytes) => n + bytes.length, 0),
  decode: ticks.reduce((sum, tick) => sum + tick.priceUsd, 0)
}

for (const [name, run] of subjects) {
  const rates: Array<number> = []
  for (let round = 0; round < rounds + 2; round++) {
    const start = performance.now()
    const checksum = await run()
    const rate = perRound / ((performance.now() - start) / 1000)
    const wanted = name.startsWith("encode") ? expected.encode : expected.decode
    if (checksum !== wanted) throw new Error(`${name}: ${checksum} came out, ${wanted} was expected`)
    if (round >= 2) rates.push(rate)
  }
  rates.sort((a, b) => a - b)
  const [low, median, high] = [rates[0]!, rates[rates.length >> 1]!, rates.at(-1)!].map((rate) =>
    Math.round(rate / 1000)
  )
  process.stdout.write(`${name.padEnd(30)} ${median} k/s  (${low} to ${high}, ${rounds} rounds of ${perRound})\n`)
}
