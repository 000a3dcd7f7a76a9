import {
  Conflict,
  type LetterDetail,
  type LetterGroup,
  type LetterInfo,
  type NotFound,
  type ShownValue,
  type TriageJobInfo,
  Unavailable
} from "@millrace/api"
import type { Topic } from "@millrace/contracts"
import {
  type DeadLetterGroup,
  failedAtMs,
  fingerprintOf,
  headerTexts,
  letterKey,
  type SeenDeadLetter,
  type ShownDeadLetter,
  type TriageFailed
} from "@millrace/runtime"
import type { TriageJob } from "@millrace/store"
import { hideInText, hideSecrets } from "@millrace/telemetry"
import { Effect, Result } from "effect"
import { noSuch } from "./answers.ts"
import { jsonOf, rawValue } from "./rawValue.ts"

/** A group as it is shown; its keys stand for what the topic is partitioned by. */
export const groupInfo = ({ sample, ...group }: DeadLetterGroup, { partitionedBy }: Topic): LetterGroup => ({
  ...group,
  kind: group.kind as LetterGroup["kind"],
  message: hideInText(group.message),
  affectedAre: partitionedBy,
  sampleId: sample.id
})

/** A letter as lists show it. */
export const letterInfo = ({ letter, mark, state }: SeenDeadLetter): LetterInfo => {
  const { cause } = letter
  const key = letterKey(letter)
  return {
    letterId: letter.id,
    topic: letter.topic,
    state,
    fingerprint: fingerprintOf(letter),
    ...(cause._tag === "Known"
      ? { kind: cause.kind, tag: cause.tag, message: hideInText(cause.message), attempts: cause.attempts }
      : { kind: "malformed", tag: "MalformedCause", message: cause.issue }),
    ...(key === undefined ? {} : { key }),
    ...(letter.workspaceId === undefined ? {} : { workspaceId: letter.workspaceId }),
    failedAtMs: failedAtMs(letter),
    replayCount: letter.replayCount,
    ...(mark === undefined ? {} : { mark: markInfo(mark) })
  }
}

const markInfo = ({ actor, atMs, edit, replayId, state }: NonNullable<SeenDeadLetter["mark"]>) => ({
  state,
  actor,
  atMs,
  ...(replayId === undefined ? {} : { replayId }),
  ...(edit === undefined ? {} : { editReason: edit.reason })
})

/** A letter in full, without secrets. */
export const letterDetail = (shown: ShownDeadLetter): LetterDetail => {
  const { cause, record } = shown.letter
  const texts = Object.entries(headerTexts(record.headers)).filter(([name]) => !name.startsWith("dlq-"))
  const info = {
    ...letterInfo(shown),
    value: shownValue(shown),
    ...(record.value === null ? {} : { raw: rawValue(record.value) }),
    headers: hideSecrets(Object.fromEntries(texts))
  }
  if (cause._tag === "Malformed") return info as LetterDetail
  const { firstFailureMs, lastFailureMs, origin, service, stack, traceId, version } = cause
  return {
    ...(info as LetterDetail),
    ...(stack === undefined ? {} : { stack: hideInText(stack) }),
    ...(traceId === undefined ? {} : { traceId }),
    service,
    version,
    firstFailureMs,
    lastFailureMs,
    origin
  }
}

const shownValue = ({ letter, value }: ShownDeadLetter): ShownValue => {
  const bytes = letter.record.value
  if (bytes === null) return { _tag: "Tombstone" }
  if (Result.isSuccess(value)) return { _tag: "Decoded", value: hideSecrets(value.success) }
  const json = jsonOf(bytes)
  return {
    _tag: "Undecodable",
    issue: hideInText(value.failure),
    bytes: bytes.length,
    ...(json === undefined ? {} : { json: hideSecrets(json) })
  }
}

/** A job as it is shown. */
export const jobInfo = ({ before, endedAtMs, reason, report, workspaceId: _, ...job }: TriageJob): TriageJobInfo => ({
  ...job,
  ...(typeof before.expected === "number" ? { expected: before.expected } : {}),
  ...(report === undefined ? {} : { report }),
  ...(reason === undefined ? {} : { reason }),
  ...(endedAtMs === undefined ? {} : { endedAtMs })
})

/** What a failed triage is for the caller. */
export const triageFailure = (error: TriageFailed): Effect.Effect<never, NotFound | Conflict | Unavailable> => {
  switch (error.reason) {
    case "unknownTopic":
      return Effect.fail(noSuch("topic", error.topic))
    case "unknownLetter":
      return Effect.fail(noSuch("dead letter", `of ${error.topic}`))
    case "refused":
    case "takenOver":
      return Effect.fail(
        new Conflict({
          where: `dead letters of ${error.topic}`,
          found: error.detail,
          expected: "letters that allow it, and nobody else at work on them",
          whatToDo: "Look at what is there now and try again; what was done is done once."
        })
      )
    default:
      return Effect.andThen(
        Effect.logWarning(`Dead letters were not read: ${error.message}`),
        Effect.fail(
          new Unavailable({
            where: `dead letters of ${error.topic}`,
            found: "no answer from Kafka or the schema registry",
            expected: "an answer",
            whatToDo: "Try again in a few seconds; what was done is marked and is not done twice."
          })
        )
      )
  }
}

/** The same for whatever a call on dead letters fails with. */
export const orTriageRefused = <A, E, R>(self: Effect.Effect<A, E | TriageFailed, R>) =>
  Effect.catchIf(
    self,
    (error): error is TriageFailed & E => isTriageFailed(error),
    (error) => triageFailure(error)
  ) as Effect.Effect<A, Exclude<E, TriageFailed> | NotFound | Conflict | Unavailable, R>

const isTriageFailed = (error: unknown): error is TriageFailed =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "TriageFailed"
