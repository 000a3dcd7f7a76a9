import { ConfluentCodec, type SchemaRegistry, type TopicsFile } from "@millrace/contracts"
import { intentsOf, repeatedCommand } from "@millrace/desk"
import { History } from "@millrace/history"
import type { KafkaClient } from "@millrace/kafka"
import { CommandList, ControlStore, type IntentLedger, type TradingScopes } from "@millrace/store"
import { Effect, Layer, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { explained, refused } from "./CommandFailed.ts"
import { listed, listLines, shownCommand } from "./listedCommands.ts"
import { asJson, printed } from "./printed.ts"
import { settleCommand } from "./settleCommand.ts"
import { userName } from "./userName.ts"
import { printedWhenTold } from "./whenTold.ts"

type Failure = { readonly message: string }

const id = Argument.String("id").pipe(Argument.withDescription("Command, as list shows it"))
export const yes = Flag.Boolean("yes").pipe(
  Flag.withDescription("Do it; without it only shows what would be done"),
  Flag.withDefault(false)
)
const reason = Flag.String("reason").pipe(Flag.withDescription("Why, for the audit log"), Flag.optional)

const operator = Effect.sync(() => `cli:${userName()}`)

/** `millrace commands list|show|execute|cancel|settle`: what automation can't end by itself, by hand. */
export const commandsCommand = <
  E1 extends Failure,
  E2 extends Failure,
  E3 extends Failure,
  E4 extends Failure,
  E5 extends Failure
>(
  stores: Layer.Layer<CommandList | IntentLedger, E1>,
  controls: Layer.Layer<ControlStore | TradingScopes, E2>,
  kafka: Layer.Layer<KafkaClient, E3>,
  registry: Layer.Layer<SchemaRegistry, E4>,
  file: Layer.Layer<TopicsFile, E5>
) => {
  const codec = ConfluentCodec.layerNoDeps.pipe(Layer.provide(registry))
  const history = History.layer.pipe(Layer.provide([kafka, codec, file]))
  const desk = Layer.merge(stores, controls)

  const list = Command.make(
    "list",
    {
      json: asJson,
      status: Flag.Literals("status", ["pending", "unknown", "refused", "failed"]).pipe(
        Flag.withDescription("Only those that wait, whose result is not known, that were refused, or that failed"),
        Flag.optional
      ),
      account: Flag.String("account").pipe(Flag.withDescription("Only this account's"), Flag.optional),
      limit: Flag.Int("limit").pipe(Flag.withDescription("Commands shown at most"), Flag.withDefault(100))
    },
    Effect.fnUntraced(
      function* ({ account, json, limit, status }) {
        const commands = yield* CommandList.use((store) =>
          store.list({
            limit,
            ...(Option.isSome(status) ? { status: status.value } : {}),
            ...(Option.isSome(account) ? { accountId: account.value } : {})
          })
        )
        yield* printed(json, commands, listLines(commands))
      },
      (effect) => explained(Effect.provide(effect, stores))
    )
  ).pipe(
    Command.withDescription("List what waits, is unknown, or was refused, the longest first, with what to do by hand")
  )

  const show = Command.make(
    "show",
    { json: asJson, id },
    Effect.fnUntraced(
      function* (asked) {
        const command = yield* listed(asked.id)
        const intents = yield* intentsOf(asked.id)
        yield* printed(asked.json, { ...command, intents }, shownCommand(command, intents))
      },
      (effect) => explained(Effect.provide(effect, stores))
    )
  ).pipe(Command.withDescription("Show one: why, what to do by hand, and what the ledger knows of its orders"))

  const execute = Command.make(
    "execute",
    { json: asJson, id, yes },
    Effect.fnUntraced(
      function* (asked) {
        const entry = yield* listed(asked.id)
        const command = yield* Effect.provide(repeatedCommand(entry, yield* operator), history)
        const what = `${entry.action} of command ${entry.commandId} on account ${entry.accountId}`
        if (!asked.yes)
          return yield* refused(`This would send ${what} anew, as ${command.commandId}. Say --yes to do it.`)
        const sent = yield* ControlStore.use((store) => store.repeatCommand(command, entry.workspaceId))
        const lines = [
          sent ? `sent anew: ${what}` : `was sent anew before: ${what}`,
          `Its outcome is told in trade-log under ${command.commandId}; refused again, \`millrace commands show ${command.commandId}\` says why.`
        ]
        yield* printedWhenTold(asked.json, { sent, command }, lines)
      },
      (effect) => explained(Effect.provide(effect, desk))
    )
  ).pipe(Command.withDescription("Send a refused or failed command anew, once; it is judged by the present state"))

  const cancel = Command.make(
    "cancel",
    {
      json: asJson,
      id,
      yes,
      reason,
      account: Flag.String("account").pipe(
        Flag.withDescription("Its account, for a command that is not listed (it may still be on its way)"),
        Flag.optional
      )
    },
    Effect.fnUntraced(
      function* (asked) {
        const named = yield* cancelable(asked.id, Option.getOrUndefined(asked.account))
        const what = `command ${asked.id} of account ${named.accountId}`
        if (!asked.yes)
          return yield* refused(`This would withdraw ${what}, so that it is never sent. Say --yes to do it.`)
        const by = {
          actor: yield* operator,
          ...Option.match(asked.reason, { onNone: () => ({}), onSome: (text) => ({ reason: text }) })
        }
        const cancel = yield* ControlStore.use((store) => store.cancelCommand({ commandId: asked.id, ...named }, by))
        const lines = [
          `withdrawn: ${what}`,
          "It ends as refused (canceled_by_operator) at its next try. What was sent before is not undone; an attempt of its own may follow while the condition holds: halt the rule to end that."
        ]
        yield* printedWhenTold(asked.json, { cancel }, lines)
      },
      (effect) => explained(Effect.provide(effect, desk))
    )
  ).pipe(Command.withDescription("Withdraw a command that waits, so that it is never sent"))

  return Command.make("commands").pipe(
    Command.withDescription("Commands that automation can't end by itself: look, and act by hand"),
    Command.withSubcommands([list, show, execute, cancel, settleCommand(stores, operator)])
  )
}

/** The account of a command that can still be withdrawn. */
const cancelable = Effect.fnUntraced(function* (commandId: string, account: string | undefined) {
  const found = yield* CommandList.use((store) => store.find(commandId))
  if (found === undefined) {
    if (account !== undefined) return { accountId: account }
    return yield* refused(
      `No command ${commandId} is listed. Where it may still be on its way, name its account: --account A.`
    )
  }
  switch (found.status) {
    case "pending":
      return { accountId: found.accountId, workspaceId: found.workspaceId }
    case "unknown":
      return yield* refused(
        `Command ${commandId} was sent and can't be withdrawn: look at the exchange, then \`millrace commands settle ${commandId} applied|not-applied\`.`
      )
    default:
      return yield* refused(
        `Command ${commandId} has ended (${found.status}, ${found.reason}): nothing of it is sent any more.`
      )
  }
})
