import { deterministicId } from "@millrace/contracts"
import { AlertsConfig, alertChannels, fits, testNotice } from "@millrace/operator-alerts"
import { AlertStore } from "@millrace/store"
import { Clock, DateTime, Duration, Effect, type Layer, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { alertLines, channelLines, matcherText, silenceLines } from "./alertWords.ts"
import { CommandFailed, explained, refused } from "./CommandFailed.ts"
import { asJson, printed } from "./printed.ts"
import { userName } from "./userName.ts"

/** The longest silence: what is quiet for longer should be a rule that is changed. */
const longest = Duration.days(30)

const pattern = (name: string, about: string) =>
  Flag.String(name).pipe(Flag.withDescription(`Only ${about}; * stands for any text`), Flag.optional)

/** `millrace alerts list|silence|unsilence|test`: what needs a person, who is told, and what is kept quiet. */
export const alertsCommand = <E extends { readonly message: string }>(stores: Layer.Layer<AlertStore, E>) => {
  const list = Command.make(
    "list",
    { json: asJson },
    Effect.fnUntraced(
      function* ({ json }) {
        const nowMs = yield* Clock.currentTimeMillis
        const store = yield* AlertStore
        const { alerts } = yield* store.book
        const silences = yield* store.silences(nowMs)
        const channels = yield* store.channels
        yield* printed(json, { alerts, silences, channels }, [
          ...alertLines(alerts, silences, nowMs),
          ...silenceLines(silences, nowMs),
          ...channelLines(channels)
        ])
      },
      (effect) => explained(Effect.provide(effect, stores))
    )
  ).pipe(Command.withDescription("List what fires or is about to, the silences, and how each channel does"))

  const silence = Command.make(
    "silence",
    {
      json: asJson,
      rule: pattern("rule", "alerts of this rule"),
      subject: pattern("subject", "alerts on this worker, lane, topic, …"),
      workspace: pattern("workspace", "alerts of this workspace"),
      severity: Flag.Literals("severity", ["warning", "critical"]).pipe(
        Flag.withDescription("Only alerts of this severity"),
        Flag.optional
      ),
      all: Flag.Boolean("all").pipe(
        Flag.withDescription("Everything, critical alerts included"),
        Flag.withDefault(false)
      ),
      for: Flag.String("for").pipe(Flag.withDescription("How long, for example `2 hours`; at most 30 days")),
      reason: Flag.String("reason").pipe(Flag.withDescription("Why, for those who see the silence later"))
    },
    Effect.fnUntraced(
      function* (asked) {
        const time = Option.getOrElse(Duration.fromInput(asked.for as Duration.Input), () => Duration.zero)
        if (Duration.toMillis(time) <= 0 || Duration.isGreaterThan(time, longest))
          return yield* refused(`--for found ${asked.for}, expected a time up to 30 days such as "2 hours".`)
        if (asked.reason.trim() === "") return yield* refused("--reason is empty: say why it is kept quiet.")
        const matcher = {
          ...given("rule", asked.rule),
          ...given("subject", asked.subject),
          ...given("workspaceId", asked.workspace),
          ...given("severity", asked.severity)
        }
        if (Object.keys(matcher).length === 0 && !asked.all)
          return yield* refused(
            "Which alerts? Say --rule, --subject, --workspace or --severity; --all keeps everything quiet, critical alerts too."
          )
        const fromMs = yield* Clock.currentTimeMillis
        const actor = yield* operator
        const silenceId = deterministicId("alert-silence", actor, JSON.stringify(matcher), String(fromMs)).slice(0, 12)
        const untilMs = fromMs + Duration.toMillis(time)
        const kept = { silenceId, matcher, fromMs, untilMs, actor, reason: asked.reason }
        yield* AlertStore.use((store) => store.silence(kept))
        yield* printed(asked.json, kept, [
          `silenced until ${DateTime.formatIso(DateTime.makeUnsafe(untilMs))}: ${matcherText(matcher)}`,
          `millrace alerts unsilence ${silenceId} ends it before. The direct path (ALERT_URL) is not silenced.`
        ])
      },
      (effect) => explained(Effect.provide(effect, stores))
    )
  ).pipe(Command.withDescription("Tell nobody of some alerts for a time; what still lasts then is told then"))

  const unsilence = Command.make(
    "unsilence",
    {
      json: asJson,
      id: Argument.String("id").pipe(Argument.withDescription("Silence, as `millrace alerts list` names it"))
    },
    Effect.fnUntraced(
      function* ({ id, json }) {
        const by = { actor: yield* operator, atMs: yield* Clock.currentTimeMillis }
        const ended = yield* AlertStore.use((store) => store.unsilence(id, by))
        if (ended === undefined)
          return yield* refused(`No silence ${id} holds. \`millrace alerts list\` shows those that do.`)
        yield* printed(json, ended, [`ended: ${matcherText(ended.matcher)}`])
      },
      (effect) => explained(Effect.provide(effect, stores))
    )
  ).pipe(Command.withDescription("End a silence before its time"))

  return Command.make("alerts").pipe(
    Command.withDescription("Alerts to operators: what fires, who is told, what is kept quiet"),
    Command.withSubcommands([list, silence, unsilence, test])
  )
}

const test = Command.make(
  "test",
  {
    json: asJson,
    channel: pattern("channel", "channels of this name, for example slack or email:*")
  },
  Effect.fnUntraced(function* ({ channel, json }) {
    const all = yield* Effect.flatMap(AlertsConfig, alertChannels)
    const wanted = Option.getOrElse(channel, () => "*")
    const channels = all.filter(({ name }) => fits(wanted, name))
    if (channels.length === 0)
      return yield* refused(
        all.length === 0
          ? "No channel is set: ALERT_SMTP_URL, ALERT_SLACK_URL, ALERT_DISCORD_URL or ALERT_WEBHOOK_URL. docs/alerts.md shows how."
          : `No channel is named ${wanted}. There are ${all.map(({ name }) => name).join(", ")}.`
      )
    const nowMs = yield* Clock.currentTimeMillis
    const notice = testNotice(nowMs, `${yield* operator} ${nowMs}`)
    const results = yield* Effect.forEach(
      channels,
      ({ name, send }) =>
        Effect.map(send(`${notice.noticeId}@${name}`, notice), (result) => ({ channel: name, ...result })),
      { concurrency: 4 }
    )
    yield* printed(json, results, results.map(resultLine))
    const failed = results.filter(({ _tag }) => _tag !== "Delivered").length
    if (failed > 0)
      return yield* new CommandFailed({
        exitCode: 1,
        reason: `${failed} of ${results.length} channels did not take it`
      })
  }, explained)
).pipe(
  Command.withDescription("Send a message through each channel that this environment sets, and say what came back")
)

type Result = Effect.Success<ReturnType<Effect.Success<ReturnType<typeof alertChannels>>[number]["send"]>> & {
  readonly channel: string
}

const resultLine = (result: Result): string =>
  result._tag === "Delivered"
    ? `${result.channel}: taken (${result.detail})`
    : `${result.channel}: ${result._tag === "Retry" ? "not reached" : "refused"}: ${result.reason}`

/** Who runs the command, for the audit log. */
const operator = Effect.sync(() => `cli:${userName()}`)

const given = <K extends string, A>(name: K, value: Option.Option<A>): { readonly [N in K]?: A } =>
  Option.match(value, { onNone: () => ({}), onSome: (one) => ({ [name]: one }) as { readonly [N in K]: A } })
