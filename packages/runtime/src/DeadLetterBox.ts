import {
  type DeadLetterMark,
  RecordCodec,
  type RegistryUnavailable,
  type Topic,
  type TopicContract,
  TopicsFile,
  topicContracts,
  type Undecodable
} from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { Context, Effect, Layer, Result } from "effect"
import { type DeadLetterGroup, GroupingLetters, noLetters } from "./DeadLetterGroups.ts"
import { type DeadLetterMarks, failed, kafkaFailed, makeDeadLetterMarks } from "./DeadLetterMarks.ts"
import { type DeadLetterSelection, type LetterState, selects, stateOf } from "./DeadLetterSelection.ts"
import { checkEdit, type EditReport, type EditRequest, editDeadLetter } from "./editDeadLetter.ts"
import { type PurgeReport, type PurgeRequest, purgeDeadLetters } from "./purgeDeadLetters.ts"
import { type ReplayReport, type ReplayRequest, replayDeadLetters } from "./replayDeadLetters.ts"
import type { StoredDeadLetter } from "./StoredDeadLetter.ts"
import { type DeadLetterCursor, fromCursor, scanDeadLetters } from "./scanDeadLetters.ts"
import type { TriageFailed } from "./TriageFailed.ts"
import type { TriageServices } from "./TriageSession.ts"

/** A letter with what became of it. */
export interface SeenDeadLetter {
  readonly letter: StoredDeadLetter
  readonly state: LetterState
  readonly mark: DeadLetterMark | undefined
}

/** A letter with its value as the topic's schema reads it. */
export interface ShownDeadLetter extends SeenDeadLetter {
  /** The value, or why it can't be decoded; the original bytes are in `letter.record`. */
  readonly value: Result.Result<unknown, string>
}

/** Some letters, and where to read on; no `next`: there are no more. */
export interface DeadLetterPage {
  readonly letters: ReadonlyArray<SeenDeadLetter>
  readonly next: DeadLetterCursor | undefined
}

/** How many letters of a topic are in which state. */
export interface DeadLetterCounts {
  readonly topic: string
  readonly counts: Readonly<Record<LetterState, number>>
}

/** Which letters a page shows: of a selection, and in one of the states when some are given. */
export interface PageRequest {
  readonly selection: DeadLetterSelection
  readonly states?: ReadonlySet<LetterState>
  readonly limit: number
  readonly from?: DeadLetterCursor
}

/**
 * The dead letters of all topics: looking at them, sending them back, giving them up. For the command `millrace dlq` and
 * for services; reading joins no group. Topics are logical names. Every call fails with `TriageFailed`.
 *
 * @see docs/decisions/0010-dead-letter-marks.md
 */
export class DeadLetterBox extends Context.Service<
  DeadLetterBox,
  {
    /** Counts per topic, in the order of topics.yaml; those without a letter are left out. */
    readonly counts: Effect.Effect<ReadonlyArray<DeadLetterCounts>, TriageFailed>
    /** The same of a selection, for example of one workspace. */
    readonly countsOf: (selection: DeadLetterSelection) => Effect.Effect<ReadonlyArray<DeadLetterCounts>, TriageFailed>
    /** Letters by cause, most open ones first. */
    readonly groups: (
      topic: string,
      selection: DeadLetterSelection
    ) => Effect.Effect<ReadonlyArray<DeadLetterGroup>, TriageFailed>
    readonly page: (topic: string, request: PageRequest) => Effect.Effect<DeadLetterPage, TriageFailed>
    readonly show: (topic: string, id: string) => Effect.Effect<ShownDeadLetter, TriageFailed>
    readonly replay: (topic: string, request: ReplayRequest) => Effect.Effect<ReplayReport, TriageFailed>
    /** What keeps an edit from taking this JSON; undefined: nothing. */
    readonly check: (topic: string, json: string) => Effect.Effect<string | undefined, TriageFailed>
    readonly edit: (topic: string, request: EditRequest) => Effect.Effect<EditReport, TriageFailed>
    readonly purge: (topic: string, request: PurgeRequest) => Effect.Effect<PurgeReport, TriageFailed>
  }
>()("@millrace/runtime/DeadLetterBox") {
  /** For topics with these contracts. */
  static readonly layerOf = (contracts: ReadonlyArray<TopicContract<unknown>>) =>
    Layer.effect(
      DeadLetterBox,
      Effect.gen(function* () {
        const services = yield* Effect.context<TriageServices>()
        const provided = Effect.provideContext(services)
        const topics = yield* TopicsFile
        const topicOf = (name: string): Effect.Effect<Topic, TriageFailed> =>
          Effect.mapError(topics.declared(name), (cause) => failed(name, "unknownTopic", cause.message, cause))
        const contractOf = (name: string) => contracts.find((contract) => contract.name === name)
        return DeadLetterBox.of({
          counts: provided(countAll({})),
          countsOf: (selection) => provided(countAll(selection)),
          groups: (name, selection) =>
            provided(
              Effect.flatMap(topicOf(name), (topic) => groupsOf(topic, selection, contractOf(name)?.partitionKey))
            ),
          page: (name, request) => provided(Effect.flatMap(topicOf(name), (topic) => pageOf(topic, request))),
          show: (name, id) => provided(Effect.flatMap(topicOf(name), (topic) => show(topic, contractOf(name), id))),
          replay: (name, request) =>
            provided(Effect.flatMap(topicOf(name), (topic) => replayDeadLetters(topic, contractOf(name), request))),
          edit: (name, request) =>
            provided(
              Effect.flatMap(topicOf(name), (topic) => {
                const contract = contractOf(name)
                return contract === undefined
                  ? Effect.fail(failed(name, "refused", noSchema, undefined))
                  : editDeadLetter(topic, contract, request)
              })
            ),
          check: (name, json) =>
            provided(
              Effect.flatMap(topicOf(name), () => {
                const contract = contractOf(name)
                return contract === undefined ? Effect.succeed(noSchema) : checkEdit(contract, json)
              })
            ),
          purge: (name, request) => provided(Effect.flatMap(topicOf(name), (topic) => purgeDeadLetters(topic, request)))
        })
      })
    )

  /** For every topic whose values have a schema in this version. */
  static readonly layer = DeadLetterBox.layerOf(topicContracts as ReadonlyArray<TopicContract<unknown>>)
}

const noSchema = "this version has no schema for its values, so none can be checked"

/** The marks as they are now, without waiting for steps under way. */
const marksOf = (topic: Topic): Effect.Effect<DeadLetterMarks, TriageFailed, TriageServices> =>
  Effect.tap(makeDeadLetterMarks(topic), (marks) => marks.refresh("visible"))

const groupsOf = Effect.fnUntraced(function* (
  topic: Topic,
  selection: DeadLetterSelection,
  about?: (key: string) => string
) {
  const grouping = new GroupingLetters(yield* marksOf(topic), undefined, about)
  yield* scanDeadLetters(topic, (page) =>
    Effect.sync(() => {
      for (const letter of page) if (selects(selection, letter)) grouping.add(letter)
      return true
    })
  )
  return grouping.result()
})

const countAll = Effect.fnUntraced(function* (selection: DeadLetterSelection) {
  const { admin } = yield* KafkaClient
  const topics = yield* TopicsFile
  const counted: Array<DeadLetterCounts> = []
  for (const topic of topics.all) {
    const bounds = yield* Effect.mapError(admin.offsets(topic.deadLetters.topic), kafkaFailed(topic.name))
    if (bounds.every(({ start, end }) => start === end)) continue
    const counts = noLetters()
    const groups = yield* groupsOf(topic, selection)
    for (const group of groups) {
      for (const state of Object.keys(counts) as Array<LetterState>) counts[state] += group.counts[state]
    }
    if (groups.length > 0) counted.push({ topic: topic.name, counts })
  }
  return counted
})

const pageOf = Effect.fnUntraced(function* (topic: Topic, { from, limit, selection, states }: PageRequest) {
  const marks = yield* marksOf(topic)
  const letters: Array<SeenDeadLetter> = []
  const seen = new Set<string>()
  let next: DeadLetterCursor | undefined
  yield* scanDeadLetters(
    topic,
    (page) =>
      Effect.sync(() => {
        for (const letter of page) {
          const mark = marks.get(letter.id)
          const state = stateOf(letter, mark)
          if (seen.has(letter.id) || !selects(selection, letter) || states?.has(state) === false) continue
          if (letters.length === limit) {
            next = { partition: letter.partition, offset: letter.offset }
            return false
          }
          seen.add(letter.id)
          letters.push({ letter, state, mark })
          if (seen.size === selection.ids?.size) return false
        }
        return true
      }),
    from === undefined ? undefined : fromCursor(from)
  )
  return { letters, next }
})

const show = Effect.fnUntraced(function* (topic: Topic, contract: TopicContract<unknown> | undefined, id: string) {
  const { letters } = yield* pageOf(topic, { selection: { ids: new Set([id]) }, limit: 1 })
  const found = letters[0]
  if (found === undefined) {
    return yield* failed(topic.name, "unknownLetter", `there is no letter ${id}, or its retention is over`, undefined)
  }
  return { ...found, value: yield* decodedValue(contract, found.letter) }
})

const decodedValue = (
  contract: TopicContract<unknown> | undefined,
  { record }: StoredDeadLetter
): Effect.Effect<Result.Result<unknown, string>, never, RecordCodec> =>
  Effect.gen(function* () {
    const codec = yield* RecordCodec
    if (record.value === null) return Result.succeed(null)
    if (contract === undefined) return Result.fail("this version has no schema for the values of the topic")
    const decoded = codec.decode(contract, record.value)
    if (Result.isSuccess(decoded)) return Result.succeed(decoded.success)
    if (decoded.failure._tag === "Undecodable") return Result.fail(decoded.failure.issue)
    const learned = yield* Effect.result(codec.learn(contract, decoded.failure.schemaId))
    if (Result.isFailure(learned)) return Result.fail(issueOf(learned.failure))
    return Result.mapError(codec.decode(contract, record.value), (failure) =>
      failure._tag === "Undecodable" ? failure.issue : `schema id ${failure.schemaId} is not known`
    )
  })

const issueOf = (failure: Undecodable | RegistryUnavailable): string =>
  failure._tag === "Undecodable" ? failure.issue : failure.message
