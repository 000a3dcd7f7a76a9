import { LnMarketsRest } from "@millrace/contracts"
import { Result, Schema } from "effect"
import { ExchangeError } from "./Exchange.ts"
import type { RestFailure, RestReply } from "./RestConnection.ts"

/** A call as errors name it; `effect` calls change something at the exchange. */
export interface RestOperation {
  readonly name: string
  readonly effect: boolean
}

type Reason = ExchangeError["reason"]

const decodeBody = Schema.decodeUnknownResult(Schema.fromJsonString(LnMarketsRest.ErrorBody))

/** No answer came: not applied when nothing was sent, else unknown for a call with an effect. */
export const failureWithoutAnswer = (operation: RestOperation, failure: RestFailure): ExchangeError =>
  new ExchangeError({
    operation: operation.name,
    reason: failure.sent ? "replyLost" : "connectFailed",
    applied: failure.sent && operation.effect ? "unknown" : "no",
    detail: failure.detail
  })

/** The answer's status says what happened; its `code` text only adds to the message. */
export const failureOfStatus = (operation: RestOperation, reply: RestReply, nowMs: number): ExchangeError => {
  const body = Result.getOrElse(decodeBody(reply.body), (): LnMarketsRest.ErrorBody => ({}))
  const reason = reasonOfStatus(reply.status)
  const retryAfterMs = parseRetryAfter(reply.retryAfter, nowMs)
  return new ExchangeError({
    operation: operation.name,
    reason,
    applied: operation.effect && !surelyNotApplied(reply.status) ? "unknown" : "no",
    status: reply.status,
    ...(body.code === undefined ? {} : { code: body.code.slice(0, 64) }),
    detail: (body.message ?? body.error ?? `status ${reply.status} without a message`).slice(0, 200),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs })
  })
}

/** The answer does not fit its schema. What it answered may well have been applied. */
export const failureOfAnswer = (operation: RestOperation, status: number, issue: string): ExchangeError =>
  new ExchangeError({
    operation: operation.name,
    reason: "invalidReply",
    applied: operation.effect ? "unknown" : "no",
    status,
    detail: `the answer does not fit its schema: ${issue.slice(0, 400)}`
  })

const reasonOfStatus = (status: number): Reason => {
  if (status === 401) return "unauthorized"
  if (status === 403) return "forbidden"
  if (status === 404) return "notFound"
  if (status === 429) return "rateLimited"
  if (status === 408 || status >= 500) return "unavailable"
  return status >= 400 ? "badRequest" : "invalidReply"
}

/** 4xx refuses; 502 to 504 come from before the trading engine. A plain 500 may have happened after the effect. */
const surelyNotApplied = (status: number): boolean =>
  (status >= 400 && status < 500) || status === 502 || status === 503 || status === 504

/** Seconds or an HTTP date, as milliseconds from now. */
export const parseRetryAfter = (value: string | undefined, nowMs: number): number | undefined => {
  if (value === undefined || value.trim() === "") return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Math.max(0, Math.ceil(seconds * 1000))
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs)
}
