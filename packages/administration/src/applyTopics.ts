import { type ErrorKind, TopicsFile } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { Effect, Schema } from "effect"
import { type TopicChanges, TopicRefusal, topicChanges } from "./TopicChanges.ts"

/** topics.yaml asks for something that can't be done to topics with records in them; nothing was changed. */
export class TopicsRefused extends Schema.TaggedError<TopicsRefused>()("TopicsRefused", {
  refused: Schema.Array(TopicRefusal)
}) {
  readonly kind: ErrorKind = "permanent"

  override get message() {
    return this.refused.map(({ topic, found, remedy }) => `${topic}: ${found}. ${remedy}`).join("\n")
  }
}

/** Returns the difference between topics.yaml and the broker. Fails with `KafkaError`. */
export const planTopics = Effect.gen(function* () {
  const { admin } = yield* KafkaClient
  const wanted = (yield* TopicsFile).physicalTopics()
  const names = (yield* admin.listTopics).filter((name) => !name.startsWith("_"))
  const declared = new Set(wanted.map((topic) => topic.topic))
  const present = yield* admin.describeTopics(names.filter((name) => declared.has(name)))
  const undeclared = names.filter((name) => !declared.has(name)).sort()
  return { ...topicChanges(wanted, present), undeclared }
}).pipe(Effect.withSpan("cli.planTopics"))

/**
 * Makes the broker's topics those of topics.yaml and returns what was done; may be repeated at any time.
 *
 * Topics that the file does not name are left alone. Fails with `TopicsRefused` before anything is changed, and with
 * `KafkaError`, after which some of it may be done: run it again.
 */
export const applyTopics = Effect.gen(function* () {
  const { admin } = yield* KafkaClient
  const changes: TopicChanges = yield* planTopics
  if (changes.refused.length > 0) return yield* new TopicsRefused({ refused: changes.refused })
  const wanted = new Map((yield* TopicsFile).physicalTopics().map((topic) => [topic.topic, topic]))
  if (changes.create.length > 0) yield* admin.createTopics(changes.create)
  // All of a topic's settings go along: brokers' older call puts those left out back to their defaults.
  yield* Effect.forEach(changes.alter, ({ topic }) => admin.alterTopicConfig(topic, wanted.get(topic)?.config ?? {}), {
    discard: true
  })
  return changes
}).pipe(Effect.withSpan("cli.applyTopics"))
