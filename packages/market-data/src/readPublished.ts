import { type MarketTick, marketTicks, partitionOf, TopicsFile } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { keyText, makeRecordDecoder } from "@millrace/runtime"
import { Effect } from "effect"

/** Records at the end of the partition that are looked through for the market's last one. */
const newest = 500

/** Longest wait of the first price for what was published before. */
const longestWait = "5 seconds"

/**
 * Reads the market's last published tick back, whoever published it; `undefined`: there is none among the newest records, or
 * they can't be read, which is logged. A leader goes on from it, so that what its absence missed is filled in.
 */
export const readPublished = Effect.fn("market-data.readPublished")(
  function* (market: string) {
    const { admin } = yield* KafkaClient
    const topics = yield* TopicsFile
    const decoder = yield* makeRecordDecoder(marketTicks)
    const [lane] = topics.lanesOf(marketTicks.name)
    const places = yield* admin.offsets(lane!.topic)
    const partition = partitionOf(marketTicks, market, places.length)
    const place = places.find((one) => one.partition === partition)
    let last: MarketTick | undefined
    let offset = Math.max(place?.start ?? 0, (place?.end ?? 0) - newest)
    while (place !== undefined && offset < place.end) {
      const read = yield* admin.read({ topic: lane!.topic, partition, offset })
      for (const record of read.records) {
        const fetched = { topic: lane!.topic, lane: lane!.name, partition, record, fetchedAtMs: 0 }
        if (keyText(fetched) !== market) continue
        last = (yield* decoder.decode(fetched, 1)).value ?? last
      }
      if (read.nextOffset <= offset) break
      offset = read.nextOffset
    }
    return last
  },
  Effect.timeout(longestWait),
  Effect.catch((error: { readonly message: string }) =>
    Effect.as(
      Effect.logWarning("the last published tick was not read: a gap before the first price stays open").pipe(
        Effect.annotateLogs({ error: error.message })
      ),
      undefined
    )
  )
)
