import type { PhraseValues } from "./phrase.ts"
import type { WordKey } from "./Vocabulary.ts"

/** An error in the page's words, with what the server said besides. */
export interface ExplainedError {
  readonly key: WordKey
  readonly values: PhraseValues
  /** In the server's own words, English; absent: it said nothing more. */
  readonly detail?: string
}

const keyOf: Readonly<Record<string, WordKey>> = {
  Invalid: "error.invalid",
  Unauthenticated: "error.signedOut",
  Forbidden: "error.forbidden",
  NotFound: "error.notFound",
  Conflict: "error.conflict",
  TooLarge: "error.tooLarge",
  TooMany: "error.tooMany",
  Failed: "error.failed",
  Unavailable: "error.unavailable"
}

/** The tag of an error of the API; undefined of any other. */
export const tagOf = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "_tag" in error && typeof error._tag === "string"
    ? error._tag
    : undefined

const field = (error: unknown, name: string): string | number | undefined => {
  const value = (error as Readonly<Record<string, unknown>>)[name]
  return typeof value === "string" || typeof value === "number" ? value : undefined
}

/** What the page says about an error: by its tag, else that the server does not answer. */
export const explainError = (error: unknown): ExplainedError => {
  const key = keyOf[tagOf(error) ?? ""]
  if (key === undefined) return { key: "error.network", values: {} }
  const detail = error instanceof Error ? error.message : ""
  return {
    key,
    values: { seconds: field(error, "retryAfterSeconds") ?? "", id: field(error, "failureId") ?? "" },
    ...(detail === "" ? {} : { detail })
  }
}
