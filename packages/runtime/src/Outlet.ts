import type { ProducerRecord } from "@millrace/kafka"
import { wallClockMsOf } from "@millrace/telemetry"
import { Clock, Effect, Exit } from "effect"
import { type DeadLetter, DeadLetters } from "./DeadLetters.ts"
import type { FailureReport } from "./ErrorFingerprint.ts"
import { judgeCause } from "./HandlerVerdict.ts"
import { traceHeader } from "./Headers.ts"
import { Publisher } from "./Publisher.ts"
import type { Fetched } from "./RecordDecoder.ts"
import { holdPolicy, startRetries } from "./RetrySchedule.ts"
import type { Outgoing } from "./Worker.ts"

/** A partition that may be lost while something is published for it. */
export interface Ownership {
  readonly owned: boolean
}

/** How publishing ended: with the broker; given up as the partition is not ours any more; or refused for good. */
export type Sent =
  | { readonly _tag: "Sent" }
  | { readonly _tag: "Lost" }
  | { readonly _tag: "Refused"; readonly failure: FailureReport }

/** How often a record was tried, for its dead letter. */
export interface History {
  readonly attempts: number
  readonly firstFailureMs: number | undefined
}

/**
 * The way out for the outcome of a record: to its topics, or to the dead letters.
 *
 * While Kafka does not answer it waits and tries again, as long as the partition is held: so nothing counts as finished
 * that is not with the broker.
 */
export interface Outlet {
  readonly publish: (owner: Ownership, records: ReadonlyArray<Outgoing>) => Effect.Effect<Sent>
  readonly setAside: (
    owner: Ownership,
    fetched: Fetched,
    failure: FailureReport,
    history: History
  ) => Effect.Effect<Sent>
  /** Sends a record as it is; `waiting` is what the log says while Kafka does not answer. */
  readonly send: (owner: Ownership, record: ProducerRecord, waiting: string) => Effect.Effect<Sent>
}

const sent: Sent = { _tag: "Sent" }
const lost: Sent = { _tag: "Lost" }

/** The way out of one input or broadcast. */
export const makeOutlet = (worker: string, deadLetterTopic: string) =>
  Effect.gen(function* () {
    const publisher = yield* Publisher
    const deadLetters = yield* DeadLetters
    const clock = yield* Clock.Clock
    const publish: Outlet["publish"] = (owner, records) =>
      records.length === 0
        ? Effect.succeed(sent)
        : insist(owner, publisher.publish(records), "outcome not published yet", worker)
    const setAside: Outlet["setAside"] = (owner, fetched, failure, history) =>
      Effect.gen(function* () {
        const nowMs = wallClockMsOf(clock)
        yield* Effect.logError("record set aside", { ...fieldsOf(worker, fetched), event: "fail", ...shown(failure) })
        const { topic, partition, lane, record } = fetched
        const letter: DeadLetter = {
          record,
          origin: { topic, partition, lane },
          deadLetterTopic,
          failure,
          attempts: history.attempts,
          firstFailureMs: history.firstFailureMs ?? nowMs,
          lastFailureMs: nowMs,
          service: worker
        }
        return yield* insist(
          owner,
          deadLetters.send(letter),
          "dead letter not written; its offset is not committed",
          worker
        )
      })
    const send: Outlet["send"] = (owner, record, waiting) => insist(owner, publisher.sendRaw([record]), waiting, worker)
    return { publish, setAside, send } satisfies Outlet
  })

/** Sends until it is sent, refused for good, or no longer ours to send. */
const insist = Effect.fnUntraced(function* (
  owner: Ownership,
  send: ReturnType<Publisher["Service"]["publish"]>,
  waiting: string,
  worker: string
): Effect.fn.Return<Sent> {
  if (!owner.owned) return lost
  const waits = yield* startRetries(holdPolicy)
  while (true) {
    const exit = yield* Effect.exit(send)
    if (Exit.isSuccess(exit)) return sent
    const verdict = judgeCause(exit.cause)
    if (verdict._tag === "Interrupted") return lost
    if (verdict._tag !== "Hold") return { _tag: "Refused", failure: verdict.failure }
    yield* Effect.logWarning(waiting, { worker, event: "retry", ...shown(verdict.failure) })
    yield* Effect.sleep((yield* waits.next) ?? 0)
    if (!owner.owned) return lost
  }
})

/** Fields of a log line about a record. */
export const fieldsOf = (worker: string, { lane, partition, record, topic }: Fetched) => ({
  worker,
  jobId: `${topic}/${partition}/${record.offset}`,
  lane
})

/** Fields of a log line about a failure. */
export const shown = (failure: FailureReport) => ({ error: failure.message, kind: failure.kind, tag: failure.tag })

/** Hands a record's trace on to outputs that name none themselves. */
export const withTrace = (
  records: ReadonlyArray<Outgoing>,
  traceparent: string | undefined
): ReadonlyArray<Outgoing> =>
  traceparent === undefined
    ? records
    : records.map((record) =>
        record.headers[traceHeader] === undefined
          ? { ...record, headers: { ...record.headers, [traceHeader]: traceparent } }
          : record
      )
