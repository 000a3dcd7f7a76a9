import { ConfluentCodec, type SchemaRegistry, type TopicsFile } from "@millrace/contracts"
import { momentForms, parseMoment } from "@millrace/history"
import type { KafkaClient } from "@millrace/kafka"
import { Clock, Console, Effect, Layer, Option, Result, Stream } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { CommandFailed, exitCodes, explained, misused } from "./CommandFailed.ts"
import { conditionForms, type FieldCondition, parseCondition } from "./FieldCondition.ts"
import { asJson } from "./printed.ts"
import { recordPlace } from "./recordPlace.ts"
import type { ShownRecord } from "./ShownRecord.ts"
import { type Bound, followTopic, searchTopic } from "./searchTopic.ts"

type Failure = { readonly message: string }

const boundForms = `${momentForms.replace(/, or a market time.*$/u, "")}, or offset:N`

const optional = (name: string, about: string) => Flag.String(name).pipe(Flag.withDescription(about), Flag.optional)

const flags = {
  topic: Argument.String("topic").pipe(Argument.withDescription("Topic; also NAME.LANE, NAME.dlq, NAME.parked")),
  key: optional("key", "Only records with exactly this key"),
  from: optional("from", `From here on, the first that fit: ${boundForms}`),
  to: optional("to", `Up to here: ${boundForms}`),
  where: Flag.String("where").pipe(
    Flag.withDescription(`Only where it holds; several times: all must: ${conditionForms}`),
    Flag.atLeast(0)
  ),
  lane: optional("lane", "One lane of the topic"),
  partition: Flag.Int("partition").pipe(Flag.withDescription("One partition"), Flag.optional),
  limit: Flag.Int("limit").pipe(
    Flag.filter(
      (count) => count > 0,
      (count) => `Expected at least 1, found ${count}`
    ),
    Flag.withAlias("n"),
    Flag.withDescription("Records shown at most; without --from the last ones"),
    Flag.withDefault(20)
  ),
  follow: Flag.Boolean("follow").pipe(
    Flag.withAlias("f"),
    Flag.withDescription("Go on with records as they are written"),
    Flag.withDefault(false)
  ),
  headers: Flag.Boolean("headers").pipe(Flag.withDescription("Show headers, too"), Flag.withDefault(false)),
  mostRead: Flag.Int("most-read").pipe(
    Flag.withDescription("Records looked at in all; a search that needs more ends with exit code 4"),
    Flag.withDefault(1_000_000)
  ),
  json: asJson
}

/** `millrace records TOPIC`: what lies in a topic, decoded by its schema, searched by key, time, offset and fields. */
export const recordsCommand = <E1 extends Failure, E2 extends Failure, E3 extends Failure>(
  kafka: Layer.Layer<KafkaClient, E1>,
  registry: Layer.Layer<SchemaRegistry, E2>,
  file: Layer.Layer<TopicsFile, E3>
) =>
  Command.make(
    "records",
    flags,
    Effect.fnUntraced(
      function* (asked) {
        const place = yield* recordPlace(asked.topic, Option.getOrUndefined(asked.lane))
        const search = {
          ...place,
          where: yield* Effect.forEach(asked.where, conditionOf),
          limit: asked.limit,
          mostRead: asked.mostRead,
          ...(Option.isSome(asked.partition) ? { partition: asked.partition.value } : {}),
          ...(Option.isSome(asked.key) ? { key: asked.key.value } : {}),
          ...(yield* boundOf("from", asked.from)),
          ...(yield* boundOf("to", asked.to))
        }
        const print = (record: ShownRecord) =>
          Effect.forEach(
            asked.json ? [recordJson(record)] : recordLines(record, asked.headers),
            (line) => Console.log(line),
            {
              discard: true
            }
          )
        if (asked.follow) return yield* Stream.runForEach(followTopic(search), print)
        const found = yield* searchTopic(search)
        yield* Effect.forEach(found.records, print, { discard: true })
        const said = `${found.records.length} shown of ${found.read} read`
        if (!found.complete) {
          yield* Console.error(
            `${said}: --most-read was reached, there may be more. Narrow it down by --key, --from or --to.`
          )
          return yield* new CommandFailed({ exitCode: exitCodes.notAll, reason: said })
        }
        if (!asked.json) yield* Console.error(said)
      },
      (effect) =>
        explained(
          Effect.provide(effect, [kafka, ConfluentCodec.layerNoDeps.pipe(Layer.provide(registry)), file] as const)
        )
    )
  ).pipe(Command.withDescription("Show records of a topic, decoded; --json: one document a line"))

const conditionOf = (text: string): Effect.Effect<FieldCondition, CommandFailed> => {
  const condition = parseCondition(text)
  return Result.isSuccess(condition) ? Effect.succeed(condition.success) : misused(`--where: ${condition.failure}.`)
}

const boundOf = Effect.fnUntraced(function* <N extends "from" | "to">(name: N, text: Option.Option<string>) {
  if (Option.isNone(text)) return {} as { readonly [K in N]?: Bound }
  const [, offset] = /^offset:(\d+)$/u.exec(text.value) ?? []
  if (offset !== undefined) return { [name]: { offset: Number(offset) } } as { readonly [K in N]?: Bound }
  const moment = parseMoment(text.value, yield* Clock.currentTimeMillis)
  if (Result.isFailure(moment) || moment.success._tag === "Market")
    return yield* misused(`--${name}: expected ${boundForms}; found ${text.value}.`)
  return { [name]: { timeMs: moment.success.atMs } } as { readonly [K in N]?: Bound }
})

const recordJson = (record: ShownRecord): string => JSON.stringify(record)

/** A record as lines for people: where and when, then its value. */
export const recordLines = (record: ShownRecord, withHeaders: boolean): ReadonlyArray<string> => {
  const { headers, key, offset, partition, problem, timestampMs, topic, value } = record
  const body = value === null ? "(deleted)" : value === undefined ? "(not shown)" : JSON.stringify(value)
  return [
    `${new Date(timestampMs).toISOString()}  ${topic}/${partition}@${offset}  ${key ?? "(no key)"}`,
    ...(withHeaders ? Object.entries(headers).map(([name, text]) => `  ${name}: ${text}`) : []),
    `  ${body}`,
    ...(problem === undefined ? [] : [`  ! does not fit its schema: ${problem}`])
  ]
}
