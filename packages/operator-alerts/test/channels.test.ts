/** Each channel against a server that is as strict as the provider: real sockets, real time. */
import { assert, describe, it } from "@effect/vitest"
import type { AlertNotice } from "@millrace/contracts"
import { ConfigProvider, Effect } from "effect"
import { type AlertChannel, AlertsConfig, alertChannels, headline, testNotice } from "../src/index.ts"
import { discordSink, mailSink, mailUser, slackSink, webhookSink } from "./AlertSinks.ts"
import { notice, toldAlert } from "./alertFixtures.ts"

const secret = `whsec_${Buffer.from("a secret of 32 bytes, base64 fed").toString("base64")}`

/** The channels of an environment. */
const channelsOf = (environment: Readonly<Record<string, string>>) =>
  Effect.flatMap(AlertsConfig, alertChannels).pipe(
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(environment))
  )

const one = Effect.fnUntraced(function* (environment: Readonly<Record<string, string>>) {
  const channels = yield* channelsOf(environment)
  assert.lengthOf(channels, 1)
  return channels[0] as AlertChannel
})

const mail = (url: string) => ({
  ALERT_SMTP_URL: url,
  ALERT_SMTP_TLS: "opportunistic",
  ALERT_EMAIL_FROM: "millrace@example.org",
  ALERT_EMAIL_TO: "ops@example.org"
})

/** What must fit: as many and as long as it gets, with every mark that a provider could take for its own. */
const largest: AlertNotice = notice({
  firing: Array.from({ length: 20 }, (_, n) =>
    toldAlert({
      subject: `<@everyone> & *_~\`|> ${n} ${"ü𝄞".repeat(400)}`,
      detail: `[link](http://x) ${"x".repeat(5_000)}`
    })
  ),
  resolved: Array.from({ length: 20 }, (_, n) => toldAlert({ subject: `<!here> ${n} ${"y".repeat(1_000)}` })),
  more: 4_711,
  title: `<b>& ${"title ".repeat(200)}\r\nBcc: someone@example.org`,
  whatToDo: "<do> & ".repeat(2_000),
  workspaceId: "workspace-1"
})
const notices = {
  firing: notice(),
  reminder: notice({ kind: "reminder", severity: "critical" }),
  resolved: notice({ kind: "resolved", firing: [], resolved: [toldAlert()] }),
  test: testNotice(1_700_000_000_000, "1"),
  largest
} as const

describe("what providers take", () => {
  /**
   * @guarantee operation: Alerts reach Slack, Discord, e-mail and a signed webhook in the forms that these take, however long they are
   * @how each within its documented limits and escaped; what does not fit is counted
   */
  it.live.each(Object.keys(notices) as ReadonlyArray<keyof typeof notices>)("every channel delivers: %s", (name) =>
    Effect.gen(function* () {
      const [slack, discord, webhook, server] = [
        yield* slackSink,
        yield* discordSink,
        yield* webhookSink(secret),
        yield* mailSink()
      ]
      const channels = yield* channelsOf({
        ...mail(server.url),
        ALERT_SLACK_URL: slack.url,
        ALERT_DISCORD_URL: discord.url,
        ALERT_WEBHOOK_URL: webhook.url,
        ALERT_WEBHOOK_SECRET: secret
      })
      assert.deepStrictEqual(
        channels.map((channel) => channel.name),
        ["email:ops@example.org", "slack", "discord", "webhook"]
      )
      for (const channel of channels) {
        const result = yield* channel.send("delivery-1", notices[name])
        assert.strictEqual(result._tag, "Delivered", `${channel.name}: ${JSON.stringify(result)}`)
      }
      for (const sink of [slack, discord, webhook])
        assert.deepStrictEqual(
          sink.taken.map(({ fault }) => fault),
          [undefined]
        )
      const [taken] = server.taken
      assert.deepStrictEqual(taken?.to, ["ops@example.org"])
      assert.strictEqual(taken?.headers.bcc, undefined)
      assert.include(decoded(taken?.headers.subject ?? ""), headline(notices[name]).slice(0, 20))
    }).pipe(Effect.scoped)
  )
})

const decoded = (subject: string): string =>
  subject.replaceAll(/=\?UTF-8\?Q\?([^?]*)\?=/giu, (_, text: string) =>
    text
      .replaceAll("_", " ")
      .replaceAll(/=([0-9A-F]{2})/gu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  )

describe("answers of HTTP channels", () => {
  const cases = [
    ["a wait in seconds is obeyed", { status: 429, headers: { "retry-after": "7" } }, "Retry", 7_000],
    ["a wait of days is cut to an hour", { status: 429, headers: { "retry-after": "864000" } }, "Retry", 3_600_000],
    ["without a wait its own is used", { status: 429 }, "Retry", undefined],
    ["an error of the server is tried again", { status: 502 }, "Retry", undefined],
    ["an address that is gone is final", { status: 410 }, "Refused", undefined],
    ["an unknown address is final", { status: 404, body: "no_service" }, "Refused", undefined],
    ["a redirect is not followed", { status: 302, headers: { location: "http://127.0.0.1:9/" } }, "Refused", undefined]
  ] as const

  /**
   * @guarantee operation: A channel that answers 429 is left alone for as long as it says, and one that refuses is not asked again
   * @how `Retry-After` and Discord's waits are obeyed, up to an hour; a refusal ends the message
   */
  it.live.each(cases)("%s", ([_, answer, tag, afterMs]) =>
    Effect.gen(function* () {
      const [slack, discord, webhook] = [yield* slackSink, yield* discordSink, yield* webhookSink(secret)]
      const channels = yield* channelsOf({
        ALERT_SLACK_URL: slack.url,
        ALERT_DISCORD_URL: discord.url,
        ALERT_WEBHOOK_URL: webhook.url,
        ALERT_WEBHOOK_SECRET: secret
      })
      for (const [at, sink] of [slack, discord, webhook].entries()) {
        sink.script.push(answer)
        const result = yield* channels[at]!.send("delivery-1", notice())
        assert.strictEqual(result._tag, tag, channels[at]!.name)
        assert.strictEqual(result._tag === "Retry" ? result.afterMs : undefined, afterMs, channels[at]!.name)
        assert.lengthOf(sink.taken, 1)
        assert.notInclude(JSON.stringify(result), "CanarySecret")
      }
    }).pipe(Effect.scoped)
  )

  it.live("Discord's wait is a fraction in the body, and an empty bucket is waited for after a success", () =>
    Effect.gen(function* () {
      const discord = yield* discordSink
      const channel = yield* one({ ALERT_DISCORD_URL: discord.url })
      discord.script.push({
        status: 429,
        body: JSON.stringify({ message: "You are being rate limited.", retry_after: 1.25, global: false })
      })
      assert.deepInclude(yield* channel.send("d", notice()), { _tag: "Retry", afterMs: 1_250 })
      discord.script.push({
        status: 204,
        headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "2.5" }
      })
      assert.deepInclude(yield* channel.send("d", notice()), { _tag: "Delivered", pauseMs: 2_500 })
    }).pipe(Effect.scoped)
  )

  it.live("a page that answers 200 in Slack's place is no success", () =>
    Effect.gen(function* () {
      const slack = yield* slackSink
      const channel = yield* one({ ALERT_SLACK_URL: slack.url })
      slack.script.push({ status: 200, body: "<html>Welcome</html>" })
      assert.strictEqual((yield* channel.send("d", notice()))._tag, "Refused")
    }).pipe(Effect.scoped)
  )

  it.live("nobody at the address is tried again, and the address is not told", () =>
    Effect.gen(function* () {
      const url = yield* Effect.scoped(Effect.map(slackSink, (sink) => sink.url))
      const result = yield* (yield* one({ ALERT_SLACK_URL: url })).send("d", notice())
      assert.deepStrictEqual(result, { _tag: "Retry", reason: "no answer: ECONNREFUSED" })
    })
  )

  it.live("a webhook keeps its id from try to try, and signs the time of each", () =>
    Effect.gen(function* () {
      const webhook = yield* webhookSink(secret)
      const channel = yield* one({ ALERT_WEBHOOK_URL: webhook.url, ALERT_WEBHOOK_SECRET: secret })
      webhook.script.push({ status: 500 })
      yield* channel.send("d", notice())
      yield* channel.send("d", notice())
      assert.deepStrictEqual(new Set(webhook.taken.map(({ headers }) => headers["webhook-id"])).size, 1)
      assert.deepStrictEqual(
        webhook.taken.map(({ fault }) => fault),
        [undefined, undefined]
      )
    }).pipe(Effect.scoped)
  )
})

describe("answers of a mail server", () => {
  const cases = [
    ["an unknown recipient is final", [550, "5.1.1 no such user"], "Refused"],
    ["a busy server is tried again", [451, "4.3.0 try again later"], "Retry"]
  ] as const

  it.live.each(cases)("%s", ([_, answer, tag]) =>
    Effect.gen(function* () {
      const server = yield* mailSink()
      server.script.push(answer)
      const result = yield* (yield* one(mail(server.url))).send("d", notice())
      assert.strictEqual(result._tag, tag)
      assert.include(JSON.stringify(result), answer[1])
    }).pipe(Effect.scoped)
  )

  /**
   * @guarantee operation: Mail to operators goes only to a server with TLS that can be trusted, unless it is told otherwise
   * @how STARTTLS is required, the certificate checked
   */
  it.live("a server without TLS, or with a certificate that nobody knows, gets nothing: no mail, no password", () =>
    Effect.gen(function* () {
      for (const options of [{ hideSTARTTLS: true }, {}]) {
        const server = yield* mailSink(options)
        const { ALERT_SMTP_TLS: _, ...strict } = mail(server.url)
        const result = yield* (yield* one(strict)).send("d", notice())
        assert.notStrictEqual(result._tag, "Delivered", JSON.stringify(result))
        assert.notInclude(JSON.stringify(result), mailUser.password)
        assert.lengthOf(server.taken, 0)
      }
    }).pipe(Effect.scoped)
  )

  it.live("a wrong password is final, and is not told", () =>
    Effect.gen(function* () {
      const server = yield* mailSink()
      const url = new URL(server.url)
      url.password = "another-canary"
      const result = yield* (yield* one(mail(url.href))).send("d", notice())
      assert.strictEqual(result._tag, "Refused")
      assert.include(JSON.stringify(result), "credentials")
      assert.notInclude(JSON.stringify(result), "another-canary")
    }).pipe(Effect.scoped)
  )

  it.live("each try has the same Message-ID, and all messages of a group are one thread", () =>
    Effect.gen(function* () {
      const server = yield* mailSink()
      const channel = yield* one(mail(server.url))
      yield* channel.send("first", notice())
      yield* channel.send("first", notice())
      yield* channel.send("second", notices.resolved)
      const ids = server.taken.map(({ headers }) => headers["message-id"])
      assert.strictEqual(ids[0], ids[1])
      assert.notStrictEqual(ids[0], ids[2])
      assert.strictEqual(new Set(server.taken.map(({ headers }) => headers.references)).size, 1)
      assert.strictEqual(server.taken[0]?.headers["auto-submitted"], "auto-generated")
      assert.include(server.taken[0]?.text ?? "", "What to do:")
    }).pipe(Effect.scoped)
  )
})

describe("settings", () => {
  const wrong = [
    ["no sender", { ALERT_SMTP_URL: "smtp://h", ALERT_EMAIL_TO: "a@b" }, "ALERT_EMAIL_FROM"],
    ["no recipient", { ALERT_SMTP_URL: "smtp://h", ALERT_EMAIL_FROM: "a@b" }, "ALERT_EMAIL_TO"],
    [
      "a second header",
      { ALERT_SMTP_URL: "smtp://h", ALERT_EMAIL_FROM: "a@b\r\nBcc: c@d", ALERT_EMAIL_TO: "a@b" },
      "ALERT_EMAIL_FROM"
    ],
    ["another protocol", { ALERT_SLACK_URL: "ftp://canary" }, "ALERT_SLACK_URL"],
    ["no URL", { ALERT_DISCORD_URL: "canary" }, "ALERT_DISCORD_URL"],
    ["no secret", { ALERT_WEBHOOK_URL: "https://h/" }, "ALERT_WEBHOOK_SECRET"],
    [
      "a short secret",
      { ALERT_WEBHOOK_URL: "https://h/", ALERT_WEBHOOK_SECRET: "whsec_Y2FuYXJ5" },
      "ALERT_WEBHOOK_SECRET"
    ]
  ] as const

  it.live.each(wrong)("%s: the setting is named, its value is not", ([_, environment, setting]) =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(channelsOf(environment))
      assert.include(message, setting)
      assert.notMatch(message, /canary|Y2FuYXJ5/u)
    })
  )

  it.live("mail to two addresses is two channels", () =>
    Effect.map(
      channelsOf({ ...mail("smtp://h"), ALERT_EMAIL_TO: "a@example.org, b@example.org,a@example.org" }),
      (channels) =>
        assert.deepStrictEqual(
          channels.map(({ name }) => name),
          ["email:a@example.org", "email:b@example.org"]
        )
    )
  )
})
