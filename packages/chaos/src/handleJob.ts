import { type HandlerFailure, type Incoming, type Outcome, outgoing } from "@millrace/runtime"
import { IntentLedger, type NewIntent, type SendPermit, type StoreError } from "@millrace/store"
import { wallClockMs } from "@millrace/telemetry"
import { Duration, Effect } from "effect"
import { endThisProcess } from "./endThisProcess.ts"
import { type Job, type JobResult, jobResults } from "./Job.ts"
import { findEffect, sendEffect } from "./SinkClient.ts"
import { signatureWindowMs } from "./SinkMode.ts"

/** Where the sink is, and who asks. */
export interface JobTools {
  readonly sinkUrl: string
  readonly worker: string
}

const ledgerTimeout = Duration.seconds(4)
/** Beyond the signature's window: clocks are read one after the other. */
const slackMs = 200
const shakyFailures = 2

const failure = (
  kind: HandlerFailure["kind"],
  tag: string,
  message: string,
  retryAfterMs?: number
): HandlerFailure => ({
  _tag: tag,
  kind,
  message,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs })
})

const held = (message: string, retryAfterMs?: number) => Effect.fail(failure("system", "Held", message, retryAfterMs))

const bounded = <A>(self: Effect.Effect<A, StoreError>): Effect.Effect<A, HandlerFailure> =>
  Effect.timeoutOrElse(
    Effect.mapError(self, (error): HandlerFailure => error),
    {
      duration: ledgerTimeout,
      orElse: () => held("PostgreSQL gave no answer within 4 s")
    }
  )

/**
 * Handles one job as the executor handles a command: the intent is durable before the request goes out, a reply that
 * does not come is read back, and a request is repeated only once its signature is too old to be applied.
 */
export const makeHandleJob = (tools: JobTools) =>
  Effect.fnUntraced(function* (record: Incoming<Job>): Effect.fn.Return<Outcome, HandlerFailure, IntentLedger> {
    const { attempt, value: job } = record
    switch (job.wish) {
      case "death":
        return yield* endThisProcess
      case "failure":
        return yield* Effect.fail(failure("permanent", "NeverWorks", "no attempt can help this job"))
      case "refusal":
        return told(tools, record, "refused")
      case "shaky":
        if (attempt <= shakyFailures) return yield* Effect.fail(failure("temporary", "Shaky", "fails twice"))
        return yield* applyOnce(tools, record)
      case "effect":
        return yield* applyOnce(tools, record)
    }
  })

const told = (tools: JobTools, { key, value, workspaceId }: Incoming<Job>, status: JobResult["status"]): Outcome => ({
  publish: [outgoing(jobResults, { key, value: { id: value.id, status, worker: tools.worker }, workspaceId })]
})

const intentOf = ({ key, value, workspaceId }: Incoming<Job>): NewIntent => ({
  intentId: value.id,
  workspaceId,
  accountId: key,
  ruleId: "chaos",
  positionId: value.id,
  action: "apply",
  positionRevision: 0,
  repeatable: false,
  request: {}
})

const applyOnce = (tools: JobTools, record: Incoming<Job>): Effect.Effect<Outcome, HandlerFailure, IntentLedger> =>
  Effect.gen(function* () {
    const ledger = yield* IntentLedger
    const signedAtMs = yield* wallClockMs
    return yield* follow(
      tools,
      record,
      yield* bounded(ledger.send(intentOf(record), signedAtMs, tools.worker)),
      signedAtMs
    )
  })

const follow = (
  tools: JobTools,
  record: Incoming<Job>,
  permit: SendPermit,
  signedAtMs: number
): Effect.Effect<Outcome, HandlerFailure, IntentLedger> => {
  switch (permit._tag) {
    case "Granted":
      return request(tools, record, permit.fence, signedAtMs)
    case "Settled":
      return Effect.succeed(told(tools, record, "applied"))
    case "Unsettled":
      return reconcile(tools, record, permit.intent.fence, permit.intent.signedAtMs ?? signedAtMs)
    case "Blocked":
      return held(`blocked by ${permit.by}: ${permit.reason}`, 200)
    case "Capped":
      return held(`the cap ${permit.cap} is reached`, 200)
  }
}

const request = Effect.fnUntraced(function* (
  tools: JobTools,
  record: Incoming<Job>,
  fence: number,
  signedAtMs: number
): Effect.fn.Return<Outcome, HandlerFailure, IntentLedger> {
  const { key, lane, partition, value } = record
  const reply = yield* sendEffect(tools.sinkUrl, {
    ...{ id: value.id, key, lane, partition, n: value.n, sentAtMs: value.sentAtMs },
    ...{ signedAtMs, fence, worker: tools.worker }
  })
  switch (reply._tag) {
    case "Applied":
      yield* settle(record, fence, "succeeded", reply.effectId)
      return told(tools, record, "applied")
    case "Stale":
      yield* settle(record, fence, "not_applied")
      return yield* held("the signature was too old", 50)
    case "Limited":
      yield* settle(record, fence, "not_applied")
      return yield* held("429", reply.retryAfterMs)
    case "Away":
      yield* settle(record, fence, "not_applied")
      return yield* held(`the sink is away: ${reply.why}`)
    case "Unknown":
      return yield* held(`no reply, so it will be read back: ${reply.why}`, 300)
  }
})

/** The clock is read before the read-back: what is absent after the signature's end will never be applied. */
const reconcile = Effect.fnUntraced(function* (
  tools: JobTools,
  record: Incoming<Job>,
  fence: number,
  sentAtMs: number
): Effect.fn.Return<Outcome, HandlerFailure, IntentLedger> {
  const nowMs = yield* wallClockMs
  const found = yield* findEffect(tools.sinkUrl, record.value.id)
  if (found === undefined) return yield* held("the sink does not answer the read-back")
  if (found !== null) {
    yield* settle(record, fence, "succeeded", `effect-${found.id}`)
    return told(tools, record, "applied")
  }
  const safeAtMs = sentAtMs + signatureWindowMs + slackMs
  if (nowMs < safeAtMs) return yield* held("a copy may still be applied", Math.ceil(safeAtMs - nowMs))
  const ledger = yield* IntentLedger
  const permit = yield* bounded(ledger.resend(record.value.id, fence, nowMs, tools.worker))
  return permit._tag === "Granted"
    ? yield* request(tools, record, permit.fence, nowMs)
    : yield* held("another worker has taken the intent", 100)
})

const settle = Effect.fnUntraced(function* (
  record: Incoming<Job>,
  fence: number,
  state: "succeeded" | "not_applied",
  effectId?: string
) {
  const ledger = yield* IntentLedger
  const result = { state, reason: state, outcome: {}, ...(effectId === undefined ? {} : { effectId }) }
  yield* bounded(ledger.settle(record.value.id, fence, result))
})
