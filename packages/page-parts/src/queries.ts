import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query"
import { tagOf } from "./explainError.ts"

/** Errors that asking again can't mend. */
const final = new Set(["Invalid", "Unauthenticated", "Forbidden", "NotFound", "Conflict", "TooLarge", "TooMany"])

const signedOut = (error: unknown): void => {
  if (tagOf(error) === "Unauthenticated") queries.setQueryData(["session"], null)
}

/** Answers of the API, kept while they are fresh. One that says that nobody is signed in brings sign-in back. */
export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: signedOut }),
  mutationCache: new MutationCache({ onError: signedOut }),
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      gcTime: 5 * 60_000,
      retry: (count, error) => count < 2 && !final.has(tagOf(error) ?? ""),
      refetchOnWindowFocus: true
    },
    mutations: { retry: false }
  }
})
