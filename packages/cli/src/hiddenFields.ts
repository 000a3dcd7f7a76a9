/** Names of fields and headers whose values nobody is shown, wherever they stand. */
const secretNames =
  /pass(?:word|phrase)|secret|token|api[-_]?key|private[-_]?key|authorization|cookie|signature|macaroon|preimage|credential/iu

/** What stands in the place of a hidden value. */
export const hidden = "<redacted>"

/** Whether the value of a field or header of this name is hidden. */
export const isHidden = (name: string): boolean => secretNames.test(name)

/** Returns a JSON value with the values of all fields hidden whose names say that they are secrets. */
export const withoutSecrets = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutSecrets)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      isHidden(name) && field !== null ? hidden : withoutSecrets(field)
    ])
  )
}
