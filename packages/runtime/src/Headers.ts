/** Names of the headers that every record carries. */
export const workspaceHeader = "workspace-id"
export const traceHeader = "traceparent"
export const contentTypeHeader = "content-type"
export const jsonContentType = "application/json"

const decoder = new TextDecoder()

/** Returns a header's text; undefined when the record does not carry it. */
export const headerText = (headers: Readonly<Record<string, Uint8Array>>, name: string): string | undefined => {
  const bytes = headers[name]
  return bytes === undefined ? undefined : decoder.decode(bytes)
}

/** Returns all headers as text. */
export const headerTexts = (headers: Readonly<Record<string, Uint8Array>>): Readonly<Record<string, string>> => {
  const texts: Record<string, string> = {}
  for (const name in headers) {
    const bytes = headers[name]
    if (bytes !== undefined) texts[name] = decoder.decode(bytes)
  }
  return texts
}
