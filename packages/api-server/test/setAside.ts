import { type MarginEvent, partitionOf, RecordCodec, type TopicContract, TopicsFile } from "@millrace/contracts"
import { deadLetterRecord, Publisher } from "@millrace/runtime"
import { Effect } from "effect"

const encoder = new TextEncoder()

/** A letter as a worker would have written it. */
export interface PlannedLetter {
  readonly key: string
  readonly value: unknown
  readonly workspaceId: string
  readonly cause?: string
}

let letters = 0

/** Writes letters to the dead letters of a topic, of its default lane. */
export const setAside = Effect.fnUntraced(function* (
  contract: TopicContract<unknown>,
  planned: ReadonlyArray<PlannedLetter>
) {
  const publisher = yield* Publisher
  const codec = yield* RecordCodec
  const topic = yield* (yield* TopicsFile).declared(contract.name)
  const lane = topic.lanes.find(({ isDefault }) => isDefault)!
  yield* codec.prepare([contract])
  for (const { cause = "no luck", key, value, workspaceId } of planned) {
    letters += 1
    const letter = {
      record: {
        offset: letters,
        timestampMs: 500 + letters,
        key: encoder.encode(key),
        value: yield* Effect.fromResult(codec.encode(contract, value)),
        headers: { "workspace-id": encoder.encode(workspaceId) }
      },
      origin: { topic: lane.topic, partition: partitionOf(contract, key, topic.partitions), lane: lane.name },
      deadLetterTopic: topic.deadLetters.topic,
      failure: { kind: "permanent", tag: "Refused", message: cause, stack: undefined },
      attempts: 1,
      firstFailureMs: 1_000 + letters,
      lastFailureMs: 1_000 + letters,
      service: "it-worker"
    } as const
    yield* publisher.sendRaw([deadLetterRecord(letter, "1")])
  }
})

/** A value of margin-events that tells which one it is by its price. */
export const marginEvent = (accountId: string, priceUsd: number): MarginEvent => ({
  eventId: `event-${priceUsd}`,
  accountId,
  positionId: "p1",
  level: "warning",
  previousLevel: "normal",
  figures: { marginLoss: 0.8, exchangeMarginRatio: 0.5, distanceToLiquidation: 0.1, pnlSats: -1 },
  priceUsd: priceUsd + 1,
  marketTimeMs: 1,
  decidedAtMs: 1
})
