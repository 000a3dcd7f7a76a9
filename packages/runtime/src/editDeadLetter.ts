import { createHash } from "node:crypto"
import { type PayloadEdit, RecordCodec, type Topic, type TopicContract } from "@millrace/contracts"
import { Clock, Effect, Result, Schema } from "effect"
import { failed } from "./DeadLetterMarks.ts"
import { type ReplayTargets, replayedRecord, replayIdOf } from "./ReplayedRecord.ts"
import { replayTargets } from "./replayDeadLetters.ts"
import { letterKey, type StoredDeadLetter } from "./StoredDeadLetter.ts"
import { scanDeadLetters } from "./scanDeadLetters.ts"
import type { TriageFailed } from "./TriageFailed.ts"
import { inTriageSession, type TriageServices, type TriageSession } from "./TriageSession.ts"

/** A new value for a letter, which goes back to its lane with it. */
export interface EditRequest {
  readonly id: string
  /** The whole new value as JSON, in the form of the topic's schema. */
  readonly json: string
  readonly actor: string
  /** Kept with the mark. */
  readonly reason: string
}

/** What an edit did. */
export interface EditReport {
  readonly topic: string
  readonly id: string
  readonly replayId: string
  readonly edit: PayloadEdit
  /** Older open letters of the same key, which the edited record is now ahead of. */
  readonly overtaking: number
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

const parseJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Unknown))

/** Checks the new value against the topic's schema and encodes it; undeclared keys are refused. Sends nothing. */
const encodeEdit = Effect.fnUntraced(function* (contract: TopicContract<unknown>, json: string) {
  const codec = yield* RecordCodec
  const refused = (detail: string, cause: unknown) => failed(contract.name, "refused", detail, cause)
  const parsed = parseJson(json)
  if (Result.isFailure(parsed)) return yield* refused("the new value is no JSON", parsed.failure)
  const decode = Schema.decodeUnknownResult(contract.value, { errors: "all", onExcessProperty: "error" })
  const value = decode(parsed.success)
  if (Result.isFailure(value)) {
    return yield* refused(`the new value does not match the schema: ${value.failure.message}`, value.failure)
  }
  yield* Effect.mapError(codec.prepare([contract]), (cause) =>
    failed(contract.name, "unavailable", cause.message, cause)
  )
  return yield* Effect.mapError(Effect.fromResult(codec.encode(contract, value.success)), (cause) =>
    refused(`the new value can't be encoded: ${cause.message}`, cause)
  )
})

/** Whether an edit would take this value: what is wrong with it, or undefined. Reads no letter and sends nothing. */
export const checkEdit = (
  contract: TopicContract<unknown>,
  json: string
): Effect.Effect<string | undefined, TriageFailed, RecordCodec> =>
  encodeEdit(contract, json).pipe(
    Effect.as(undefined),
    Effect.catch((error) => (error.reason === "refused" ? Effect.succeed(error.detail) : Effect.fail(error)))
  )

/** A letter by its id, and how many older letters of its key are open. */
const findOpen = Effect.fnUntraced(function* (session: TriageSession, id: string) {
  const openOf = new Map<string | undefined, Set<string>>()
  let found: StoredDeadLetter | undefined
  yield* scanDeadLetters(session.topic, (page) =>
    Effect.sync(() => {
      for (const letter of page) {
        if (letter.id === id) {
          found = letter
          return false
        }
        if (session.marks.get(letter.id) !== undefined) continue
        const key = letterKey(letter)
        openOf.set(key, (openOf.get(key) ?? new Set()).add(letter.id))
      }
      return true
    })
  )
  if (found === undefined) {
    const detail = `there is no letter ${id}; it was never there, or its retention is over`
    return yield* failed(session.topic.name, "unknownLetter", detail, undefined)
  }
  const mark = session.marks.get(id)
  if (mark !== undefined) {
    const detail = `letter ${id} was ${mark.state} by ${mark.actor} before; only an open one can be edited`
    return yield* failed(session.topic.name, "refused", detail, undefined)
  }
  const key = letterKey(found)
  return { letter: found, overtaking: key === undefined ? 0 : (openOf.get(key)?.size ?? 0) }
})

/**
 * Sends a letter back to its lane with another value, once, whether it is open or quarantined. Key and headers stay.
 *
 * The value is checked before anything is written; who did it and the hashes of both values stand in the letter's mark.
 * Fails with `TriageFailed`: `refused` for a value that does not match the schema, or a letter that is not open.
 */
export const editDeadLetter = Effect.fnUntraced(function* (
  topic: Topic,
  contract: TopicContract<unknown>,
  request: EditRequest
): Effect.fn.Return<EditReport, TriageFailed, TriageServices> {
  const bytes = yield* encodeEdit(contract, request.json)
  const targets = yield* replayTargets(topic, contract)
  let sent: EditReport | undefined
  return yield* inTriageSession(topic, (session) => {
    // A commit of unknown fate: the mark tells that it was written.
    const replayId = session.marks.get(request.id)?.replayId
    if (sent !== undefined && replayId === sent.replayId) return Effect.succeed(sent)
    return Effect.flatMap(findOpen(session, request.id), ({ letter, overtaking }) => {
      const edit = {
        beforeSha256: sha256(letter.record.value ?? new Uint8Array()),
        afterSha256: sha256(bytes),
        reason: request.reason
      }
      sent = { topic: topic.name, id: letter.id, replayId: replayIdOf(letter.id), edit, overtaking }
      return Effect.as(sendEdited(session, targets, letter, { bytes, edit, actor: request.actor }), sent)
    })
  })
})

const sendEdited = Effect.fnUntraced(function* (
  session: TriageSession,
  targets: ReplayTargets,
  letter: StoredDeadLetter,
  edited: { readonly bytes: Uint8Array; readonly edit: PayloadEdit; readonly actor: string }
) {
  const record = replayedRecord(letter, targets, edited.bytes)
  if (Result.isFailure(record)) {
    return yield* failed(
      session.topic.name,
      "refused",
      `letter ${letter.id} can't go back: ${record.failure}`,
      undefined
    )
  }
  const mark = {
    letterId: letter.id,
    state: "edited" as const,
    partition: letter.partition,
    offset: letter.offset,
    replayId: replayIdOf(letter.id),
    edit: edited.edit,
    actor: edited.actor,
    atMs: yield* Clock.currentTimeMillis
  }
  yield* session.commit([{ letterId: letter.id, mark, workspaceId: letter.workspaceId, record: record.success }])
})
