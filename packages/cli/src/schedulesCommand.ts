import { TopicsFile } from "@millrace/contracts"
import { scheduleIssue } from "@millrace/scheduler"
import { type ScheduleRow, ScheduleStore, type TimerStore } from "@millrace/store"
import { DateTime, Effect, type Layer, Option, Result, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { explained, refused } from "./CommandFailed.ts"
import { asJson, printed } from "./printed.ts"

type Failure = { readonly message: string }

const scheduleId = Argument.String("id").pipe(Argument.withDescription("Id of the schedule"))

const described = <A>(flag: Flag.Flag<A>, text: string) => flag.pipe(Flag.withDescription(text))

const definition = {
  id: scheduleId,
  cron: described(Flag.String("cron"), "5 or 6 fields: [second] minute hour day month weekday"),
  timeZone: described(Flag.String("time-zone"), "For example Europe/Berlin").pipe(Flag.withDefault("UTC")),
  topic: described(Flag.String("topic"), "Topic that the record goes to"),
  lane: described(Flag.String("lane"), "Lane of it; without it the default lane").pipe(Flag.optional),
  key: described(Flag.String("key"), "Key of the record"),
  workspace: described(Flag.String("workspace"), "Workspace of the record"),
  payload: described(Flag.String("payload"), "JSON; may hold {{occurrence-id}} and {{scheduled-at-ms}}"),
  owner: described(Flag.String("owner"), "Writer of the topic that it speaks for").pipe(Flag.withDefault("scheduler")),
  missed: described(Flag.Literals("missed", ["skip", "once", "all"]), "What becomes of missed occurrences").pipe(
    Flag.withDefault("skip" as const)
  ),
  missedLimit: described(Flag.Int("missed-limit"), "Bound of --missed all").pipe(Flag.withDefault(100)),
  graceSeconds: described(Flag.Int("grace-seconds"), "How late is not missed yet").pipe(Flag.withDefault(60)),
  json: asJson
}

const parseJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Json))

/** `millrace schedules add|list|pause|resume|remove`: records that are delivered again and again. */
export const schedulesCommand = <E1 extends Failure, E2 extends Failure>(
  stores: Layer.Layer<TimerStore | ScheduleStore, E1>,
  file: Layer.Layer<TopicsFile, E2>
) => {
  const add = Command.make(
    "add",
    definition,
    Effect.fnUntraced(
      function* ({ id, workspace, lane, graceSeconds, json, topic, key, payload: text, ...rule }) {
        const payload = parseJson(text)
        if (Result.isFailure(payload)) return yield* refused(`--payload is no JSON: ${payload.failure.message}`)
        const target = { topic, key, workspaceId: workspace, ...Option.match(lane, asLane) }
        const schedule = { scheduleId: id, ...rule, graceMs: graceSeconds * 1000, target, payload: payload.success }
        const issue = scheduleIssue(yield* TopicsFile, schedule)
        if (issue !== undefined) return yield* refused(`Schedule ${id} is refused: ${issue}`)
        const store = yield* ScheduleStore
        const stored = yield* store.put(schedule)
        const row = (yield* store.list).find((one) => one.scheduleId === id)
        yield* printed(json, row ?? null, [`${stored}: ${row === undefined ? id : lineOf(row)}`])
      },
      (effect) => explained(Effect.provide(effect, [stores, file]))
    )
  ).pipe(Command.withDescription("Store a schedule, or change one"))

  const list = Command.make(
    "list",
    { json: asJson },
    Effect.fnUntraced(
      function* ({ json }) {
        const rows = yield* ScheduleStore.use((store) => store.list)
        yield* printed(json, rows, rows.length === 0 ? ["There is no schedule."] : rows.map(lineOf))
      },
      (effect) => explained(Effect.provide(effect, stores))
    )
  ).pipe(Command.withDescription("List schedules with their next occurrence"))

  const changing = (name: "pause" | "resume" | "remove", about: string) =>
    Command.make(
      name,
      { id: scheduleId, json: asJson },
      Effect.fnUntraced(
        function* ({ id, json }) {
          const store = yield* ScheduleStore
          const known = yield* name === "remove" ? store.remove(id) : store.setEnabled(id, name === "resume")
          if (!known) return yield* refused(`There is no schedule ${id}. \`millrace schedules list\` shows them.`)
          yield* printed(json, { [name]: id }, [`${name}d: ${id}`])
        },
        (effect) => explained(Effect.provide(effect, stores))
      )
    ).pipe(Command.withDescription(about))

  return Command.make("schedules").pipe(
    Command.withDescription("Look at recurring schedules and change them"),
    Command.withSubcommands([
      add,
      list,
      changing("pause", "Pause a schedule, with what is due of it and not delivered"),
      changing("resume", "Go on with a schedule from now"),
      changing("remove", "Remove a schedule, with what is due of it and not delivered")
    ])
  )
}

const asLane = { onNone: () => ({}), onSome: (lane: string) => ({ lane }) }

const lineOf = ({ scheduleId, cron, timeZone, enabled, nextAtMs, target, missed }: ScheduleRow): string => {
  const next = nextAtMs === undefined ? "never again" : DateTime.formatIso(DateTime.makeUnsafe(nextAtMs))
  return `${scheduleId}  "${cron}" ${timeZone}  ${enabled ? `next ${next}` : "paused"}  → ${target.topic}  missed: ${missed}`
}
