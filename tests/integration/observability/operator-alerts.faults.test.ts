import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { systemWorkspace } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { DeadLetterBox, Infrastructure, runWorker, ServiceReports, workspaceHeader } from "@millrace/runtime"
import { AlertStore, layerDatabaseConfig, layerPgAlertStore, Outbox } from "@millrace/store"
import { Effect, Layer } from "effect"
import { inject } from "vitest"
import {
  discordSink,
  type HttpSink,
  type MailSink,
  mailSink,
  slackSink,
  webhookSink
} from "../../../packages/operator-alerts/test/AlertSinks.ts"
import { candlesOf, eventually, oneGuardedPosition, startPipeline } from "../pipelineRun.ts"

// All services run on a real broker and a real database; operators are reached by a mail server, and by servers as strict as
// Slack, Discord and a signed webhook. A worker stands still: told by all four, once. The control-api that judges is killed
// meanwhile and comes back: nothing is repeated. The worker is started again: its recovery is told by all four, once. A record that
// nobody can read becomes a dead letter: told; it is purged: told that it is over. Nothing that was refused was sent.

const secret = `whsec_${Buffer.alloc(32, 9).toString("base64")}`

/** Only what the scenario is about, and sooner than in production. */
const rules = `
rules:
  inactive-worker: { forSeconds: 1, keepSeconds: 1, workers: [], only: ["scheduler/*"] }
  dead-letters: { only: [automation-commands] }
${[
  "kafka-down",
  "unguarded",
  "unknown-intent",
  "stale-market-data",
  "not-ready",
  "backlog-critical",
  "backlog",
  "failure-rate"
]
  .concat(["slow-processing-critical", "slow-processing", "breaker-open", "channel-failing"])
  .map((name) => `  ${name}: { off: true }`)
  .join("\n")}
`

interface Sinks {
  readonly mail: MailSink
  readonly http: ReadonlyArray<HttpSink>
}

/** How often each channel told something of a subject: a message is known by the words that all channels have. */
const timesTold = ({ http, mail }: Sinks, isOver: boolean, subject: string): ReadonlyArray<number> => {
  const tells = (text: string) =>
    text
      .replaceAll("\\\\", "")
      .replaceAll("\\", "")
      .split(/\n|\},\{|"(?:firing|resolved)":/u)
      .some((line) => line.includes(subject) && line.includes("over: ") === isOver)
  const texts = [mail.taken.map(({ text }) => text), ...http.map(({ taken }) => taken.map(({ body }) => textOf(body)))]
  return texts.map((own) => own.filter(tells).length)
}

/** The alerts that a message lists, a line each, in the words of a mail. */
const textOf = (body: unknown): string => {
  const data = Reflect.get(body as object, "data") as
    | {
        readonly firing: ReadonlyArray<{ readonly subject: string }>
        readonly resolved: ReadonlyArray<{ readonly subject: string }>
      }
    | undefined
  if (data === undefined) return JSON.stringify(body).replaceAll("\\n", "\n")
  return [...data.firing.map(({ subject }) => subject), ...data.resolved.map(({ subject }) => `over: ${subject}`)].join(
    "\n"
  )
}

const environment = (values: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      Object.assign(process.env, values)
    }),
    () =>
      Effect.sync(() => {
        for (const name of Object.keys(values)) delete process.env[name]
      })
  )

const startSinks = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-alerts-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true }))
  )
  const rulesFile = join(folder, "alerts.yaml")
  writeFileSync(rulesFile, rules)
  const mail = yield* mailSink()
  const [slack, discord, webhook] = [yield* slackSink, yield* discordSink, yield* webhookSink(secret)]
  yield* environment({
    ALERT_RULES: rulesFile,
    ALERT_SMTP_URL: mail.url,
    ALERT_SMTP_TLS: "opportunistic",
    ALERT_EMAIL_FROM: "millrace@example.org",
    ALERT_EMAIL_TO: "ops@example.org",
    ALERT_SLACK_URL: slack.url,
    ALERT_DISCORD_URL: discord.url,
    ALERT_WEBHOOK_URL: webhook.url,
    ALERT_WEBHOOK_SECRET: secret,
    ALERT_GROUP_WAIT: "1 second",
    ALERT_GROUP_INTERVAL: "2 seconds",
    RUNTIME_DEAD_LETTER_INTERVAL: "1 second"
  })
  return { mail, http: [slack, discord, webhook] } satisfies Sinks
})

const alertStore = layerPgAlertStore.pipe(Layer.provide(Outbox.layerPg), Layer.provide(layerDatabaseConfig()))

/** A record that is no JSON of any schema. */
const putUnreadable = Effect.scoped(
  Effect.gen(function* () {
    const kafka = yield* KafkaClient
    const producer = yield* kafka.producer({ clientId: "it-alerts" })
    const bytes = (text: string) => new TextEncoder().encode(text)
    yield* producer.send([
      {
        topic: "automation-commands",
        partition: 0,
        key: bytes("it-alerts/p1"),
        value: bytes("not a command"),
        headers: { [workspaceHeader]: systemWorkspace }
      }
    ])
  })
)

const purgeCommands = Effect.flatMap(DeadLetterBox, (box) =>
  box.purge("automation-commands", { selection: {}, actor: "it-alerts" })
)

/**
 * @guarantee operation: An inactive worker and a dead letter are told by e-mail, Slack, Discord and webhook, once, and so is their end; a restart of control-api repeats nothing
 * @how on real servers, with a mail server and HTTP servers as strict as the providers
 */
it.live(
  "an inactive worker and a dead letter are told on all four channels, once each, and so is their end",
  () =>
    Effect.gen(function* () {
      const reports = yield* ServiceReports
      const store = yield* AlertStore
      const sinks = yield* startSinks
      const run = yield* startPipeline({
        stack: inject("stack"),
        scenario: oneGuardedPosition,
        candles: candlesOf([60_000]),
        speed: 60
      })
      yield* runWorker({ name: "it-alerts", instance: "1", tables: [reports.table], publishes: [] })
      const { runId } = run.plan
      const of = (service: string) =>
        reports.instances().find(({ report }) => report.service === service && report.instance === runId)
      const service = (name: string) => run.services.find((one) => one.name === name)!
      const isThere = (name: string, pid: number) => of(name)?.active === true && of(name)?.report.pid === pid
      const told = (isOver: boolean, subject: string) =>
        eventually(
          `told by all channels: ${isOver ? "over: " : ""}${subject}`,
          Effect.sync(() => (timesTold(sinks, isOver, subject).every((times) => times >= 1) ? true : undefined))
        )
      yield* eventually(
        "scheduler and control-api report themselves",
        Effect.sync(() =>
          of("scheduler")?.report.ready === true && of("control-api")?.active === true ? true : undefined
        )
      )

      yield* purgeCommands
      yield* eventually(
        "dead letters that others left are over and told",
        Effect.gen(function* () {
          const waiting = of("control-api")?.report.deadLetters?.find(({ topic }) => topic === "automation-commands")
          const { groups } = yield* store.book
          const channels = yield* store.channels
          if (waiting?.open !== 0 || groups.length > 0) return undefined
          return channels.every((channel) => channel.waiting === 0) ? true : undefined
        })
      )
      for (const { taken } of [sinks.mail, ...sinks.http]) taken.length = 0

      const subject = `scheduler/${runId}`
      process.kill(service("scheduler").pid(), "SIGSTOP")
      yield* told(false, subject)

      // A message that was taken and not yet recorded as taken would come again, under the same id.
      yield* eventually(
        "each channel's answer is recorded",
        Effect.map(store.channels, (channels) => (channels.every(({ waiting }) => waiting === 0) ? true : undefined))
      )
      const judge = service("control-api").pid()
      process.kill(judge, "SIGKILL")
      yield* eventually(
        "control-api is back",
        Effect.sync(() => {
          const pid = service("control-api").pid()
          return pid !== judge && isThere("control-api", pid) && of("control-api")?.report.ready === true
            ? true
            : undefined
        })
      )
      const backAtMs = of("control-api")!.report.atMs
      yield* eventually(
        "it has looked some times",
        Effect.sync(() => ((of("control-api")?.report.atMs ?? 0) >= backAtMs + 3 * 2_000 ? true : undefined))
      )
      assert.deepStrictEqual(timesTold(sinks, false, subject), [1, 1, 1, 1], "the restart repeats nothing")

      process.kill(service("scheduler").pid(), "SIGKILL")
      yield* told(true, subject)
      yield* putUnreadable
      yield* told(false, "automation-commands")
      yield* purgeCommands
      yield* told(true, "automation-commands")
      for (const isOver of [false, true])
        for (const one of [subject, "automation-commands"])
          assert.deepStrictEqual(timesTold(sinks, isOver, one), [1, 1, 1, 1], `${isOver}: ${one}`)
      for (const { taken } of sinks.http)
        assert.deepStrictEqual(
          taken.flatMap(({ fault }) => fault ?? []),
          []
        )
    }).pipe(
      Effect.provide(
        DeadLetterBox.layer.pipe(
          Layer.provideMerge(Layer.mergeAll(ServiceReports.layer, Infrastructure.layer("it-alerts"), alertStore))
        )
      ),
      Effect.scoped
    ),
  300_000
)
