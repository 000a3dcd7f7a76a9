import type { TopicContract } from "@millrace/contracts"
import type { Outcome, Outgoing } from "./Worker.ts"

/** What to publish, typed by the topic's contract. `value: null` is a tombstone; no lane: the topic's default one. */
export interface OutgoingInput<A> {
  readonly key: string
  readonly value: A | null
  readonly workspaceId: string
  readonly lane?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Builds a record to publish. */
export const outgoing = <A>(contract: TopicContract<A>, input: OutgoingInput<A>): Outgoing => ({
  contract: contract as TopicContract<unknown>,
  lane: input.lane,
  key: input.key,
  value: input.value,
  workspaceId: input.workspaceId,
  headers: input.headers ?? noHeaders
})

const noHeaders: Readonly<Record<string, string>> = {}

/** The outcome of a handler that publishes nothing. */
export const nothing: Outcome = { publish: [] }
