import { Effect } from "effect"
import type { KafkaError } from "./KafkaClient.ts"
import { kafkaError } from "./KafkaErrors.ts"

/** A group member that holds partitions. */
export interface Holder {
  readonly groupId: string
  /** What it holds may be somebody else's by now: the group forgot it, or has not answered for a session's length. */
  readonly doubtful: () => boolean
}

/**
 * What stands between the members of a process and its sends.
 *
 * A process that was cut off or stood still has to find out that its partitions went to others, and gives them back then. What
 * it decided before lies in its queues and buffers, and must not go out in between: it would come after what the next owner
 * said of the same keys. A send does not tell which partition it is for, so all wait; a caller tries again.
 */
export class OwnershipFence {
  private readonly holders = new Set<Holder>()

  /** Heeds the member while its effect runs. */
  heed<A, E, R>(holder: Holder, serving: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.suspend(() => {
      this.holders.add(holder)
      return Effect.ensuring(
        serving,
        Effect.sync(() => this.holders.delete(holder))
      )
    })
  }

  /** Why nothing may be sent now; undefined: it may. */
  refusal(operation: string): KafkaError | undefined {
    for (const { doubtful, groupId } of this.holders) {
      if (!doubtful()) continue
      const found = `Group ${groupId} did not answer for a session, or has put this member out: what it holds is given back first`
      return kafkaError(operation, "staleEpoch", found)
    }
    return undefined
  }

  /** Fails while nothing may be sent. */
  check(operation: string): Effect.Effect<void, KafkaError> {
    return Effect.suspend(() => {
      const refusal = this.refusal(operation)
      return refusal === undefined ? Effect.void : Effect.fail(refusal)
    })
  }
}
