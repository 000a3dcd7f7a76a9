import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { needs } from "./Needs.ts"
import { maxPage, pageOf, pageQuery } from "./Page.ts"
import { SignedIn } from "./SignedIn.ts"
import { ParkedInfo, RecordPage, TopicInfo } from "./TopicInfo.ts"

export const topicParams = {
  topic: Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9-]{0,199}$/u, { message: "a logical topic" }))
}

const Whole = Schema.NumberFromString.check(
  Schema.isInt(),
  Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
)
const text = (maxCharacters: number) => Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(maxCharacters))

/** Cursor, order and size of a search in records. */
export const searchQuery = {
  order: Schema.optionalKey(Schema.Literals(["newest", "oldest"])),
  /** Wall times of records, in milliseconds: from the first on, before the second. */
  fromMs: Schema.optionalKey(Schema.FiniteFromString),
  toMs: Schema.optionalKey(Schema.FiniteFromString),
  /** `next` of the page before, of a search that asks for the same. */
  after: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(8_000))),
  limit: Schema.optionalKey(
    Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: maxPage }))
  )
}

/** Topics and what lies in them. Members of `system` see the records of all workspaces. */
export const TopicsGroup = HttpApiGroup.make("topics")
  .add(
    HttpApiEndpoint.get("list", "/topics", { success: Schema.Array(TopicInfo) })
      .annotate(OpenApi.Summary, "Every topic with its lanes, counts, retention, and the lag of its groups.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.get("schema", "/topics/:topic/schema", {
      params: topicParams,
      success: Schema.Struct({ subject: Schema.String, schema: Schema.Record(Schema.String, Schema.Unknown) })
    })
      .annotate(OpenApi.Summary, "JSON Schema of a topic's values, as this version has it for the registry.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.get("records", "/topics/:topic/records", {
      params: topicParams,
      query: {
        ...searchQuery,
        lane: Schema.optionalKey(Schema.Literals(["critical", "high", "normal", "low"])),
        partition: Schema.optionalKey(Whole),
        /** With a partition: newest first from this offset down, else from it on. */
        offset: Schema.optionalKey(Whole),
        /** The whole key. */
        key: Schema.optionalKey(text(1_000)),
        /** A field of the value, with dots into it, for example `figures.marginLoss`; with `equals`. */
        field: Schema.optionalKey(text(200)),
        equals: Schema.optionalKey(text(1_000)),
        /** Part of the key or of the value's JSON. */
        text: Schema.optionalKey(text(200))
      },
      success: RecordPage
    })
      .annotate(
        OpenApi.Summary,
        "Records of the workspace with decoded values. A call looks at a bounded number of records: while there is `next`, go on with it."
      )
      .annotateMerge(needs("read")),
    HttpApiEndpoint.get("parked", "/parked", {
      query: { after: pageQuery.after, limit: pageQuery.limit, topic: Schema.optionalKey(topicParams.topic) },
      success: Schema.Struct({
        ...pageOf(ParkedInfo).fields,
        /** False: there are more parked records than were read. */
        complete: Schema.Boolean
      })
    })
      .annotate(
        OpenApi.Summary,
        "Records that wait for a later attempt outside of their lane, of one topic or all, by due time."
      )
      .annotateMerge(needs("read"))
  )
  .middleware(SignedIn)
