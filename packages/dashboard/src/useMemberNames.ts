// Foreign boundary: requests of React Query.
import { useQuery } from "@tanstack/react-query"
import { useCallback, useMemo } from "react"
import { ask } from "./client.ts"
import { useMay, useSession } from "./useSession.ts"

/** Names those who act: members by their names where the one who looks may see them, all others by their ids. */
export const useMemberNames = (): ((actor: string) => string) => {
  const { user } = useSession()
  const administers = useMay("administer")
  const members = useQuery({
    queryKey: ["members", "names"],
    enabled: administers,
    staleTime: 60_000,
    queryFn: ({ signal }) => ask((api) => api.users.list({ query: { limit: 500 } }), signal)
  })
  const names = useMemo(
    () => new Map([...(members.data?.items ?? []), user].map(({ name, userId }) => [userId, name])),
    [members.data, user]
  )
  return useCallback((actor: string) => names.get(actor) ?? actor, [names])
}
