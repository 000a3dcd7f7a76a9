import { ConfluentCodec, type SchemaRegistry, type TopicsFile } from "@millrace/contracts"
import { History } from "@millrace/history"
import type { KafkaClient } from "@millrace/kafka"
import { DeadLetterBox } from "@millrace/runtime"
import type { AlertStore, CommandList, IntentLedger, ScheduleStore, TimerStore } from "@millrace/store"
import { Layer } from "effect"
import { Command } from "effect/cli"
import type { SqlClient } from "effect/sql/SqlClient"
import { type AccountParts, accountsCommand } from "./accountsCommand.ts"
import { alertsCommand } from "./alertsCommand.ts"
import { auditCommand } from "./auditCommand.ts"
import { commandsCommand } from "./commandsCommand.ts"
import { controlsCommands } from "./controlsCommands.ts"
import { dlqCommand } from "./dlqCommand.ts"
import { doctorCommand } from "./doctorCommand.ts"
import { explainCommand } from "./explainCommand.ts"
import { intentsCommand } from "./intentsCommand.ts"
import { lagCommand } from "./lagCommand.ts"
import { logsCommand } from "./logsCommand.ts"
import type { MemberStores } from "./memberParts.ts"
import { parkedCommand } from "./parkedCommand.ts"
import { recordsCommand } from "./recordsCommand.ts"
import { replayCommand } from "./replayCommand.ts"
import { rulesCommand } from "./rulesCommand.ts"
import { schedulesCommand } from "./schedulesCommand.ts"
import { schemasCommand } from "./schemasCommand.ts"
import { statusCommand } from "./statusCommand.ts"
import { timersCommand } from "./timersCommand.ts"
import { tokensCommand } from "./tokensCommand.ts"
import { topicsCommand } from "./topicsCommand.ts"
import { type TradingStores, tradingCommand } from "./tradingCommand.ts"
import { upCommands } from "./upCommand.ts"
import { usersCommand } from "./usersCommand.ts"
import { workspacesCommand } from "./workspacesCommand.ts"

type Failure = { readonly message: string }

/** What the command needs; each part is made only when a command that uses it runs. */
export interface MillraceParts<
  E1 extends Failure,
  E2 extends Failure,
  E3 extends Failure,
  E4 extends Failure,
  E5 extends Failure,
  E6 extends Failure,
  E7 extends Failure,
  E8 extends Failure,
  E9 extends Failure,
  E10 extends Failure
> {
  readonly kafka: Layer.Layer<KafkaClient, E1>
  readonly registry: Layer.Layer<SchemaRegistry, E2>
  readonly topics: Layer.Layer<TopicsFile, E3>
  readonly controls: Layer.Layer<TradingStores, E4>
  readonly commands: Layer.Layer<CommandList | IntentLedger, E8>
  readonly timers: Layer.Layer<TimerStore | ScheduleStore, E5>
  /** PostgreSQL as it is, without migrating it. Absent: the command has no `doctor`. */
  readonly database?: Layer.Layer<SqlClient, Failure>
  /** Absent: the command has neither `accounts` nor `rules`. */
  readonly trading?: AccountParts<E6, E7>
  /** Absent: the command has no `alerts`. */
  readonly alerts?: Layer.Layer<AlertStore, E9>
  /** Absent: the command has neither `users`, `workspaces` nor `tokens`. */
  readonly members?: Layer.Layer<MemberStores, E10>
}

/** The command `millrace`. */
export const millrace = <
  E1 extends Failure,
  E2 extends Failure,
  E3 extends Failure,
  E4 extends Failure,
  E5 extends Failure,
  E6 extends Failure = never,
  E7 extends Failure = never,
  E8 extends Failure = never,
  E9 extends Failure = never,
  E10 extends Failure = never
>(
  parts: MillraceParts<E1, E2, E3, E4, E5, E6, E7, E8, E9, E10>
) => {
  const codec = ConfluentCodec.layerNoDeps.pipe(Layer.provide(parts.registry))
  const history = History.layer.pipe(Layer.provide([parts.kafka, codec, parts.topics]))
  return Command.make("millrace").pipe(
    Command.withDescription("Operate a Millrace pipeline"),
    Command.withSubcommands([
      ...upCommands,
      statusCommand(history),
      logsCommand,
      topicsCommand(parts.kafka, parts.topics),
      schemasCommand(parts.registry),
      lagCommand(parts.kafka, parts.topics),
      ...controlsCommands(parts.controls, parts.topics),
      tradingCommand(parts.controls, parts.kafka, parts.registry, parts.topics),
      commandsCommand(parts.commands, parts.controls, parts.kafka, parts.registry, parts.topics),
      intentsCommand(parts.commands),
      auditCommand(history),
      explainCommand(parts.kafka, parts.registry, parts.topics),
      recordsCommand(parts.kafka, parts.registry, parts.topics),
      parkedCommand(parts.kafka, parts.registry, parts.topics),
      dlqCommand(parts.kafka, parts.registry, parts.topics),
      timersCommand(parts.timers),
      schedulesCommand(parts.timers, parts.topics),
      replayCommand(parts.kafka, parts.registry, parts.topics),
      ...(parts.trading === undefined ? [] : [accountsCommand(parts.trading), rulesCommand(parts.trading.accounts)]),
      ...(parts.alerts === undefined ? [] : [alertsCommand(parts.alerts)]),
      ...(parts.members === undefined
        ? []
        : [usersCommand(parts.members), workspacesCommand(parts.members), tokensCommand(parts.members)]),
      ...(parts.database === undefined || parts.trading === undefined
        ? []
        : [
            doctorCommand<Failure>({
              kafka: Layer.merge(parts.kafka, parts.topics),
              registry: parts.registry,
              records: Layer.mergeAll(history, parts.kafka, codec, parts.topics),
              letters: DeadLetterBox.layer.pipe(Layer.provide([parts.kafka, codec, parts.topics])),
              database: parts.database,
              stores: Layer.merge(parts.commands, parts.controls),
              accounts: parts.trading.credentials
            })
          ])
    ])
  )
}
