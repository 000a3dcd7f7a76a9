// Foreign boundary: reads topics.yaml from the disk.
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { Config, Context, Effect, Layer, Option, Schema } from "effect"
import type { ErrorKind } from "./ErrorKind.ts"
import { parseTopics } from "./parseTopics.ts"
import type { Topic } from "./Topic.ts"
import type { Topics } from "./Topics.ts"
import { MissingTopicsFile } from "./TopicsError.ts"

/** A worker names a topic that topics.yaml does not declare. */
export class UndeclaredTopic extends Schema.TaggedError<UndeclaredTopic>()("UndeclaredTopic", {
  topic: Schema.String,
  file: Schema.String
}) {
  readonly kind: ErrorKind = "permanent"

  override get message() {
    return `${this.file} declares no topic ${this.topic}. Add it there, then run \`millrace topics apply\`.`
  }
}

/** topics.yaml at the root of the repository. */
export const defaultTopicsPath = fileURLToPath(new URL("../../../topics.yaml", import.meta.url))

/** The one list of topics, read once at start: what `Topics` offers, and the file that it came from. */
export class TopicsFile extends Context.Service<
  TopicsFile,
  Topics & {
    readonly file: string
    /** The topic, or `UndeclaredTopic`, for a start that can't go on without it. */
    readonly declared: (name: string) => Effect.Effect<Topic, UndeclaredTopic>
  }
>()("@millrace/contracts/TopicsFile") {
  /** Reads a file. Fails with `MissingTopicsFile`, or with `InvalidTopicsFile` listing every fault and its line. */
  static readonly layerFile = (file: string) =>
    Layer.effect(
      TopicsFile,
      Effect.gen(function* () {
        const text = yield* Effect.tryPromise({
          try: () => readFile(file, "utf8"),
          catch: (cause) => new MissingTopicsFile({ file, cause })
        })
        const topics = yield* Effect.fromResult(parseTopics(text, file))
        return TopicsFile.of({ ...topics, file, declared: declaredIn(topics, file) })
      })
    )

  /** Reads the file that MILLRACE_TOPICS names, else the repository's own. */
  static readonly layer = Layer.unwrap(
    Effect.gen(function* () {
      const path = yield* Config.option(Config.String("MILLRACE_TOPICS"))
      return TopicsFile.layerFile(Option.getOrElse(path, () => defaultTopicsPath))
    })
  )

  /** Topics made in a test. */
  static readonly layerOf = (topics: Topics) =>
    Layer.succeed(TopicsFile, { ...topics, file: "(memory)", declared: declaredIn(topics, "(memory)") })
}

const declaredIn = (topics: Topics, file: string) => (name: string) => {
  const topic = topics.topic(name)
  return topic === undefined ? Effect.fail(new UndeclaredTopic({ topic: name, file })) : Effect.succeed(topic)
}
