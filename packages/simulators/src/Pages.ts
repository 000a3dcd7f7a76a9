/** Lists of both REST versions: newest first; v3's in pages with an opaque cursor. */
import { Result } from "effect"
import { badRequest, type Refusal } from "./MarketState.ts"

export interface Page<A> {
  readonly data: ReadonlyArray<A>
  readonly nextCursor: string | null
}

export interface Listed<A> {
  readonly id: string
  readonly timeMs: number
  readonly value: () => A
}

/** A page of the items by `from`, `to` (ISO), `limit` (1 to 1000, default 1000) and `cursor` (from the page before). */
export const pageOf = <A>(
  items: ReadonlyArray<Listed<A>>,
  query: URLSearchParams,
  oldestFirst = true
): Result.Result<Page<A>, Refusal> => {
  const from = timeOf(query.get("from"), 0)
  const to = timeOf(query.get("to"), Number.POSITIVE_INFINITY)
  const limit = Number(query.get("limit") ?? 1000)
  if (Number.isNaN(from) || Number.isNaN(to)) return badRequest("from and to must be ISO-8601 times")
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    return badRequest(`limit is ${query.get("limit")}, expected 1 to 1000`)
  const ordered = oldestFirst ? items.toReversed() : items
  const wanted = ordered.filter((item) => item.timeMs >= from && item.timeMs <= to)
  const cursor = query.get("cursor")
  const start = cursor === null ? 0 : wanted.findIndex((item) => item.id === cursor) + 1
  if (cursor !== null && start === 0) return badRequest("cursor is not known; start again without one")
  const chosen = wanted.slice(start, start + limit)
  const more = start + limit < wanted.length
  return Result.succeed({ data: chosen.map((item) => item.value()), nextCursor: more ? chosen.at(-1)!.id : null })
}

/** A list of API v2, newest first: `from` and `to` in milliseconds, `limit` 1 to 1000 (default 1000). */
export const listOf = <A>(
  items: ReadonlyArray<Listed<A>>,
  query: URLSearchParams
): Result.Result<ReadonlyArray<A>, Refusal> => {
  const from = Number(query.get("from") ?? 0)
  const to = Number(query.get("to") ?? Number.POSITIVE_INFINITY)
  const limit = Number(query.get("limit") ?? 1000)
  if (Number.isNaN(from) || Number.isNaN(to)) return badRequest("from and to must be milliseconds")
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    return badRequest(`limit is ${query.get("limit")}, expected 1 to 1000`)
  const wanted = items.toReversed().filter((item) => item.timeMs >= from && item.timeMs <= to)
  return Result.succeed(wanted.slice(0, limit).map((item) => item.value()))
}

const timeOf = (text: string | null, missing: number): number => (text === null ? missing : Date.parse(text))
