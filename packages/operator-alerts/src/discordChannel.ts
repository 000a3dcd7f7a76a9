import type { AlertNotice } from "@millrace/contracts"
import { DateTime, Redacted } from "effect"
import type { AlertChannel, SendResult } from "./AlertChannel.ts"
import { alertLines, fitting, headline, short } from "./noticeText.ts"
import { type ChannelAnswer, judgeStatus, postJson, retryAfterMs } from "./postJson.ts"

/** A Discord webhook; its address is a secret. @see https://docs.discord.com/developers/resources/webhook#execute-webhook */
export const discordChannel = (url: Redacted.Redacted): AlertChannel => ({
  name: "discord",
  send: (_, notice) => postJson(waiting(Redacted.value(url)), JSON.stringify(discordBody(notice)), {}, judge)
})

/** With `wait` Discord answers only once it has the message, and with its id. */
const waiting = (address: string): string => {
  const url = new URL(address)
  url.searchParams.set("wait", "true")
  return url.href
}

const judge = (answer: ChannelAnswer): SendResult => {
  const { headers, status, text } = answer
  if (status === 204 || status === 200) {
    const id = /"id":\s*"(\d+)"/u.exec(text)?.[1]
    const reset =
      headers["x-ratelimit-remaining"] === "0" ? retryAfterMs(headers["x-ratelimit-reset-after"]) : undefined
    return {
      _tag: "Delivered",
      detail: id === undefined ? "taken" : `message ${id}`,
      ...(reset === undefined ? {} : { pauseMs: reset })
    }
  }
  return judgeStatus(answer, status === 429 ? (retryAfterMs(headers["retry-after"]) ?? bodyWaitMs(text)) : undefined)
}

const bodyWaitMs = (text: string): number | undefined => retryAfterMs(/"retry_after":\s*([\d.]+)/u.exec(text)?.[1])

const colors = { critical: 0xd92d20, warning: 0xf79009, over: 0x12b76a } as const

/** One embed within Discord's limits: title 256, description 4,096, field 1,024, together 6,000 characters. */
export const discordBody = (notice: AlertNotice): unknown => {
  const lines = alertLines(notice).map((line) => `- ${escaped(line)}`)
  const help =
    notice.kind === "resolved" || notice.whatToDo === ""
      ? []
      : [{ name: "What to do", value: short(escaped(notice.whatToDo), 1_024) }]
  return {
    content: "",
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: short(escaped(headline(notice)), 256),
        ...(lines.length === 0 ? {} : { description: fitting(lines, 3_500) }),
        color: notice.kind === "resolved" ? colors.over : colors[notice.severity],
        timestamp: DateTime.formatIso(DateTime.makeUnsafe(notice.atMs)),
        fields: help,
        footer: { text: short(`rule ${notice.rule} · ${notice.severity} · ${notice.noticeId}`, 2_048) }
      }
    ]
  }
}

/** Discord's Markdown marks, and what would call people or channels. */
const escaped = (text: string): string => text.replaceAll(/([\\*_~`|>#[\]()<@-])/gu, "\\$1")
