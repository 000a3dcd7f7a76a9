import { Clock, Effect, Option } from "effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type { SendResult } from "./AlertChannel.ts"

/** Longest wait that a channel may ask for; one that says more has mixed up its units. */
const longestWaitMs = 3_600_000
const within = "10 seconds"

/** An answer of a channel's HTTP endpoint. */
export interface ChannelAnswer {
  readonly status: number
  /** Header names in small letters. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** First part of the body. */
  readonly text: string
}

/**
 * Posts JSON and lets the channel judge the answer. Redirects are not followed: they are an answer as any other.
 *
 * No answer within 10 s, or none at all, is a `Retry`; what it says never holds the address, which is a secret.
 */
export const postJson = (
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  judge: (answer: ChannelAnswer) => SendResult
): Effect.Effect<SendResult> =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const request = HttpClientRequest.post(url).pipe(
      HttpClientRequest.bodyText(body, "application/json"),
      HttpClientRequest.setHeaders({ "user-agent": "millrace-alerts", ...headers })
    )
    const response = yield* client.execute(request)
    const text = yield* response.text
    return judge({ status: response.status, headers: response.headers, text: text.slice(0, 1_000) })
  }).pipe(
    Effect.timeoutOption(within),
    Effect.map(Option.getOrElse((): SendResult => ({ _tag: "Retry", reason: `no answer within ${within}` }))),
    Effect.catch((error) => Effect.succeed<SendResult>({ _tag: "Retry", reason: `no answer: ${codeOf(error)}` })),
    Effect.provide(FetchHttpClient.layer),
    Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" })
  )

/** Retry or refuse by the status alone; the address is wrong, gone or forbidden, or the channel is busy. */
export const judgeStatus = ({ headers, status, text }: ChannelAnswer, afterMs?: number): SendResult => {
  const said = text === "" ? "" : `: ${text.replaceAll(/\s+/gu, " ").slice(0, 200)}`
  const reason = `status ${status}${said}`
  if (status === 429 || status === 503) {
    const wait = afterMs ?? retryAfterMs(headers["retry-after"])
    return { _tag: "Retry", reason, ...(wait === undefined ? {} : { afterMs: Math.min(wait, longestWaitMs) }) }
  }
  return status === 408 || status >= 500 ? { _tag: "Retry", reason } : { _tag: "Refused", reason }
}

/** Milliseconds of a Retry-After in seconds; a date is left to the usual waits. */
export const retryAfterMs = (value: string | undefined): number | undefined => {
  const seconds = value === undefined || value.trim() === "" ? Number.NaN : Number(value)
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1000) : undefined
}

/** A code such as ECONNREFUSED, found in an error or its causes; their messages may hold the address. */
const codeOf = (error: unknown): string => {
  let at: unknown = error
  for (let depth = 0; depth < 8 && typeof at === "object" && at !== null; depth++) {
    const code = Reflect.get(at, "code")
    if (typeof code === "string") return code
    at = Reflect.get(at, "cause") ?? Reflect.get(at, "reason")
  }
  return "the connection failed"
}

/** Whole seconds since 1970, by the fiber's clock. */
export const nowSeconds = Effect.map(Clock.currentTimeMillis, (ms) => Math.floor(ms / 1000))
