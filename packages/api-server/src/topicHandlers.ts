import { Caller, type CallerFacts, MillraceApi, type ParkedInfo } from "@millrace/api"
import {
  jsonSchemaOf,
  type RecordCodec,
  subjectOf,
  type TopicContract,
  TopicsFile,
  topicContracts
} from "@millrace/contracts"
import { type ParkedEntry, parkedRecords, searchedTopic, searchRecords } from "@millrace/history"
import type { KafkaClient } from "@millrace/kafka"
import { Effect, Semaphore } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { lacks, noSuch } from "./answers.ts"
import { orHistoryUnavailable } from "./historyAnswers.ts"
import { pageFrom } from "./pageFrom.ts"
import { orKafkaUnavailable, placesOf, recordInfo, searchBudget, valueFilter } from "./recordAnswers.ts"
import { isSystemTopic, TopicFigures } from "./TopicFigures.ts"
import { inWorkspace, seesAll } from "./workspaceScope.ts"

const defaultLimit = 50
const contracts = topicContracts as ReadonlyArray<TopicContract<unknown>>
/** Records of all parked topics that one call reads at most. */
const readParkedRecords = 100_000
/** Searches at the same time; others wait, so that they slow nothing else down. */
const searches = 4

/** The group `topics`. */
export const topicHandlers = HttpApiBuilder.group(
  MillraceApi,
  "topics",
  Effect.fnUntraced(function* (handlers) {
    const figures = yield* TopicFigures
    const topics = yield* TopicsFile
    const services = yield* Effect.context<KafkaClient | RecordCodec>()
    const turn = yield* Semaphore.make(searches)

    /** A topic whose records the caller may see. */
    const topicFor = (caller: CallerFacts, name: string) => {
      const topic = topics.topic(name)
      if (topic === undefined) return Effect.fail(noSuch("topic", name))
      const mayAll = seesAll(caller) && caller.permissions.includes("administer")
      return isSystemTopic(name) && !mayAll
        ? Effect.fail(lacks(`records of ${name}`, "the permission administer, in the workspace system"))
        : Effect.succeed(topic)
    }

    return handlers
      .handle("list", () => orKafkaUnavailable(figures.all))
      .handle("schema", ({ params }) => {
        const contract = contracts.find(({ name }) => name === params.topic)
        return contract === undefined
          ? Effect.fail(noSuch("schema of a topic", params.topic))
          : Effect.succeed({ subject: subjectOf(contract.name), schema: jsonSchemaOf(contract) })
      })
      .handle(
        "records",
        ({ params, query: { after, equals, field, limit = defaultLimit, offset, order = "newest", text, ...range } }) =>
          Effect.gen(function* () {
            const caller = yield* Caller
            const topic = yield* topicFor(caller, params.topic)
            const places = yield* placesOf(after)
            const matches = valueFilter({
              ...(field === undefined ? {} : { field }),
              ...(equals === undefined ? {} : { equals }),
              ...(text === undefined ? {} : { text })
            })
            const { examined, next, reachedMs, records } = yield* searchRecords(searchedTopic(topic), {
              ...range,
              ...offsetBound(offset, range.partition, order),
              ...inWorkspace(caller),
              order,
              limit,
              budget: searchBudget,
              ...(places === undefined ? {} : { places }),
              ...(matches === undefined ? {} : { matches: ({ key, value }) => matches(value, key) })
            }).pipe(turn.withPermits(1), Effect.provideContext(services))
            return {
              items: records.map(recordInfo),
              examined,
              ...(next === undefined ? {} : { next }),
              ...(reachedMs === undefined ? {} : { reachedMs })
            }
          }).pipe(orHistoryUnavailable)
      )
      .handle("parked", ({ query: { topic: only, ...page } }) =>
        Effect.gen(function* () {
          const caller = yield* Caller
          const { workspaceId } = inWorkspace(caller)
          const meant = topics.all.filter(({ name }) => only === undefined || name === only)
          const found = yield* Effect.forEach(meant, (topic) => parkedRecords(topic, readParkedRecords)).pipe(
            turn.withPermits(1),
            Effect.provideContext(services)
          )
          const mine = found
            .flatMap(({ entries }) => entries)
            .filter((one) => workspaceId === undefined || one.workspaceId === workspaceId)
            .toSorted((one, other) => one.dueMs - other.dueMs)
          const { items, ...rest } = pageFrom(mine, page)
          return { ...rest, items: items.map(parkedInfo), complete: found.every(({ complete }) => complete) }
        }).pipe(orHistoryUnavailable)
      )
  })
)

const parkedInfo = ({ firstFailureMs, key, why, workspaceId, ...entry }: ParkedEntry): ParkedInfo => ({
  ...entry,
  ...(key === undefined ? {} : { key }),
  ...(why === undefined ? {} : { why }),
  ...(workspaceId === undefined ? {} : { workspaceId }),
  ...(firstFailureMs === undefined ? {} : { firstFailureMs })
})

/** With a partition: newest first from this offset down, else from it on. */
const offsetBound = (offset: number | undefined, partition: number | undefined, order: "newest" | "oldest") => {
  if (offset === undefined || partition === undefined) return {}
  return order === "newest" ? { toOffset: offset + 1 } : { fromOffset: offset }
}
