/** Names of the settings that decide whether a server's certificate is taken. */
export interface TlsNames {
  /** Setting with the certificates to trust. */
  readonly authority: string
  /** Setting with the server's address. */
  readonly address: string
  /** Setting with our own certificate, where there is one. */
  readonly certificate?: string
}

const deepest = 8

interface Failure {
  readonly code?: unknown
  readonly message?: unknown
}

/** A failure and what it was caused by, the outermost first. */
const chainOf = (cause: unknown): ReadonlyArray<Failure> => {
  const found: Array<Failure> = []
  const waiting: Array<unknown> = [cause]
  while (waiting.length > 0 && found.length < deepest) {
    const next = waiting.shift()
    if (typeof next !== "object" || next === null) continue
    found.push(next)
    for (const name of ["cause", "originalError", "reason"]) waiting.push(Reflect.get(next, name))
  }
  return found
}

const untrusted =
  /^(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED|INVALID_CA)$/u
const refusesOurs =
  /^ERR_SSL_(?:TLSV1_ALERT|TLSV13_ALERT|SSLV3_ALERT|SSL\/TLS_ALERT)_(?:CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED|HANDSHAKE_FAILURE|UNSUPPORTED_CERTIFICATE)$/u
const noTls = /^(?:ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG|EPROTO)$/u

const brokenOff = /before secure TLS connection was established/u

/**
 * What happened to a connection that failed by TLS, and what to do about it; `undefined` where TLS had no part in it.
 *
 * @see https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
export const explainTls = (cause: unknown, names: TlsNames): string | undefined => {
  const failures = chainOf(cause)
  const remedy = remedyOf(failures, names)
  if (remedy === undefined) return undefined
  return `${wordsOf(failures).replace(/\.?$/u, ".")} ${remedy}`
}

const remedyOf = (failures: ReadonlyArray<Failure>, names: TlsNames): string | undefined => {
  const has = (pattern: RegExp): boolean => failures.some(({ code }) => typeof code === "string" && pattern.test(code))
  if (has(untrusted)) {
    return `Its certificate is signed by nobody trusted here: set ${names.authority} to the certificate of the authority that signed it.`
  }
  if (has(/^CERT_HAS_EXPIRED$/u)) return "Its certificate has expired: renew it on the server."
  if (has(/^CERT_NOT_YET_VALID$/u)) return "Its certificate is not valid yet: compare the clocks of both machines."
  if (has(/^CERT_REVOKED$/u)) return "Its certificate was revoked: renew it on the server."
  if (has(/^ERR_TLS_CERT_ALTNAME_INVALID$/u)) {
    return `Its certificate is for other names: write one of them in ${names.address}, or give the server a certificate for this one.`
  }
  if (has(refusesOurs)) {
    return names.certificate === undefined
      ? "The server wants a client certificate, which can't be given to it here."
      : `The server wants a client certificate that it trusts: set ${names.certificate} and its key.`
  }
  const broken = has(noTls) || failures.some(({ message }) => brokenOff.test(String(message)))
  return broken ? `Look whether TLS is spoken at the port in ${names.address}.` : undefined
}

/** The first words there are, without what OpenSSL says for its own developers, and Node for its own trust store. */
const wordsOf = (failures: ReadonlyArray<Failure>): string => {
  const words = failures.find(({ message }) => typeof message === "string" && message !== "")?.message
  return String(words ?? "No TLS connection")
    .replace(/[0-9A-F]+:error:[^:]*:[^:]*:[^:]*:([^:]*):[\s\S]*$/u, "$1")
    .replace(/; if the root CA is installed locally[\s\S]*$/u, "")
    .trim()
}
