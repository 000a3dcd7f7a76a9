import { ConfluentCodec, type SchemaRegistry, type TopicsFile } from "@millrace/contracts"
import type { KafkaClient } from "@millrace/kafka"
import { DeadLetterBox } from "@millrace/runtime"
import { Layer } from "effect"
import { Command } from "effect/cli"
import { editLetter, purgeLetters, replayLetters } from "./letterChanges.ts"
import { listLetters, showLetter } from "./letterViews.ts"

type Failure = { readonly message: string }

/** `millrace dlq list|show|replay|edit|purge`: the dead letters of all topics. */
export const dlqCommand = <E1 extends Failure, E2 extends Failure, E3 extends Failure>(
  kafka: Layer.Layer<KafkaClient, E1>,
  registry: Layer.Layer<SchemaRegistry, E2>,
  file: Layer.Layer<TopicsFile, E3>
) => {
  const codec = ConfluentCodec.layerNoDeps.pipe(Layer.provide(registry))
  const box = DeadLetterBox.layer.pipe(Layer.provide([kafka, codec, file]))
  return Command.make("dlq").pipe(
    Command.withDescription("Dead letters: records that no handler could handle"),
    Command.withSubcommands([listLetters(box), showLetter(box), replayLetters(box), editLetter(box), purgeLetters(box)])
  )
}
