// How many market ticks does our codec encode and decode a second, next to the registry library's serializer?
//
// One process, no servers: 20,000 different ticks a round, the sides in turns, two rounds of warm-up. The library validates
// too. Each round adds up the bytes or prices that went through, so that nothing can be left out unseen.
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
import { atLeast, figureOf, median } from "./stage/figures.ts"
import { readOptions } from "./stage/options.ts"
import { finish } from "./stage/report.ts"

const options = readOptions(9, ["records"])
const records = options.number("records", 20_000)
const warmUpRounds = 2
const wantedTimes = 5

const tickAt = (n: number): MarketTick => ({
  market: "btc_usd",
  priceUsd: 64_000 + (n % 1000) / 2,
  indexUsd: 64_001,
  marketTimeMs: 1_700_000_000_000 + n,
  receivedAtMs: 1_700_000_000_000.25 + n,
  source: "stream",
  epoch: 3
})
const ticks = Array.from({ length: records }, (_, n) => tickAt(n))

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
type Decoded = Result.Result<MarketTick, Error>

interface Side {
  readonly name: string
  readonly act: "encode" | "decode"
  /** Returns the sum of what went through. */
  readonly round: () => number | Promise<number>
}

const sides: ReadonlyArray<Side> = [
  {
    name: "encode, millrace",
    act: "encode",
    round: () => ticks.reduce((sum, tick) => sum + Result.getOrThrow(codec.encode(marketTicks, tick)).length, 0)
  },
  {
    name: "encode, library (validating)",
    act: "encode",
    round: async () => {
      let bytes = 0
      for (const tick of ticks) bytes += (await serializer.serialize(marketTicks.name, tick)).length
      return bytes
    }
  },
  {
    name: "decode, millrace",
    act: "decode",
    round: () =>
      ours.reduce((sum, bytes) => sum + Result.getOrThrow(codec.decode(marketTicks, bytes) as Decoded).priceUsd, 0)
  },
  {
    name: "decode, library (validating)",
    act: "decode",
    round: async () => {
      let sum = 0
      for (const bytes of theirs) sum += (await deserializer.deserialize(marketTicks.name, bytes)).priceUsd
      return sum
    }
  }
]

const expected = {
  encode: ours.reduce((sum, bytes) => sum + bytes.length, 0),
  decode: ticks.reduce((sum, tick) => sum + tick.priceUsd, 0)
}

const rates = new Map<Side, Array<number>>(sides.map((side) => [side, []]))
for (let round = 0; round < options.runs + warmUpRounds; round += 1) {
  for (const side of sides) {
    const startedAt = performance.now()
    const sum = await side.round()
    const rate = records / ((performance.now() - startedAt) / 1_000)
    if (sum !== expected[side.act]) {
      throw new Error(`${side.name}: ${sum} came out, ${expected[side.act]} was expected`)
    }
    if (round >= warmUpRounds) rates.get(side)!.push(rate)
  }
}

const [encode, libraryEncode, decode, libraryDecode] = sides.map((side) => median(rates.get(side)!))
finish(
  {
    benchmark: "codec",
    question: "Market ticks encoded and decoded in a second",
    settings: { records },
    figures: sides.map((side) =>
      figureOf(side.name, "records/s", rates.get(side)!, { guarded: side.name.endsWith("millrace") })
    ),
    targets: [
      atLeast("encode: times the library", wantedTimes, encode! / libraryEncode!),
      atLeast("decode: times the library", wantedTimes, decode! / libraryDecode!)
    ]
  },
  options
)
