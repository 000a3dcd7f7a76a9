/** What stands in a shown value where a secret was. */
export const hiddenSecret = "<redacted>"

const secretName =
  /pass(word|phrase)|secret|token|authorization|cookie|credential|signature|(api|private|access|master)[-_]?key/iu
const secretText = /\b(?:Bearer\s+\S+|mlr_[\w-]{8,}|eyJ[\w-]{8,}\.[\w-]+\.[\w-]+)/gu
const deepest = 32

/** A text without bearer tokens, tokens of our own and signed tokens. */
export const hideInText = (text: string): string => text.replaceAll(secretText, hiddenSecret)

/**
 * Returns a decoded value for people to look at: fields that are named like secrets are hidden whole, and so are tokens
 * within texts. Nothing deeper than 32 levels is shown.
 */
export const hideSecrets = (value: unknown, depth = 0): unknown => {
  if (typeof value === "string") return hideInText(value)
  if (typeof value !== "object" || value === null) return value
  if (depth >= deepest) return hiddenSecret
  if (Array.isArray(value)) return value.map((one) => hideSecrets(one, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      secretName.test(name) && isText(field) ? hiddenSecret : hideSecrets(field, depth + 1)
    ])
  )
}

/** Numbers and flags of such names are counts and states, for example `tokenCount`. */
const isText = (field: unknown): boolean => typeof field === "string" || (typeof field === "object" && field !== null)

/** Whether a value, as somebody gives it back, still has something hidden in it. */
export const hasHidden = (value: unknown): boolean => JSON.stringify(value)?.includes(hiddenSecret) === true
