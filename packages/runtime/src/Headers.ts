/** Names of the headers that every record carries. */
export const workspaceHeader = "workspace-id"
export const traceHeader = "traceparent"
export const contentTypeHeader = "content-type"
export const jsonContentType = "application/json"
/** Wall time in milliseconds, as text: a record that has not been begun by then is not handled any more. */
export const expiresHeader = "expires-at"

const decoder = new TextDecoder()

/** Returns bytes as text; what is not UTF-8 shows as replacement characters. */
export const textOf = (bytes: Uint8Array): string =>
  Buffer.isBuffer(bytes) ? bytes.toString("utf8") : decoder.decode(bytes)

/** Returns a header's text; undefined when the record does not carry it. */
export const headerText = (headers: Readonly<Record<string, Uint8Array>>, name: string): string | undefined => {
  const bytes = headers[name]
  return bytes === undefined ? undefined : textOf(bytes)
}

/** Returns all headers as text. */
export const headerTexts = (headers: Readonly<Record<string, Uint8Array>>): Readonly<Record<string, string>> => {
  const texts: Record<string, string> = {}
  for (const name in headers) {
    const bytes = headers[name]
    if (bytes !== undefined) texts[name] = textOf(bytes)
  }
  return texts
}
