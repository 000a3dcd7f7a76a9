import { Skeleton, Stack } from "@mantine/core"
import type { UseQueryResult } from "@tanstack/react-query"
import type { ReactNode } from "react"
import { EmptyState } from "./EmptyState.tsx"
import { FailedState } from "./FailedState.tsx"
import { useWords } from "./useWords.ts"
import type { WordKey } from "./Vocabulary.ts"

interface RemoteProps<A> {
  readonly query: Pick<UseQueryResult<A>, "data" | "error" | "isPending" | "refetch">
  /** Whether the answer holds nothing to show. */
  readonly isEmpty?: (data: A) => boolean
  /** What is said then. */
  readonly empty?: WordKey
  readonly children: (data: A) => ReactNode
}

/**
 * An answer of the API in each of its states: on its way, failed, empty, there.
 *
 * A failure after an answer shows above what was there before.
 */
export function Remote<A>({ query, isEmpty, empty = "state.empty", children }: RemoteProps<A>) {
  const { say } = useWords()
  const failed = query.error === null ? null : <FailedState error={query.error} onRetry={() => void query.refetch()} />
  if (query.data === undefined) {
    if (failed !== null) return failed
    return (
      <Stack gap="xs" role="status" aria-label={say("state.loading")}>
        <Skeleton height={28} />
        <Skeleton height={28} />
        <Skeleton height={28} width="70%" />
      </Stack>
    )
  }
  return (
    <>
      {failed}
      {isEmpty?.(query.data) === true ? <EmptyState text={say(empty)} /> : children(query.data)}
    </>
  )
}
