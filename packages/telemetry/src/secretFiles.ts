// Foreign boundary: reads files, and changes the process's environment before anything reads it.
import { readFileSync } from "node:fs"

/** Settings that hold a secret, or an address with one. Each may be given as a file: `NAME_FILE` is its path. */
export const secretSettings: ReadonlyArray<string> = [
  "MILLRACE_MASTER_KEY",
  "MILLRACE_MASTER_KEYS_FORMER",
  "KAFKA_SASL_PASSWORD",
  "DATABASE_URL",
  "REDIS_URL",
  "SCHEMA_REGISTRY_URL",
  "ALERT_URL",
  "ALERT_SECRET",
  "ALERT_SMTP_URL",
  "ALERT_SLACK_URL",
  "ALERT_DISCORD_URL",
  "ALERT_WEBHOOK_URL",
  "ALERT_WEBHOOK_SECRET",
  "HEARTBEAT_URL",
  "SIMULATOR_CONTROL_TOKEN"
]

/**
 * Puts secrets that are given as files into the environment, as platforms mount them: `NAME_FILE` gives way to `NAME`, without the
 * line's end. Called once, before any setting is read; processes that are started from here find the secrets as their own.
 *
 * Returns a line for each that can't be taken: both given, no such file, nothing in it. Nothing of a file's content is told.
 */
export const takeSecretFiles = (env: Record<string, string | undefined>): ReadonlyArray<string> =>
  secretSettings.flatMap((name) => {
    const path = env[`${name}_FILE`]
    if (path === undefined || path === "") return []
    if ((env[name] ?? "") !== "") return [`${name} and ${name}_FILE are both set: remove one of them`]
    const read = textOf(path)
    if ("fault" in read) return [`${name}_FILE names ${path}, which ${read.fault}`]
    env[name] = read.text
    delete env[`${name}_FILE`]
    return []
  })

const textOf = (path: string): { readonly text: string } | { readonly fault: string } => {
  try {
    const text = readFileSync(path, "utf8").replace(/\r?\n$/u, "")
    return text === "" ? { fault: "is empty" } : { text }
  } catch (cause) {
    return { fault: `can't be read (${cause instanceof Error ? Reflect.get(cause, "code") : "unknown"})` }
  }
}
