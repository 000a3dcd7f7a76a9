// Foreign boundary: requests of React Query.
import { useQuery } from "@tanstack/react-query"
import { ask } from "./client.ts"

/** Every topic with its lanes, counts and lag, asked again and again. */
export const useTopics = () =>
  useQuery({
    queryKey: ["topics"],
    queryFn: ({ signal }) => ask((api) => api.topics.list(), signal),
    refetchInterval: 3_000
  })
