/** Variables whose values are secrets, and those whose addresses may hold a password. */
const secretNames = /(?:PASSWORD|PASSPHRASE|SECRET|TOKEN|MASTER_KEY|API_KEY)$/u
const shown = "<redacted>"
/** Shorter values are too likely to stand in a text by chance. */
const shortestSecret = 8

/** A private key given as text and not as a path: its lines one by one, as a text may quote any of them. */
const linesOfKey = (value: string): ReadonlyArray<string> =>
  value.includes("PRIVATE KEY-----") ? value.split(/\n|\\n/u).filter((line) => !line.startsWith("-----")) : []

const passwordOf = (value: string): ReadonlyArray<string> => {
  const url = URL.parse(value)
  if (url === null || url.password === "") return []
  return [url.password, decodeURIComponent(url.password)]
}

/** The secrets that an environment names: passwords, tokens and keys by their names, passwords of addresses by their form. */
export const knownSecrets = (env: Readonly<Record<string, string | undefined>>): ReadonlyArray<string> => {
  const found = Object.entries(env).flatMap(([name, value = ""]) =>
    secretNames.test(name) ? [value, value.replace(/^whsec_/u, "")] : [...passwordOf(value), ...linesOfKey(value)]
  )
  return [...new Set(found)]
    .filter((secret) => secret.length >= shortestSecret)
    .toSorted((one, other) => other.length - one.length)
}

/** Replaces every known secret in a text; also as JSON and as an address write it. */
export const redactorOf = (secrets: ReadonlyArray<string>): ((text: string) => string) => {
  const forms = [
    ...new Set(secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]))
  ]
  return (text) => {
    let redacted = text
    for (const form of forms) if (redacted.includes(form)) redacted = redacted.replaceAll(form, shown)
    return redacted
  }
}

let ofThisProcess: ((text: string) => string) | undefined

/**
 * The text without the secrets of this process's environment.
 *
 * The last line of defence where texts leave the process (logs, traces, dead letters, health pages, reports): a foreign
 * library's error may quote an address with its password. Secrets of accounts are not known here; they are `Redacted`.
 */
export const redactText = (text: string): string => {
  ofThisProcess ??= redactorOf(knownSecrets(process.env))
  return ofThisProcess(text)
}
