import { type Topic, type TopicContract, topicContracts } from "@millrace/contracts"
import type { ConsumedRecord } from "@millrace/kafka"
import { headerText, textOf } from "@millrace/runtime"

/** What a search reads: topics of the broker with records of one kind. */
export interface SearchedTopic {
  readonly lanes: ReadonlyArray<{
    readonly name: string
    /** Physical topic. */
    readonly topic: string
  }>
  /** By which values are read; absent: as JSON without a schema. */
  readonly contract: TopicContract<unknown> | undefined
  /**
   * Whether a key's records lie in its own partition. Dead letters and parked records do not; the latter tell their key in a
   * header.
   */
  readonly keyed: boolean
}

/** All lanes of a topic. */
export const searchedTopic = ({ lanes, name }: Topic): SearchedTopic => ({
  lanes,
  contract: (topicContracts as ReadonlyArray<TopicContract<unknown>>).find((contract) => contract.name === name),
  keyed: true
})

/** The key that a record has, or had in its own topic. */
export const originKey = ({ headers, key }: ConsumedRecord, { keyed }: SearchedTopic): string | undefined => {
  const parked = keyed ? undefined : headerText(headers, "parked-key")
  return parked ?? (key === null ? undefined : textOf(key))
}
