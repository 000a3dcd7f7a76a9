/** The words of topics.yaml: what may stand where. Meaning across entries is checked in `parseTopics`. */
import { Duration, Option, Schema, SchemaTransformation } from "effect"
import { urgencies } from "./Topic.ts"

const words = (pattern: RegExp, message: string) => Schema.String.check(Schema.isPattern(pattern, { message }))

/** A time such as `30 seconds`, `500 millis` or `7 days`. */
const DurationText = words(
  /^\d+ (millis|seconds?|minutes?|hours?|days?)$/u,
  "Expected a time such as `500 millis`, `30 seconds`, `5 minutes`, `6 hours` or `30 days`"
).pipe(
  Schema.decodeTo(
    Schema.Duration,
    SchemaTransformation.transform({
      decode: (text) => Option.getOrElse(Duration.fromInput(text as Duration.Input), () => Duration.zero),
      encode: (duration) => `${Duration.toMillis(duration)} millis`
    })
  )
)

const byteUnits = { bytes: 1, KiB: 1024, MiB: 1024 * 1024 } as const

/** A size such as `256 KiB` or `1 MiB`, as a number of bytes. */
const BytesText = words(
  /^[1-9]\d{0,8} (bytes|KiB|MiB)$/u,
  "Expected a size such as `512 bytes`, `256 KiB` or `1 MiB`"
).pipe(
  Schema.decodeTo(
    Schema.Int,
    SchemaTransformation.transform({
      decode: (text) => {
        const [count, unit] = text.split(" ")
        return Number(count) * byteUnits[unit as keyof typeof byteUnits]
      },
      encode: (bytes) => `${bytes} bytes`
    })
  )
)

const PackageName = words(/^[a-z]+(-[a-z]+)*$/u, "Expected the name of a package, such as `market-data`")
/** Kafka allows 249 characters; `.critical` and `.dlq` are put behind it. */
const TopicName = words(/^[a-z]+(-[a-z]+)*$/u, "Expected a topic's name in lower-case words joined by `-`")
const KindName = words(
  /^[A-Za-z][A-Za-z_]*$/u,
  "Expected the name of a kind of record, such as `MarketTick` or `margin_alert`"
)
const Sentence = Schema.String.check(Schema.isMinLength(3, { message: "Expected a few words" }))
const Kept = Schema.Union([DurationText, Schema.Literal("forever")])
const whole = (minimum: number, maximum: number) =>
  Schema.Int.check(
    Schema.isBetween({ minimum, maximum }, { message: `Expected a whole number from ${minimum} to ${maximum}` })
  )
const share = Schema.Finite.check(
  Schema.isBetween({ minimum: 0, maximum: 1 }, { message: "Expected a share from 0 to 1" })
)
const factor = Schema.Finite.check(
  Schema.isBetween({ minimum: 1, maximum: 100 }, { message: "Expected a factor from 1 to 100" })
)

export const LaneSyntax = Schema.Literals(urgencies)

const retryFields = {
  attempts: whole(1, 1000),
  backoff: Schema.Literals(["fixed", "exponential"]),
  initial: DurationText,
  factor,
  jitter: share,
  cap: DurationText
}
const optional = {
  attempts: Schema.optionalKey(retryFields.attempts),
  backoff: Schema.optionalKey(retryFields.backoff),
  initial: Schema.optionalKey(retryFields.initial),
  factor: Schema.optionalKey(factor),
  jitter: Schema.optionalKey(share),
  cap: Schema.optionalKey(DurationText)
}

/** A part of a policy; what it leaves out comes from the topic, then from the defaults. */
export const PolicySyntax = Schema.Struct({
  retry: Schema.optionalKey(Schema.Struct(optional)),
  timeout: Schema.optionalKey(DurationText),
  concurrency: Schema.optionalKey(whole(1, 100_000))
})
export type PolicySyntax = typeof PolicySyntax.Type

const Partitions = whole(1, 10_000)
const Replication = Schema.Union([Schema.Literal("broker"), whole(1, 15)])

export const DefaultsSyntax = Schema.Struct({
  partitions: Partitions,
  /** `broker` leaves it to the broker's own default. */
  replication: Replication,
  retention: Kept,
  tombstones: DurationText,
  /** Default 1 day. */
  segment: Schema.optionalKey(DurationText),
  maxMessage: BytesText,
  retry: Schema.Struct(retryFields),
  timeout: DurationText,
  concurrency: whole(1, 100_000),
  deadLetters: Schema.Struct({ partitions: Partitions, retention: Kept })
})
export type DefaultsSyntax = typeof DefaultsSyntax.Type

export const TopicSyntax = Schema.Struct({
  about: Sentence,
  key: Sentence,
  partitionedBy: Schema.optionalKey(Sentence),
  lanes: Schema.optionalKey(Schema.NonEmptyArray(LaneSyntax)),
  defaultLane: Schema.optionalKey(LaneSyntax),
  partitions: Schema.optionalKey(Partitions),
  replication: Schema.optionalKey(Replication),
  retention: Schema.optionalKey(Kept),
  compacted: Schema.optionalKey(Schema.Boolean),
  tombstones: Schema.optionalKey(DurationText),
  segment: Schema.optionalKey(DurationText),
  forgetAfter: Schema.optionalKey(DurationText),
  parked: Schema.optionalKey(Schema.Boolean),
  maxMessage: Schema.optionalKey(BytesText),
  ...PolicySyntax.fields,
  /** Policies of single lanes where they differ from the topic's. */
  laneOverrides: Schema.optionalKey(Schema.Record(LaneSyntax, Schema.optionalKey(PolicySyntax))),
  records: Schema.Record(KindName, Schema.Struct({ writer: PackageName, readers: Schema.Array(PackageName) }))
})
export type TopicSyntax = typeof TopicSyntax.Type

export const TopicsSyntax = Schema.Struct({
  version: Schema.Literal(1),
  defaults: DefaultsSyntax,
  topics: Schema.Record(TopicName, TopicSyntax)
})
export type TopicsSyntax = typeof TopicsSyntax.Type
