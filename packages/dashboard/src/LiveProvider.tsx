// Foreign boundary: follows the server's events for as long as the page is open.
import type { LiveEvent } from "@millrace/api"
import { useQueryClient } from "@tanstack/react-query"
import { Effect, Schedule, Stream } from "effect"
import { type ReactNode, useEffect, useMemo, useState } from "react"
import { ask } from "./client.ts"
import { LiveContext } from "./useLive.ts"

const again = Schedule.min([Schedule.exponential("500 millis"), Schedule.spaced("10 seconds")])
/** The server says more often than this that the connection is alive. */
const silentFor = "45 seconds"

const isLast = ({ _tag }: LiveEvent): boolean => _tag === "Replaced"

/**
 * Follows the server's events: the overview is kept as they tell it.
 *
 * A connection that ends or goes silent is opened again, at most ten seconds later; until then the page asks. Where another
 * page of the same session took the events over, this one goes on by asking.
 */
export const LiveProvider = ({ children }: { readonly children: ReactNode }) => {
  const queries = useQueryClient()
  const [connected, setConnected] = useState(false)
  useEffect(() => {
    const leaving = new AbortController()
    const take = (event: LiveEvent) =>
      Effect.sync(() => {
        setConnected(!isLast(event))
        if (event._tag === "Overview") queries.setQueryData(["overview"], event.overview)
        return isLast(event)
      })
    const following = ask(
      (api) =>
        api.live.events().pipe(
          Effect.flatMap((events) =>
            events.pipe(
              Stream.timeout(silentFor),
              Stream.mapEffect(take),
              Stream.takeUntil((last) => last),
              Stream.runLast
            )
          ),
          Effect.map((last) => last._tag === "Some" && last.value),
          Effect.ensuring(Effect.sync(() => setConnected(false))),
          Effect.orElseSucceed(() => false),
          Effect.repeat({ schedule: again, until: (replaced) => replaced })
        ),
      leaving.signal
    )
    following.catch(() => {})
    return () => leaving.abort()
  }, [queries])
  const live = useMemo(() => ({ connected }), [connected])
  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>
}
