// Foreign boundary: requests of React Query.
import { covers, type Pause, type PauseScope } from "@millrace/contracts/schemas"
import { useQuery } from "@tanstack/react-query"
import { ask } from "./client.ts"
import { useSession } from "./useSession.ts"

const none: ReadonlyArray<Pause> = []

/** Pauses that hold, for members of the installation; for others none are known. */
export const usePauses = () => {
  const { wholeInstallation } = useSession()
  return useQuery({
    queryKey: ["pauses"],
    enabled: wholeInstallation,
    queryFn: ({ signal }) => ask((api) => api.controls.pauses(), signal),
    refetchInterval: 3_000
  })
}

/** The pause that holds all of the scope; a wider one counts, too. */
export const pauseOf = (pauses: ReadonlyArray<Pause> | undefined, scope: PauseScope): Pause | undefined =>
  (pauses ?? none).find((pause) => covers(pause, scope))

/** The logical topic of a lane's physical one: `notifications.critical` is a lane of `notifications`. */
export const logicalTopic = (physical: string, lane: string): string =>
  physical.endsWith(`.${lane}`) ? physical.slice(0, -lane.length - 1) : physical
