import { lagOf } from "@millrace/administration"
import type { TopicsFile } from "@millrace/contracts"
import type { KafkaClient } from "@millrace/kafka"
import { Config, Effect, type Layer } from "effect"
import { Command, Flag } from "effect/cli"
import { explained } from "./CommandFailed.ts"

import { asJson, printed } from "./printed.ts"

const instance = Flag.String("instance").pipe(
  Flag.withDescription("Instance whose own groups are shown, too; without it that of the local run, INSTANCE, or 1"),
  Flag.withFallbackConfig(Config.NonEmptyString("INSTANCE")),
  Flag.withDefault("1")
)

/** `millrace lag`: how far each group is behind, lane by lane. */
export const lagCommand = <E1 extends { readonly message: string }, E2 extends { readonly message: string }>(
  kafka: Layer.Layer<KafkaClient, E1>,
  file: Layer.Layer<TopicsFile, E2>
) =>
  Command.make(
    "lag",
    { json: asJson, instance },
    Effect.fnUntraced(
      function* ({ json, instance }) {
        const lags = yield* lagOf(instance)
        const lines = lags.map(
          ({ group, topic, lagRecords }) => `${String(lagRecords).padStart(9)}  ${group}  ${topic}`
        )
        yield* printed(json, lags, lines.length === 0 ? ["No group has committed anything yet."] : lines)
      },
      (effect) => explained(Effect.provide(effect, [kafka, file]))
    )
  ).pipe(Command.withDescription("Show how many records each group is behind, lane by lane"))
