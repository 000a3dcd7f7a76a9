import type { SchemaRegistry, TopicsFile } from "@millrace/contracts"
import type { KafkaClient } from "@millrace/kafka"
import type { Layer } from "effect"
import { Command } from "effect/cli"
import { lagCommand } from "./lagCommand.ts"
import { schemasCommand } from "./schemasCommand.ts"
import { topicsCommand } from "./topicsCommand.ts"

type Failure = { readonly message: string }

/** What the command needs; each part is made only when a command that uses it runs. */
export interface MillraceParts<E1 extends Failure, E2 extends Failure, E3 extends Failure> {
  readonly kafka: Layer.Layer<KafkaClient, E1>
  readonly registry: Layer.Layer<SchemaRegistry, E2>
  readonly topics: Layer.Layer<TopicsFile, E3>
}

/** The command `millrace`. */
export const millrace = <E1 extends Failure, E2 extends Failure, E3 extends Failure>(
  parts: MillraceParts<E1, E2, E3>
) =>
  Command.make("millrace").pipe(
    Command.withDescription("Operate a Millrace pipeline"),
    Command.withSubcommands([
      topicsCommand(parts.kafka, parts.topics),
      schemasCommand(parts.registry),
      lagCommand(parts.kafka, parts.topics)
    ])
  )
