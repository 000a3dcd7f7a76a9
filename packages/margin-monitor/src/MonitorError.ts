import type { ErrorKind } from "@millrace/contracts"
import { Schema } from "effect"

/** An outcome came for a partition whose tables are not read yet; the record is held. */
export class PartitionNotReady extends Schema.TaggedError<PartitionNotReady>()("PartitionNotReady", {
  partition: Schema.Int
}) {
  readonly kind: ErrorKind = "system"

  override get message() {
    return `Partition ${this.partition} of account-state is not read to its end yet; the outcome waits for it`
  }
}
