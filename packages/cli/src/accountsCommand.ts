import type { Exchange } from "@millrace/exchange"
import { AccountStore, type Credentials } from "@millrace/store"
import { Effect, type Layer, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { accountChangeCommands } from "./accountChanges.ts"
import { accountCredentialCommands } from "./accountCredentials.ts"
import { accountLine, accountLines } from "./accountLines.ts"
import { accountArgument, listedAccount } from "./accountParts.ts"
import { accountSwitchCommands } from "./accountSwitches.ts"
import { explained } from "./CommandFailed.ts"
import { asJson, printed } from "./printed.ts"

type Failure = { readonly message: string }

/** What the commands of accounts and rules need. */
export interface AccountParts<E1 extends Failure, E2 extends Failure> {
  /** Accounts and rules without their secrets: needs no master key. */
  readonly accounts: Layer.Layer<AccountStore, E1>
  /** The same with credentials, which are read and stored under the master key. */
  readonly credentials: Layer.Layer<AccountStore | Credentials, E1>
  readonly exchange: Layer.Layer<Exchange, E2>
}

const workspace = Flag.String("workspace").pipe(Flag.withDescription("Only those of this workspace"), Flag.optional)

/** `millrace accounts …`: accounts, their credentials, whether they act, and their caps. Every change is audited. */
export const accountsCommand = <E1 extends Failure, E2 extends Failure>(parts: AccountParts<E1, E2>) => {
  const list = Command.make(
    "list",
    { workspace, json: asJson },
    Effect.fnUntraced(
      function* ({ json, workspace }) {
        const all = yield* AccountStore.use((store) => store.list(Option.getOrUndefined(workspace)))
        yield* printed(json, all, all.length === 0 ? ["There is no account."] : all.map(accountLine))
      },
      (effect) => explained(Effect.provide(effect, parts.accounts))
    )
  ).pipe(Command.withDescription("List accounts with their network and whether they act"))

  const show = Command.make(
    "show",
    { account: accountArgument, json: asJson },
    Effect.fnUntraced(
      function* ({ account: accountId, json }) {
        const listed = yield* listedAccount(accountId)
        const rules = yield* AccountStore.use((store) => store.rules(accountId))
        yield* printed(json, { ...listed, rules }, accountLines(listed, rules))
      },
      (effect) => explained(Effect.provide(effect, parts.accounts))
    )
  ).pipe(Command.withDescription("Show an account, its caps and rules; never its secrets"))

  return Command.make("accounts").pipe(
    Command.withDescription("Look at exchange accounts and change them"),
    Command.withSubcommands([
      list,
      show,
      ...accountChangeCommands(parts),
      ...accountCredentialCommands(parts),
      ...accountSwitchCommands(parts)
    ])
  )
}
