import { type InfiniteData, type UseInfiniteQueryResult, useInfiniteQuery } from "@tanstack/react-query"
import { useCallback, useMemo } from "react"

/** A page of a list as the API gives it. */
export interface ListPage<Row> {
  readonly items: ReadonlyArray<Row>
  readonly next?: string
  /** All rows that there are; absent: nobody has counted them. */
  readonly total?: number
}

interface PagesRequest<Row> {
  readonly queryKey: ReadonlyArray<unknown>
  readonly load: (page: { readonly after?: string }, signal: AbortSignal) => Promise<ListPage<Row>>
  readonly everyMs: number
}

/** A list that is loaded page by page, as far as somebody scrolls: its rows so far, and how to load more. */
export interface LoadedPages<Row> {
  readonly query: UseInfiniteQueryResult<InfiniteData<ListPage<Row>>>
  readonly rows: ReadonlyArray<Row>
  /** All rows that there are; infinite: nobody has counted them, and there are more than the rows so far. */
  readonly total: number
  readonly onMore: (() => void) | undefined
}

export const usePages = <Row>({ queryKey, load, everyMs }: PagesRequest<Row>): LoadedPages<Row> => {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => load(pageParam === "" ? {} : { after: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (page: ListPage<Row>) => page.next,
    refetchInterval: everyMs
  })
  const { data, fetchNextPage, hasNextPage, isFetching } = query
  const rows = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data])
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage])
  const counted = data?.pages[0]?.total
  const total = counted ?? (hasNextPage ? Number.POSITIVE_INFINITY : rows.length)
  return { query, rows, total, onMore: hasNextPage && !isFetching ? more : undefined }
}
