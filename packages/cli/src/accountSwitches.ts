import { AccountStore } from "@millrace/store"
import { Console, Effect, Stdio, Stream } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { accountLine } from "./accountLines.ts"
import { accountArgument, changed, listedAccount, operator } from "./accountParts.ts"
import type { AccountParts } from "./accountsCommand.ts"
import { explained, refused } from "./CommandFailed.ts"
import { asJson, printed } from "./printed.ts"

type Failure = { readonly message: string }

const yes = Flag.Boolean("yes").pipe(
  Flag.withDescription("Do not ask for the account's id again"),
  Flag.withDefault(false)
)

/** `accounts arm|disarm|activate|deactivate|rotate-keys`. */
export const accountSwitchCommands = <E1 extends Failure, E2 extends Failure>({
  accounts,
  credentials
}: AccountParts<E1, E2>) => {
  const arm = Command.make(
    "arm",
    { account: accountArgument, yes, json: asJson },
    Effect.fnUntraced(
      function* ({ account: accountId, json, yes }) {
        const { account, hasCredentials } = yield* listedAccount(accountId)
        if (account.network !== "mainnet")
          return yield* refused(`${accountId} is of the network ${account.network}: only mainnet accounts are armed.`)
        if (!hasCredentials) return yield* refused(`${accountId} has no credentials. Store and check them first.`)
        if (!yes) yield* typedAgain(accountId)
        yield* AccountStore.use((store) =>
          Effect.flatMap(operator, (actor) => store.modifyAccount(accountId, changed({ armed: true }), { actor }))
        )
        const listed = yield* listedAccount(accountId)
        yield* printed(json, listed, [`armed: ${accountLine(listed)}`])
      },
      (effect) => explained(Effect.provide(effect, accounts))
    )
  ).pipe(Command.withDescription("Let a mainnet account act; asks for its id again"))

  const disarm = Command.make(
    "disarm",
    { account: accountArgument, json: asJson },
    Effect.fnUntraced(
      function* ({ account: accountId, json }) {
        yield* listedAccount(accountId)
        yield* AccountStore.use((store) =>
          Effect.flatMap(operator, (actor) => store.modifyAccount(accountId, changed({ armed: false }), { actor }))
        )
        const listed = yield* listedAccount(accountId)
        yield* printed(json, listed, [
          `disarmed: ${accountLine(listed)}`,
          "! nothing is sent for it any more, protection included"
        ])
      },
      (effect) => explained(Effect.provide(effect, accounts))
    )
  ).pipe(Command.withDescription("Let a mainnet account act no more, not even to protect"))

  const activation = (name: "activate" | "deactivate", about: string) =>
    Command.make(
      name,
      {
        accounts: Argument.String("account").pipe(
          Argument.withDescription("Account ids"),
          Argument.variadic({ min: 1 })
        ),
        json: asJson
      },
      Effect.fnUntraced(
        function* ({ accounts: ids, json }) {
          for (const accountId of ids) {
            const { hasCredentials } = yield* listedAccount(accountId)
            if (name === "activate" && !hasCredentials) {
              return yield* refused(
                `${accountId} has no credentials. \`millrace accounts credentials set ${accountId}\` stores them. Nothing was changed.`
              )
            }
          }
          const store = yield* AccountStore
          const switched = yield* store.setActive(ids, name === "activate", yield* operator)
          const lines = ids.map((id) => (switched.includes(id) ? `${name}d: ${id}` : `was so before: ${id}`))
          const warning = name === "deactivate" && switched.length > 0 ? ["! their open positions are not guarded"] : []
          yield* printed(json, { changed: switched }, [...lines, ...warning])
        },
        (effect) => explained(Effect.provide(effect, accounts))
      )
    ).pipe(Command.withDescription(about))

  const rotateKeys = Command.make(
    "rotate-keys",
    { json: asJson },
    Effect.fnUntraced(
      function* ({ json }) {
        const rotated = yield* AccountStore.use((store) => store.rotateKeys)
        yield* printed(json, { rotated }, [
          `${rotated} credentials are under the current master key now.`,
          "Once every service runs with it, MILLRACE_MASTER_KEYS_FORMER can be dropped."
        ])
      },
      (effect) => explained(Effect.provide(effect, credentials))
    )
  ).pipe(Command.withDescription("Put all credentials under MILLRACE_MASTER_KEY; the former key is still readable"))

  return [
    arm,
    disarm,
    activation("activate", "Switch accounts on"),
    activation("deactivate", "Switch accounts off: they are neither watched nor guarded"),
    rotateKeys
  ] as const
}

/** Whoever arms an account types its id again, from a terminal or a pipe. */
const typedAgain = Effect.fnUntraced(function* (accountId: string) {
  yield* Console.error(`Orders of ${accountId} will move real money. Type the account's id to arm it:`)
  const { stdin } = yield* Stdio.Stdio
  const typed = yield* Stream.decodeText(stdin).pipe(
    Stream.splitLines,
    Stream.runHead,
    Effect.catch((error) => refused(`Standard input can't be read: ${error.message}`))
  )
  const found = typed._tag === "Some" ? typed.value.trim() : ""
  if (found !== accountId) return yield* refused(`\`${found}\` is not ${accountId}. Nothing was changed.`)
})
