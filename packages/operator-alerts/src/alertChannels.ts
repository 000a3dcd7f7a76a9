import { Effect, Option, Redacted, Schema } from "effect"
import type { AlertChannel } from "./AlertChannel.ts"
import type { AlertsSettings } from "./AlertsConfig.ts"
import { discordChannel } from "./discordChannel.ts"
import { emailChannel } from "./emailChannel.ts"
import { slackChannel } from "./slackChannel.ts"
import { webhookChannel } from "./webhookChannel.ts"

/** A channel's settings do not fit together. Names the setting, never its value. */
export class ChannelSettingInvalid extends Schema.TaggedError<ChannelSettingInvalid>()("ChannelSettingInvalid", {
  setting: Schema.String,
  found: Schema.String,
  expected: Schema.String
}) {
  override get message() {
    return `${this.setting} is wrong: found ${this.found}, expected ${this.expected}. docs/alerts.md has an example of each channel.`
  }
}

/** The channels that are set, in the order mail, Slack, Discord, webhook. Fails with `ChannelSettingInvalid`. */
export const alertChannels = Effect.fnUntraced(function* (settings: AlertsSettings) {
  const channels: Array<AlertChannel> = [...(yield* mailChannels(settings))]
  const { discordUrl, slackUrl, webhookSecret, webhookUrl } = settings
  if (Option.isSome(slackUrl)) channels.push(slackChannel(yield* webAddress("ALERT_SLACK_URL", slackUrl.value)))
  if (Option.isSome(discordUrl)) channels.push(discordChannel(yield* webAddress("ALERT_DISCORD_URL", discordUrl.value)))
  if (Option.isSome(webhookUrl)) {
    const url = yield* webAddress("ALERT_WEBHOOK_URL", webhookUrl.value)
    channels.push(webhookChannel(url, yield* webhookKey(webhookSecret)))
  }
  return channels
})

const mailChannels = Effect.fnUntraced(function* ({ emailFrom, emailTo, smtpTls, smtpUrl }: AlertsSettings) {
  if (Option.isNone(smtpUrl)) return []
  const url = yield* addressOf("ALERT_SMTP_URL", smtpUrl.value, ["smtp:", "smtps:"])
  const from = Option.getOrElse(emailFrom, () => "")
  if (!isMail(from)) return yield* invalid("ALERT_EMAIL_FROM", shown(from), "an address such as millrace@example.org")
  const to = emailTo
    .split(",")
    .map((address) => address.trim())
    .filter((address) => address !== "")
  const wrong = to.find((address) => !isMail(address))
  if (to.length === 0 || wrong !== undefined)
    return yield* invalid("ALERT_EMAIL_TO", shown(wrong ?? ""), "addresses such as ops@example.org, by commas")
  const mail = { url: Redacted.make(url), from, requireTls: smtpTls === "required" }
  return [...new Set(to)].map((address) => emailChannel(mail, address))
})

const webAddress = (setting: string, value: Redacted.Redacted) =>
  Effect.map(addressOf(setting, value, ["https:", "http:"]), (url) => Redacted.make(url.href))

const addressOf = (setting: string, value: Redacted.Redacted, protocols: ReadonlyArray<string>) => {
  const url = URL.parse(Redacted.value(value))
  const expected = `a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`
  if (url === null) return invalid(setting, "no URL", expected)
  return protocols.includes(url.protocol) ? Effect.succeed(url) : invalid(setting, `a URL of ${url.protocol}`, expected)
}

/** Standard Webhooks ask for 24 to 64 bytes. */
const webhookKey = (secret: Option.Option<Redacted.Redacted>) => {
  const expected = "24 to 64 bytes in base64, with or without whsec_ in front"
  if (Option.isNone(secret)) return invalid("ALERT_WEBHOOK_SECRET", "nothing", expected)
  const text = Redacted.value(secret.value).replace(/^whsec_/u, "")
  const bytes = /^[A-Za-z0-9+/]+={0,2}$/u.test(text) ? Buffer.from(text, "base64").length : 0
  if (bytes >= 24 && bytes <= 64) return Effect.succeed(secret.value)
  return invalid("ALERT_WEBHOOK_SECRET", bytes === 0 ? "something else" : `${bytes} bytes`, expected)
}

const invalid = (setting: string, found: string, expected: string) =>
  Effect.fail(new ChannelSettingInvalid({ setting, found, expected }))

/** One plain address: no name, no line break, nothing that could become a second header or recipient. */
const isMail = (text: string): boolean => /^[^\s@<>",;:\\[\]()]+@[^\s@<>",;:\\[\]()]+$/u.test(text)

const shown = (text: string): string => (text === "" ? "nothing" : "something else")
