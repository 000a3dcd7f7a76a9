import { useInfiniteQuery } from "@tanstack/react-query"
import { useCallback, useEffect, useMemo, useState } from "react"

/** Some of what a search finds. It may be empty and yet not the end. */
export interface FoundPage<Row> {
  readonly items: ReadonlyArray<Row>
  readonly next?: string
  /** What was looked at for it. */
  readonly examined: number
  readonly reachedMs?: number
}

interface SearchRequest<Row> {
  readonly queryKey: ReadonlyArray<unknown>
  readonly load: (page: { readonly after?: string }, signal: AbortSignal) => Promise<FoundPage<Row>>
  /** Asks the first page again and again, and loads no further one. */
  readonly followEveryMs?: number | undefined
}

/** Rows that somebody sees at once, and so waits for. */
const wantedAtOnce = 60
/** Calls in a row that nobody asked for: about a minute of work for the server. */
const callsAtOnce = 40

/**
 * A search in calls of bounded work: it goes on by itself until there is something to see, then as far as somebody scrolls, and
 * stops where nothing is found for long.
 */
export const useSearch = <Row>({ queryKey, load, followEveryMs }: SearchRequest<Row>) => {
  const follows = followEveryMs !== undefined
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => load(pageParam === "" ? {} : { after: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (page: FoundPage<Row>) => page.next,
    refetchInterval: followEveryMs ?? false,
    // What was found stays as it was: a search from its beginning moves the list under its reader.
    refetchOnWindowFocus: false,
    staleTime: 30_000
  })
  const { data, fetchNextPage, hasNextPage, isFetching, isError } = query
  const pages = data?.pages ?? noPages
  const rows = useMemo(() => pages.flatMap(({ items }) => items) as ReadonlyArray<Row>, [pages])
  const name = JSON.stringify(queryKey)
  const [aim, setAim] = useState({ name, rows: wantedAtOnce, calls: callsAtOnce })
  const now = aim.name === name ? aim : { name, rows: wantedAtOnce, calls: callsAtOnce }
  const goesOn = !follows && hasNextPage && !isError && rows.length < now.rows && pages.length < now.calls
  useEffect(() => {
    if (goesOn && !isFetching) void fetchNextPage()
  }, [goesOn, isFetching, fetchNextPage])
  const more = useCallback(
    () => setAim({ name, rows: rows.length + wantedAtOnce, calls: pages.length + callsAtOnce }),
    [name, rows.length, pages.length]
  )
  const stop = useCallback(() => setAim({ name, rows: 0, calls: 0 }), [name])
  return {
    query,
    rows,
    examined: pages.reduce((sum, page) => sum + page.examined, 0),
    reachedMs: pages.at(-1)?.reachedMs,
    searching: goesOn,
    /** Looks further; absent: everything was looked at, or it is at it. */
    more: !follows && hasNextPage && !goesOn ? more : undefined,
    stop
  }
}

const noPages: ReadonlyArray<FoundPage<never>> = []

export type Search<Row> = ReturnType<typeof useSearch<Row>>
