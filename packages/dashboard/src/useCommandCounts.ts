import { useQuery } from "@tanstack/react-query"
import { ask } from "./client.ts"

/** How many commands of the workspace wait, are unknown, or ended without effect; asked from every page. */
export const useCommandCounts = () =>
  useQuery({
    queryKey: ["commands", "counts"],
    queryFn: ({ signal }) => ask((api) => api.commands.counts(), signal),
    refetchInterval: 3_000
  })
