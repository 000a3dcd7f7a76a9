import type { AlertNotice, ToldAlert } from "@millrace/contracts"
import { webhookHeaders } from "@millrace/telemetry"
import { DateTime, Effect, Redacted } from "effect"
import type { AlertChannel, SendResult } from "./AlertChannel.ts"
import { short } from "./noticeText.ts"
import { type ChannelAnswer, judgeStatus, nowSeconds, postJson } from "./postJson.ts"

/** A webhook signed as Standard Webhooks say; its id is the same for each try, so that a double is seen. */
export const webhookChannel = (url: Redacted.Redacted, secret: Redacted.Redacted): AlertChannel => ({
  name: "webhook",
  send: Effect.fnUntraced(function* (_, notice) {
    const body = JSON.stringify(webhookBody(notice))
    const headers = webhookHeaders(Redacted.value(secret), {
      id: `msg_${notice.noticeId}`,
      timestampSeconds: yield* nowSeconds,
      body
    })
    return yield* postJson(Redacted.value(url), body, headers, judge)
  })
})

/** Every 2xx is a success; 410 and other refusals are final, as Standard Webhooks say; a redirect is a refusal. */
const judge = (answer: ChannelAnswer): SendResult =>
  answer.status >= 200 && answer.status <= 299
    ? { _tag: "Delivered", detail: `status ${answer.status}` }
    : judgeStatus({ ...answer, text: "" })

/** Standard Webhooks advise less than 20 kB. */
const mostBytes = 18_000

/**
 * What programs read: the notice under a type that says whether it begins or ends. Long texts are cut, and alerts that do
 * not fit are counted in `more` (those that fire) or left out (those that are over).
 */
export const webhookBody = (notice: AlertNotice): unknown => {
  const bodyOf = (data: AlertNotice) => ({
    type: `alert.${notice.kind}`,
    timestamp: DateTime.formatIso(DateTime.makeUnsafe(notice.atMs)),
    data
  })
  let data: AlertNotice = {
    ...notice,
    title: short(notice.title, 300),
    whatToDo: short(notice.whatToDo, 1_000),
    firing: notice.firing.map(cut),
    resolved: notice.resolved.map(cut)
  }
  while (Buffer.byteLength(JSON.stringify(bodyOf(data))) > mostBytes && data.firing.length + data.resolved.length > 0)
    data =
      data.resolved.length > 0
        ? { ...data, resolved: data.resolved.slice(0, -1) }
        : { ...data, firing: data.firing.slice(0, -1), more: data.more + 1 }
  return bodyOf(data)
}

const cut = (alert: ToldAlert): ToldAlert => ({
  ...alert,
  subject: short(alert.subject, 200),
  detail: short(alert.detail, 300)
})
