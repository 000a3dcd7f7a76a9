import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import type { ClusterLink } from "../src/KafkaJsCluster.ts"
import { toKafkaError } from "../src/KafkaJsErrors.ts"
import { boundsOf } from "../src/KafkaJsOffsets.ts"
import type { Cluster } from "../src/KafkaJsProtocol.ts"

/** A cluster whose partition has moved from broker 1 to broker 2, which its metadata tells only once it is looked up. */
const movedLeader = () => {
  let known = 1
  let refreshes = 0
  const brokers: ReadonlyArray<number> = [1, 2]
  const listOffsets = (nodeId: number) => async () => {
    if (nodeId === 1) throw Object.assign(new Error("not the leader"), { type: "NOT_LEADER_FOR_PARTITION" })
    return { responses: [{ topic: "t", partitions: [{ partition: 0, offset: "7" }] }] }
  }
  const cluster = {
    addMultipleTargetTopics: async () => {},
    refreshMetadata: async () => {
      known = 2
      refreshes += 1
    },
    findTopicPartitionMetadata: () => [{ partitionId: 0, leader: known }],
    findBroker: async ({ nodeId }: { readonly nodeId: number }) => ({
      listOffsets: listOffsets(brokers.find((id) => id === nodeId)!)
    })
  } as unknown as Cluster
  const link = {
    use: <A>(operation: string, request: (cluster: Cluster) => Promise<A>) =>
      Effect.tryPromise({ try: () => request(cluster), catch: toKafkaError(operation) })
  } as unknown as ClusterLink
  return { link, refreshes: () => refreshes }
}

it.effect("asks the new leader when a partition's leader has moved", () =>
  Effect.gen(function* () {
    const { link, refreshes } = movedLeader()
    const bounds = yield* boundsOf(link, [{ topic: "t", partition: 0 }])
    assert.deepStrictEqual([...bounds.values()], [{ start: 7, end: 7 }])
    assert.strictEqual(refreshes(), 1)
  })
)
