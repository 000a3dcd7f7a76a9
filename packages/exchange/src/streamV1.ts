import { LnMarketsStream } from "@millrace/contracts"
import { Effect, Result, Schema } from "effect"
import type { ExchangeError } from "./Exchange.ts"
import type { ExchangeSettings } from "./ExchangeConfig.ts"
import { answeredPings } from "./heartbeat.ts"
import type { StreamCallFailed, StreamCalls } from "./StreamCalls.ts"
import type { StreamUnavailable } from "./StreamConnection.ts"
import type { StreamProtocol } from "./StreamSession.ts"
import { applicationCode, authenticate, refusal, type StreamAccount, unavailable } from "./streamAuthentication.ts"

export interface StreamV1Options {
  readonly topics: ReadonlyArray<string>
  /** Left out when the key may not read them. */
  readonly optionalTopics?: ReadonlyArray<string>
  /** Absent: a public session. */
  readonly account?: StreamAccount
}

/** Stream v1: authenticates with a fresh nonce, subscribes, pings. */
export const streamV1 = (settings: ExchangeSettings, options: StreamV1Options): StreamProtocol => ({
  url: settings.streamUrl.href,
  side: options.account === undefined ? "public" : "account",
  start: Effect.fnUntraced(function* (calls) {
    if (options.account !== undefined) yield* authenticate(calls, options.account)
    yield* subscribe(calls, options)
  }),
  readPush: (message) => {
    const push = decodePush(message)
    return Result.isSuccess(push) ? push.success.params : undefined
  },
  heartbeat: answeredPings(settings.pingInterval, settings.pongTimeout),
  // An account may be quiet for days.
  ...(options.account === undefined ? { renewAfter: settings.renewAfter } : {})
})

const decodePush = Schema.decodeUnknownResult(LnMarketsStream.Push)

const subscribe = Effect.fnUntraced(function* (calls: StreamCalls, options: StreamV1Options) {
  const { optionalTopics = [], topics } = options
  const ask = (wanted: ReadonlyArray<string>) =>
    Effect.mapError(
      calls.call("subscribe", { topics: wanted }, LnMarketsStream.SubscribeResult),
      (failure) => forbidden(failure) ?? unavailable(failure)
    )
  const all = ask([...topics, ...optionalTopics])
  const answer = yield* optionalTopics.length === 0 ? all : Effect.catchTag(all, "ExchangeError", () => ask(topics))
  const missing = topics.filter((topic) => !answer.subscribed.includes(topic))
  if (missing.length === 0) return
  const detail = `the exchange did not subscribe ${missing.join(", ")}`
  if (options.account === undefined) return yield* Effect.fail<StreamUnavailable>({ _tag: "StreamUnavailable", detail })
  return yield* refusal("subscribe", "forbidden", detail, undefined)
})

/** The key lacks a permission; other refusals may pass. */
const forbidden = ({ detail, error }: StreamCallFailed): ExchangeError | undefined => {
  const code = error === undefined ? undefined : applicationCode(error)
  return code === "FORBIDDEN" ? refusal("subscribe", "forbidden", detail, code) : undefined
}
