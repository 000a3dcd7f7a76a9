import { Invalid, type RecordInfo, type ShownValue, Unavailable } from "@millrace/api"
import { type FoundRecord, type ReadValue, type SearchPlace, searchPlaces } from "@millrace/history"
import type { KafkaError } from "@millrace/kafka"
import { headerTexts } from "@millrace/runtime"
import { hideSecrets } from "@millrace/telemetry"
import { Effect } from "effect"

/** One call looks at so many records, and for so long, at most; then the caller goes on with the cursor. */
export const searchBudget = { records: 50_000, ms: 1_500 }

const shownValue = (value: ReadValue): ShownValue => {
  switch (value._tag) {
    case "Decoded":
      return { _tag: "Decoded", value: hideSecrets(value.value) }
    case "Undecodable":
      return { ...value, ...(value.json === undefined ? {} : { json: hideSecrets(value.json) }) }
    default:
      return value
  }
}

/** A record as it is shown, without secrets. */
export const recordInfo = ({ key, lane, partition, record, topic, value, workspaceId }: FoundRecord): RecordInfo => ({
  topic,
  lane,
  partition,
  offset: record.offset,
  timestampMs: record.timestampMs,
  ...(key === undefined ? {} : { key }),
  ...(workspaceId === undefined ? {} : { workspaceId }),
  headers: hideSecrets(headerTexts(record.headers)) as Record<string, string>,
  value: shownValue(value)
})

const plainOf = (value: ReadValue): unknown =>
  value._tag === "Decoded" ? value.value : value._tag === "Undecodable" ? value.json : undefined

const fieldOf = (value: unknown, path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>(
    (inner, name) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, name)
        ? (inner as Record<string, unknown>)[name]
        : undefined,
    value
  )

/** What a search asks of a record's value; undefined: nothing. Secrets are hidden before, so that nobody can guess them. */
export const valueFilter = (asked: {
  readonly field?: string
  readonly equals?: string
  readonly text?: string
}): ((value: ReadValue, key: string | undefined) => boolean) | undefined => {
  const { equals, field, text } = asked
  if (field === undefined && text === undefined) return undefined
  const path = field?.split(".") ?? []
  const part = text?.toLowerCase()
  return (value, key) => {
    const shown = hideSecrets(plainOf(value))
    if (field !== undefined) {
      const found = fieldOf(shown, path)
      if (found === undefined || (equals !== undefined && String(found) !== equals)) return false
    }
    if (part === undefined) return true
    return key?.toLowerCase().includes(part) === true || JSON.stringify(shown)?.toLowerCase().includes(part) === true
  }
}

/** The places of a cursor. Fails with `Invalid` for one that is none of ours. */
export const placesOf = (after: string | undefined): Effect.Effect<ReadonlyArray<SearchPlace> | undefined, Invalid> => {
  if (after === undefined) return Effect.succeed(undefined)
  const places = searchPlaces(after)
  return places === undefined ? Effect.fail(noCursor) : Effect.succeed(places)
}

const noCursor = new Invalid({
  where: "query.after",
  found: "something else",
  expected: "`next` of the page before",
  whatToDo: "Begin without it, then go on with the `next` of each answer."
})

/** Kafka does not answer; the log has the cause. */
export const orKafkaUnavailable = <A, E, R>(self: Effect.Effect<A, E | KafkaError, R>) =>
  Effect.catchIf(
    self,
    (error): error is KafkaError & E =>
      typeof error === "object" && error !== null && "_tag" in error && error._tag === "KafkaError",
    (error) =>
      Effect.andThen(
        Effect.logWarning(`A request was not answered: ${error.message}`),
        Effect.fail(
          new Unavailable({
            where: "the topics",
            found: "no answer from Kafka",
            expected: "an answer",
            whatToDo: "Try again in a few seconds."
          })
        )
      )
  ) as Effect.Effect<A, Exclude<E, KafkaError> | Unavailable, R>
