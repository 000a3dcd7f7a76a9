import type { AlertNotice } from "@millrace/contracts"
import { Redacted } from "effect"
import type { AlertChannel, SendResult } from "./AlertChannel.ts"
import { alertLines, fitting, headline, short } from "./noticeText.ts"
import { type ChannelAnswer, judgeStatus, postJson } from "./postJson.ts"

/** Slack takes about one message a second. */
const pauseMs = 1_000

/** A Slack incoming webhook; its address is a secret. @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export const slackChannel = (url: Redacted.Redacted): AlertChannel => ({
  name: "slack",
  send: (_, notice) => postJson(Redacted.value(url), JSON.stringify(slackBody(notice)), {}, judge)
})

const judge = (answer: ChannelAnswer): SendResult => {
  if (answer.status === 200 && answer.text === "ok") return { _tag: "Delivered", detail: "ok", pauseMs }
  if (answer.status === 200)
    return { _tag: "Refused", reason: `status 200, but not Slack's "ok": is the address right?` }
  return judgeStatus(answer)
}

/** Text for notifications, and blocks within Slack's limits: header 150, section 3,000 characters. */
export const slackBody = (notice: AlertNotice): unknown => {
  const title = headline(notice)
  const lines = alertLines(notice).map((line) => `• ${escaped(line)}`)
  const help =
    notice.kind === "resolved" || notice.whatToDo === "" ? [] : [section(`*What to do:* ${escaped(notice.whatToDo)}`)]
  return {
    text: escaped(title),
    blocks: [
      { type: "header", text: { type: "plain_text", text: short(title, 150), emoji: false } },
      ...(lines.length === 0 ? [] : [section(fitting(lines, 2_900))]),
      ...help,
      {
        type: "context",
        elements: [{ type: "mrkdwn", text: escaped(`rule ${notice.rule} · ${notice.severity} · ${notice.noticeId}`) }]
      }
    ],
    unfurl_links: false
  }
}

const section = (text: string) => ({ type: "section", text: { type: "mrkdwn", text: short(text, 3_000) } })

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
