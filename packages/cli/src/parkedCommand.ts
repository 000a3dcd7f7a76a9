import { ConfluentCodec, type SchemaRegistry, TopicsFile } from "@millrace/contracts"
import type { KafkaClient } from "@millrace/kafka"
import { Effect, Layer, Option } from "effect"
import { Argument, Command } from "effect/cli"
import { explained, misused } from "./CommandFailed.ts"
import { asJson, printed } from "./printed.ts"
import { recordPlace } from "./recordPlace.ts"
import type { ShownRecord } from "./ShownRecord.ts"
import { searchTopic } from "./searchTopic.ts"

type Failure = { readonly message: string }

/** A record that waits for a long time outside of its topic, and holds its key back. */
interface ParkedKey {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly failedAttempts: number
  readonly firstFailureMs: number | null
  readonly dueMs: number
  readonly workspaceId: string | null
  readonly value: unknown
}

/** `millrace parked [TOPIC]`: records that wait for their next attempt in `<topic>.parked`, the earliest due first. */
export const parkedCommand = <E1 extends Failure, E2 extends Failure, E3 extends Failure>(
  kafka: Layer.Layer<KafkaClient, E1>,
  registry: Layer.Layer<SchemaRegistry, E2>,
  file: Layer.Layer<TopicsFile, E3>
) =>
  Command.make(
    "parked",
    {
      topic: Argument.String("topic").pipe(Argument.withDescription("One topic; without it all"), Argument.optional),
      json: asJson
    },
    Effect.fnUntraced(
      function* ({ json, topic }) {
        const topics = yield* TopicsFile
        const wanted = topics.all.filter(({ name }) => Option.getOrElse(topic, () => name) === name)
        if (wanted.length === 0 && Option.isSome(topic)) yield* recordPlace(topic.value, undefined)
        const parking = wanted.flatMap(({ parkedTopic }) => (parkedTopic === undefined ? [] : [parkedTopic]))
        if (parking.length === 0)
          return yield* misused(`Nothing of ${Option.getOrElse(topic, () => "any topic")} is ever parked.`)
        const parked = (yield* Effect.forEach(parking, parkedIn))
          .flat()
          .toSorted((one, other) => one.dueMs - other.dueMs)
        yield* printed(json, parked, parked.length === 0 ? ["No record is parked."] : parked.map(parkedLine))
      },
      (effect) =>
        explained(
          Effect.provide(effect, [kafka, ConfluentCodec.layerNoDeps.pipe(Layer.provide(registry)), file] as const)
        )
    )
  ).pipe(Command.withDescription("List records that wait for long for their next attempt, and so hold their keys back"))

const parkedIn = Effect.fnUntraced(function* (parkedTopic: string) {
  const place = yield* recordPlace(parkedTopic, undefined)
  const all = Number.POSITIVE_INFINITY
  const { records } = yield* searchTopic({ ...place, where: [], from: { offset: 0 }, limit: all, mostRead: all })
  const last = new Map<string, ShownRecord>()
  for (const record of records) {
    const key = `${record.partition} ${record.key}`
    if (record.value === null && record.headers["parked-topic"] === undefined) last.delete(key)
    else last.set(key, record)
  }
  return [...last.values()].map(({ headers, partition, value }): ParkedKey => {
    const number = (name: string) => Number(headers[`parked-${name}`] ?? 0)
    return {
      topic: headers["parked-topic"] ?? parkedTopic,
      partition,
      offset: number("offset"),
      key: headers["parked-key"] ?? null,
      failedAttempts: number("failed"),
      firstFailureMs: headers["parked-first-failure"] === undefined ? null : number("first-failure"),
      dueMs: number("due"),
      workspaceId: headers["workspace-id"] ?? null,
      value
    }
  })
})

const parkedLine = ({ dueMs, failedAttempts, firstFailureMs, key, offset, partition, topic }: ParkedKey): string => {
  const since = firstFailureMs === null ? "" : `, failing since ${new Date(firstFailureMs).toISOString()}`
  const due = dueMs === 0 ? "due as soon as it is its turn" : `due ${new Date(dueMs).toISOString()}`
  return `${due}  ${topic}/${partition}@${offset}  key ${key ?? "(none)"}  ${failedAttempts} failed attempts${since}`
}
