import { Data, Effect, Option } from "effect"
import { HttpServerRequest, type HttpServerResponse } from "effect/http"

/** How deep arrays and objects of a request's body may lie in each other; what is sent rightly needs less than ten. */
export const deepestJson = 64

/** A body nests deeper than what reads and writes it can go without a stack of its own. */
export class TooDeep extends Data.TaggedError("TooDeep") {}

const [quote, backslash] = [34, 92]
const opening = new Set([91, 123])
const closing = new Set([93, 125])

/** Whether the JSON text nests deeper; brackets within its strings count for nothing. Looks at each character once. */
export const isDeeper = (text: string, deepest: number): boolean => {
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (inString) {
      if (code === backslash) at += 1
      else if (code === quote) inString = false
    } else if (code === quote) inString = true
    else if (opening.has(code)) {
      depth += 1
      if (depth > deepest) return true
    } else if (closing.has(code)) depth -= 1
  }
  return false
}

/** Refuses a request whose body nests too deep, before anything reads it. What can't be read is left to whoever reads it. */
export const withBoundedJson = <E, R>(app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    if (request.method === "GET" || request.method === "HEAD") return yield* app
    const text = yield* Effect.option(request.text)
    if (Option.isSome(text) && isDeeper(text.value, deepestJson)) return yield* new TooDeep()
    return yield* app
  })
