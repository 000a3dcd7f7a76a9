import type { ErrorKind } from "@millrace/contracts"
import { Duration, Effect, Schema } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"

/** A service of our own did not answer as expected. */
export class LocalCallFailed extends Schema.TaggedError<LocalCallFailed>()("LocalCallFailed", {
  url: Schema.String,
  problem: Schema.String
}) {
  readonly kind: ErrorKind = "system"

  override get message() {
    return `${this.url}: ${this.problem}`
  }
}

const call = (request: HttpClientRequest.HttpClientRequest, timeout: Duration.Duration) =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const response = yield* client.execute(request)
    const text = yield* response.text
    return { status: response.status, text }
  }).pipe(
    Effect.timeout(timeout),
    Effect.mapError((error) => new LocalCallFailed({ url: request.url, problem: error.message })),
    Effect.provide(FetchHttpClient.layer)
  )

const parsed = (url: string, answer: { readonly status: number; readonly text: string }) =>
  answer.status >= 200 && answer.status < 300
    ? Effect.try({
        try: () => (answer.text === "" ? undefined : JSON.parse(answer.text)) as unknown,
        catch: () => new LocalCallFailed({ url, problem: `expected JSON, found ${answer.text.slice(0, 200)}` })
      })
    : Effect.fail(new LocalCallFailed({ url, problem: `status ${answer.status}: ${answer.text.slice(0, 300)}` }))

/** Gets JSON from a service of our own. */
export const getJson = Effect.fnUntraced(function* (url: string) {
  return yield* parsed(url, yield* call(HttpClientRequest.get(url), Duration.seconds(10)))
})

/** Posts JSON to a service of our own; opening a thousand positions is one call. */
export const postJson = Effect.fnUntraced(function* (url: string, body: unknown) {
  const request = HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.post(url), body)
  return yield* parsed(url, yield* call(request, Duration.seconds(60)))
})

/** Whether a health address answers 200. */
export const isReady = (url: string): Effect.Effect<boolean> =>
  call(HttpClientRequest.get(url), Duration.seconds(2)).pipe(
    Effect.map(({ status }) => status === 200),
    Effect.orElseSucceed(() => false)
  )
