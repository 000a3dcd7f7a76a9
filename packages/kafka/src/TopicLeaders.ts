import { murmur2 } from "@millrace/contracts"
import type { ProducerRecord, TopicPartition } from "./KafkaClient.ts"
import type { TopicLookup } from "./KafkaJsCluster.ts"

/** Who leads each partition of the topics that a producer sends to. */
export class TopicLeaders {
  private readonly leaders = new Map<string, ReadonlyArray<number>>()
  private turn = 0

  unknown(records: ReadonlyArray<ProducerRecord>): ReadonlyArray<string> {
    return [...new Set(records.map(({ topic }) => topic))].filter((topic) => !this.leaders.has(topic))
  }

  /** Takes a topic over from a look-up; forgets one that is gone. */
  learn(topics: Iterable<string>, lookup: TopicLookup): void {
    for (const topic of topics) {
      const found: Array<number> = []
      for (const { leader, partitionId } of lookup(topic)) found[partitionId] = leader
      if (found.length > 0) this.leaders.set(topic, found)
      else this.leaders.delete(topic)
    }
  }

  learnAgain(lookup: TopicLookup): void {
    this.learn([...this.leaders.keys()], lookup)
  }

  /** The partition asked for, else that of the key as Kafka chooses it; records without a key take turns. */
  partitionFor(record: ProducerRecord): number {
    if (record.partition !== undefined) return record.partition
    const count = this.leaders.get(record.topic)?.length ?? 1
    if (record.key !== null) return (murmur2(record.key) & 0x7fffffff) % count
    this.turn += 1
    return this.turn % count
  }

  leaderOf({ partition, topic }: TopicPartition): number | undefined {
    return this.leaders.get(topic)?.[partition]
  }
}
