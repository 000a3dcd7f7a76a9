// Foreign boundary: requests of React Query.

import type { SessionInfo } from "@millrace/api"
import type { Permission } from "@millrace/contracts/schemas"
import { tagOf } from "@millrace/page-parts"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { createContext, useCallback, useContext } from "react"
import { actAs, ask } from "./client.ts"

/** Who is signed in, read once; null: nobody. The page's later requests act as him. */
export const useCurrentSession = () =>
  useQuery({
    queryKey: ["session"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }): Promise<SessionInfo | null> => {
      try {
        const session = await ask((api) => api.session.current(), signal)
        actAs(session)
        return session
      } catch (error) {
        if (tagOf(error) !== "Unauthenticated") throw error
        actAs(undefined)
        return null
      }
    }
  })

/** Takes over a session that a sign-in, a link or a choice of workspace gave: nothing of another one stays. */
export const useEnter = () => {
  const client = useQueryClient()
  return useCallback(
    (session: SessionInfo | null) => {
      actAs(session ?? undefined)
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" })
      client.setQueryData(["session"], session)
    },
    [client]
  )
}

export const SessionContext = createContext<SessionInfo | undefined>(undefined)

/** The session of everything inside the frame. */
export const useSession = (): SessionInfo => {
  const session = useContext(SessionContext)
  if (session === undefined) throw new Error("useSession is used outside of the signed-in page")
  return session
}

/** Whether the one who is signed in may do that. */
export const useMay = (permission: Permission): boolean => useSession().permissions.includes(permission)
