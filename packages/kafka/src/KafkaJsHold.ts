import type { Clock, Scope } from "effect"
import type { ConsumerListener, ConsumerOptions, TopicPartition } from "./KafkaClient.ts"
import type { ClusterLink } from "./KafkaJsCluster.ts"
import type { OwnershipFence } from "./OwnershipFence.ts"

/** What a consumer is made of. */
export interface ConsumerParts {
  readonly link: ClusterLink
  readonly options: ConsumerOptions
  readonly listener: ConsumerListener
  readonly clock: Clock.Clock
  readonly fence: OwnershipFence
}

/** What this member reads now, from `onAssigned` to the end of `onRevoked`. */
export interface Hold {
  readonly epoch: number
  readonly partitions: ReadonlyArray<TopicPartition>
  readonly scope: Scope.Closeable
}
