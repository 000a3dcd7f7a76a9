import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import {
  CheckedValue,
  GivenSelection,
  LetterDetail,
  LetterGroup,
  LetterInfo,
  LetterState,
  ReplayPreview,
  TopicLetters,
  TriageJobInfo
} from "./DeadLetterInfo.ts"
import { needs } from "./Needs.ts"
import { Line, maxPage } from "./Page.ts"
import { SignedIn } from "./SignedIn.ts"

const topicName = Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9-]{0,199}$/u, { message: "a logical topic" }))
const topicParams = { topic: topicName }
const letterParams = {
  topic: topicName,
  letterId: Schema.String.check(Schema.isPattern(/^[0-9a-f]{1,64}$/u, { message: "the id of a dead letter" }))
}
const jobParams = { jobId: Schema.String.check(Schema.isMaxLength(100)) }

const time = Schema.optionalKey(Schema.FiniteFromString)
const chosen = {
  fingerprint: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(200))),
  key: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(1_000))),
  /** Wall time of the last failure, in milliseconds: from `sinceMs` on, before `untilMs`. */
  sinceMs: time,
  untilMs: time
}

const quarantineAfter = Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000 })))
const job = TriageJobInfo.pipe(HttpApiSchema.status(202))

/** Dead letters: looking at them, sending them back, giving them up. Members of `system` see those of all workspaces. */
export const DeadLettersGroup = HttpApiGroup.make("deadLetters")
  .add(
    HttpApiEndpoint.get("topics", "/dead-letters", { success: Schema.Array(TopicLetters) })
      .annotate(OpenApi.Summary, "How many dead letters each topic has, by their state.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.get("groups", "/dead-letters/:topic/groups", {
      params: topicParams,
      query: chosen,
      success: Schema.Array(LetterGroup)
    })
      .annotate(OpenApi.Summary, "Letters of a topic by cause, with whom they concern; most open ones first.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.get("letters", "/dead-letters/:topic/letters", {
      params: topicParams,
      query: {
        ...chosen,
        state: Schema.optionalKey(LetterState),
        after: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^\d{1,9}\/\d{1,16}$/u))),
        limit: Schema.optionalKey(
          Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: maxPage }))
        )
      },
      success: Schema.Struct({ items: Schema.Array(LetterInfo), next: Schema.optionalKey(Schema.String) })
    })
      .annotate(OpenApi.Summary, "Letters of a topic, in the order in which they were set aside within a partition.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.get("letter", "/dead-letters/:topic/letters/:letterId", {
      params: letterParams,
      success: LetterDetail
    })
      .annotate(OpenApi.Summary, "One letter with its value, headers and cause; secrets are hidden.")
      .annotateMerge(needs("read"))
  )
  .add(
    HttpApiEndpoint.post("preview", "/dead-letters/:topic/preview", {
      params: topicParams,
      payload: Schema.Struct({ selection: GivenSelection, quarantineAfter }),
      success: ReplayPreview
    })
      .annotate(
        OpenApi.Summary,
        "What a replay would send, in which order, and what it would leave out. Changes nothing."
      )
      .annotateMerge(needs("replay")),
    HttpApiEndpoint.post("replay", "/dead-letters/:topic/replay", {
      params: topicParams,
      payload: Schema.Struct({
        selection: GivenSelection,
        quarantineAfter,
        /** Letters a second at most; default 100. */
        perSecond: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 0.1, maximum: 10_000 })))
      }),
      success: job
    })
      .annotate(
        OpenApi.Summary,
        "Send letters back to the lanes that they came from, each once, those of a key in order."
      )
      .annotateMerge(needs("replay")),
    HttpApiEndpoint.post("purge", "/dead-letters/:topic/purge", {
      params: topicParams,
      payload: Schema.Struct({ selection: GivenSelection }),
      success: job
    })
      .annotate(OpenApi.Summary, "Give letters up for good.")
      .annotateMerge(needs("replay")),
    HttpApiEndpoint.post("check", "/dead-letters/:topic/letters/:letterId/check", {
      params: letterParams,
      payload: Schema.Struct({ value: Schema.Unknown }),
      success: CheckedValue
    })
      .annotate(OpenApi.Summary, "Whether an edit would take this value. Changes nothing.")
      .annotateMerge(needs("replay")),
    HttpApiEndpoint.post("edit", "/dead-letters/:topic/letters/:letterId/edit", {
      params: letterParams,
      payload: Schema.Struct({ value: Schema.Unknown, reason: Line(500) }),
      success: job
    })
      .annotate(OpenApi.Summary, "Send one letter back with another value, checked against the topic's schema.")
      .annotateMerge(needs("replay"))
  )
  .add(
    HttpApiEndpoint.get("jobs", "/triage-jobs", { success: Schema.Array(TriageJobInfo) })
      .annotate(OpenApi.Summary, "The last 50 jobs on dead letters of the workspace, the latest first.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.get("job", "/triage-jobs/:jobId", { params: jobParams, success: TriageJobInfo })
      .annotate(OpenApi.Summary, "How a job goes on.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.post("stopJob", "/triage-jobs/:jobId/stop", { params: jobParams, success: HttpApiSchema.NoContent })
      .annotate(OpenApi.Summary, "Ask a job to stop; what was done is done. It stops within some seconds.")
      .annotateMerge(needs("replay"))
  )
  .middleware(SignedIn)
