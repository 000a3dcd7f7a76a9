import { Effect, type Schema } from "effect"
import { ExchangeError } from "./Exchange.ts"
import { isoTime } from "./isoTime.ts"
import type { RestClient } from "./RestClient.ts"

interface Page<A> {
  readonly data: ReadonlyArray<A>
  readonly nextCursor: string | null
}

export interface PagedList<A> {
  readonly operation: string
  readonly path: string
  /** Only what is at or after this time, in milliseconds; absent: everything. */
  readonly fromMs?: number
  readonly answer: Schema.Codec<Page<A>, unknown>
}

/** Pages of one list that are read at most, of 1,000 each. */
const maxPages = 20

/**
 * Reads a list page by page until `take` says that it has seen enough.
 *
 * Fails with `ExchangeError` `invalidReply` when the list is longer than can be read: what is not found by then is not
 * known to be absent.
 */
export const readPages = Effect.fnUntraced(function* <A>(
  rest: RestClient,
  list: PagedList<A>,
  take: (items: ReadonlyArray<A>) => "more" | "enough"
) {
  let cursor: string | null = null
  for (let page = 0; page < maxPages; page++) {
    const answer: Page<A> = yield* rest.read({
      operation: list.operation,
      method: "GET",
      path: list.path,
      query: {
        ...(list.fromMs === undefined ? {} : { from: isoTime(list.fromMs) }),
        limit: 1000,
        ...(cursor === null ? {} : { cursor })
      },
      answer: list.answer
    })
    if (take(answer.data) === "enough" || answer.nextCursor === null) return
    cursor = answer.nextCursor
  }
  return yield* new ExchangeError({
    operation: list.operation,
    reason: "invalidReply",
    applied: "no",
    detail: `the list goes on after ${maxPages} pages of 1,000`
  })
})
