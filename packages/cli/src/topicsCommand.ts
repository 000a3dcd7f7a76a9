import { applyTopics, hasChanges, planTopics } from "@millrace/administration"
import { TopicsFile } from "@millrace/contracts"
import type { KafkaClient } from "@millrace/kafka"
import { Effect, type Layer } from "effect"
import { Command } from "effect/cli"
import { CommandFailed, exitCodes, explained } from "./CommandFailed.ts"
import { asJson, printed } from "./printed.ts"

import { listLines, planLines } from "./TopicReport.ts"

type Failure = { readonly message: string }

/** `millrace topics plan|apply|list`. Exit codes of `plan`: 0 nothing to do, 4 changes wait, 1 refused. */
export const topicsCommand = <E1 extends Failure, E2 extends Failure>(
  kafka: Layer.Layer<KafkaClient, E1>,
  file: Layer.Layer<TopicsFile, E2>
) => {
  const plan = Command.make(
    "plan",
    { json: asJson },
    Effect.fnUntraced(
      function* ({ json }) {
        const changes = yield* planTopics
        yield* printed(json, changes, planLines(changes))
        if (changes.refused.length > 0) return yield* new CommandFailed({ exitCode: 1, reason: "refused" })
        if (hasChanges(changes)) return yield* new CommandFailed({ exitCode: exitCodes.notAll, reason: "changes wait" })
      },
      (effect) => explained(Effect.provide(effect, [kafka, file]))
    )
  ).pipe(Command.withDescription("Show the difference between topics.yaml and the broker (exit code 4: there is one)"))

  const apply = Command.make(
    "apply",
    { json: asJson },
    Effect.fnUntraced(
      function* ({ json }) {
        const changes = yield* applyTopics
        yield* printed(json, changes, planLines(changes))
      },
      (effect) => explained(Effect.provide(effect, [kafka, file]))
    )
  ).pipe(Command.withDescription("Make the broker's topics those of topics.yaml"))

  const list = Command.make(
    "list",
    { json: asJson },
    Effect.fnUntraced(
      function* ({ json }) {
        const topics = yield* TopicsFile
        yield* printed(json, topics.all, listLines(topics))
      },
      (effect) => explained(Effect.provide(effect, file))
    )
  ).pipe(Command.withDescription("List the topics of topics.yaml with their lanes, writers and readers"))

  return Command.make("topics").pipe(
    Command.withDescription("Topics of topics.yaml and of the broker"),
    Command.withSubcommands([plan, apply, list])
  )
}
