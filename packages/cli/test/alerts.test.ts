import { assert, it } from "@effect/vitest"
import { AlertStore, layerMemoryAlertStore } from "@millrace/store"
import { ConfigProvider, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { discordSink, mailSink, slackSink, webhookSink } from "../../operator-alerts/test/AlertSinks.ts"
import { notice } from "../../operator-alerts/test/alertFixtures.ts"
import { runMillrace } from "./runMillrace.ts"

const run = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
  return yield* runMillrace({ alerts: Layer.succeed(AlertStore, yield* AlertStore) }, ["alerts", ...args])
})

const about = { rule: "backlog", workspaceId: "system", severity: "warning", detail: "lag 10,000 records" } as const

it.effect("lists what fires, what is silenced and by whom, and how the channels do", () =>
  Effect.gen(function* () {
    const store = yield* AlertStore
    assert.strictEqual((yield* run("list")).out, "Nothing fires.")
    yield* TestClock.setTime(100_000)
    yield* store.open(1)
    yield* store.commit(1, {
      alerts: [
        { ...about, subject: "it-a", state: "pending", sinceMs: 90_000 },
        { ...about, subject: "it-b", state: "firing", sinceMs: 80_000, firingSinceMs: 90_000 },
        { ...about, rule: "kafka-down", severity: "critical", subject: "Kafka", state: "firing", sinceMs: 95_000 }
      ],
      alertsGone: [],
      groups: [],
      groupsGone: [],
      notices: [notice()],
      channels: ["slack"]
    })
    yield* store.finish((yield* store.claim("slack", 1_000))!, "refused", "status 404: no_service")
    const silenced = yield* run("silence", "--rule", "back*", "--for", "2 hours", "--reason", "an upgrade")
    assert.strictEqual(silenced.exitCode, 0)
    assert.include(silenced.out, "silenced until 1970-01-01T02:01:40.000Z: rule back*")
    const { out } = yield* run("list")
    const [first, second, third, silence, channel] = out.split("\n")
    assert.match(first!, /^firing critical {2}kafka-down {2}Kafka: .*since 1970-01-01T00:01:35.000Z$/u)
    assert.match(second!, /^firing warning {2}backlog {2}it-b: lag 10,000 records; .*, silenced$/u)
    assert.match(third!, /^pending warning {2}backlog {2}it-a/u)
    assert.match(silence!, /^silence [0-9a-f]{12} {2}rule back\*; until .* by cli:.*: an upgrade$/u)
    assert.match(channel!, /^channel slack {2}last refused .*\(status 404: no_service\)$/u)

    const id = silence!.split(" ")[1]!
    assert.include((yield* run("unsilence", id)).out, "ended: rule back*")
    const again = yield* run("unsilence", id)
    assert.deepStrictEqual([again.exitCode, again.error.includes("No silence")], [1, true])
    const json = JSON.parse((yield* run("list", "--json")).out) as { readonly alerts: ReadonlyArray<unknown> }
    assert.lengthOf(json.alerts, 3)
  }).pipe(Effect.provide(layerMemoryAlertStore))
)

it.effect("silences nothing without a time, a reason and a word on what", () =>
  Effect.gen(function* () {
    for (const [words, ...args] of [
      ["--for found soon", "silence", "--all", "--for", "soon", "--reason", "r"],
      ["--for found 31 days", "silence", "--all", "--for", "31 days", "--reason", "r"],
      ["--reason is empty", "silence", "--all", "--for", "1 hour", "--reason", " "],
      ["Which alerts?", "silence", "--for", "1 hour", "--reason", "r"]
    ] as const) {
      const { error, exitCode } = yield* run(...args)
      assert.strictEqual(exitCode, 1)
      assert.include(error, words)
    }
    assert.include((yield* run("silence", "--all", "--for", "1 hour", "--reason", "r")).out, "everything")
  }).pipe(Effect.provide(layerMemoryAlertStore))
)

const secret = Buffer.alloc(32, 7).toString("base64")

/**
 * @guarantee operation: An operator can try every channel, and is told what came back from each, without its secret
 * @how `millrace alerts test` sends one message through each; one that did not take it gives exit code 1
 */
it.effect("tries every channel that is set, and says what came back", () =>
  Effect.gen(function* () {
    const [slack, discord, webhook, mail] = [
      yield* slackSink,
      yield* discordSink,
      yield* webhookSink(secret),
      yield* mailSink()
    ]
    const environment = ConfigProvider.fromUnknown({
      ALERT_SLACK_URL: slack.url,
      ALERT_DISCORD_URL: discord.url,
      ALERT_WEBHOOK_URL: webhook.url,
      ALERT_WEBHOOK_SECRET: secret,
      ALERT_SMTP_URL: mail.url,
      ALERT_SMTP_TLS: "opportunistic",
      ALERT_EMAIL_FROM: "millrace@example.org",
      ALERT_EMAIL_TO: "ops@example.org"
    })
    const tried = (...args: ReadonlyArray<string>) =>
      Effect.provideService(run("test", ...args), ConfigProvider.ConfigProvider, environment)
    yield* TestClock.setTime(Date.now())
    const well = yield* tried()
    assert.strictEqual(well.exitCode, 0, well.out)
    const names = ["email:ops@example.org", "slack", "discord", "webhook"]
    assert.deepStrictEqual(
      well.out.split("\n").map((line) => line.slice(0, line.indexOf(": taken"))),
      names
    )
    assert.include(mail.taken[0]?.headers.subject, "[Millrace] TEST")
    discord.script.push({ status: 404, body: '{"message":"Unknown Webhook","code":10015}' })
    const ill = yield* tried("--channel", "disc*")
    assert.strictEqual(ill.exitCode, 1)
    assert.include(ill.out, "discord: refused: status 404")
    assert.include((yield* tried("--channel", "pager")).error, `There are ${names.join(", ")}.`)
    assert.notMatch(JSON.stringify([well, ill]), /canary/iu)
    const unset = yield* Effect.provideService(
      run("test"),
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromUnknown({})
    )
    assert.include(unset.error, "No channel is set")
  }).pipe(Effect.provide(layerMemoryAlertStore), Effect.scoped)
)
