// Foreign boundary: reads and parses files of certificates and keys.
import { createPrivateKey, X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import { Config, Schema } from "effect"

/** What a setting holds: certificates, one after the other, or one private key without a passphrase. */
export type PemKind = "certificate" | "key"

/**
 * A setting that holds PEM text, or the path of a file with it; the file is read once, at the start.
 *
 * `\n` written as two characters counts as the end of a line, as in files of environments. What is no certificate or key, and
 * a file that can't be read, is told with the setting's name and never with its content.
 */
export const pem = (kind: PemKind, name: string): Config.Config<string> => {
  const given = Schema.NonEmptyString.check(Schema.makeFilter((text: string) => issueOf(kind, text)))
  return Config.map(Config.schema(given, name), textOf)
}

const isText = (given: string): boolean => given.includes("-----BEGIN ")

const textOf = (given: string): string =>
  isText(given) ? given.replaceAll("\\n", "\n") : readFileSync(given.trim(), "utf8")

const issueOf = (kind: PemKind, given: string): string | undefined => {
  try {
    const text = textOf(given)
    if (kind === "key") createPrivateKey(text)
    else for (const one of certificatesIn(text)) new X509Certificate(one)
    return undefined
  } catch (cause) {
    const code: unknown = cause instanceof Error ? Reflect.get(cause, "code") : undefined
    const expected = kind === "key" ? "a private key without a passphrase" : "a certificate"
    return typeof code === "string" && /^E[A-Z]+$/u.test(code)
      ? `Expected ${expected} as PEM text, or the path of a file with it that can be read (${code})`
      : `Expected ${expected} as PEM text, or the path of a file with it`
  }
}

/** Throws where there is none. */
const certificatesIn = (text: string): ReadonlyArray<string> => {
  const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/gu)
  if (found === null) throw new Error("no certificate")
  return found
}
