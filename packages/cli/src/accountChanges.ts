import type { AccountCaps } from "@millrace/contracts"
import { levelProblem } from "@millrace/desk"
import { type AccountInput, AccountStore } from "@millrace/store"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { storeCredentials } from "./accountCredentials.ts"
import { accountLine, capLines } from "./accountLines.ts"
import { accountArgument, changed, listedAccount, operator } from "./accountParts.ts"
import type { AccountParts } from "./accountsCommand.ts"
import { explained, refused } from "./CommandFailed.ts"
import { asJson, printed } from "./printed.ts"
import { credentialFlags, namesCredentials } from "./readCredentials.ts"

type Failure = { readonly message: string }

const described = <A>(flag: Flag.Flag<A>, text: string) => Flag.withDescription(flag, text)

const editable = {
  name: described(Flag.String("name"), "Name that people read").pipe(Flag.optional),
  warning: described(Flag.Finite("warning"), "Margin loss at which the level is warning").pipe(Flag.optional),
  critical: described(Flag.Finite("critical"), "Margin loss at which it is critical").pipe(Flag.optional),
  hysteresis: described(Flag.Finite("hysteresis"), "How far the loss must come back").pipe(Flag.optional),
  dryRun: described(Flag.Literals("dry-run", ["on", "off"]), "on: no rule of it calls the exchange").pipe(Flag.optional)
}

interface Edited {
  readonly name: Option.Option<string>
  readonly warning: Option.Option<number>
  readonly critical: Option.Option<number>
  readonly hysteresis: Option.Option<number>
  readonly dryRun: Option.Option<"on" | "off">
}

const changesOf = (asked: Edited): Partial<AccountInput> => ({
  ...Option.match(asked.name, { onNone: none, onSome: (name) => ({ name }) }),
  ...Option.match(asked.warning, { onNone: none, onSome: (warningThreshold) => ({ warningThreshold }) }),
  ...Option.match(asked.critical, { onNone: none, onSome: (criticalThreshold) => ({ criticalThreshold }) }),
  ...Option.match(asked.hysteresis, { onNone: none, onSome: (hysteresis) => ({ hysteresis }) }),
  ...Option.match(asked.dryRun, { onNone: none, onSome: (word) => ({ dryRun: word === "on" }) })
})

const none = () => ({})

const capFlags = {
  orderQuantity: described(Flag.String("order-quantity"), "Most USD of one opening order").pipe(Flag.optional),
  hourQuantity: described(Flag.String("hour-quantity"), "Most USD opened in an hour").pipe(Flag.optional),
  hourOrders: described(Flag.String("hour-orders"), "Most opening orders in an hour").pipe(Flag.optional),
  addMargin: described(Flag.String("add-margin"), "Most sats of margin added at once").pipe(Flag.optional),
  hourAddMargin: described(Flag.String("hour-add-margin"), "Most sats of margin added in an hour").pipe(Flag.optional)
}
const capOf = {
  orderQuantity: "orderQuantityUsd",
  hourQuantity: "hourQuantityUsd",
  hourOrders: "hourOrders",
  addMargin: "addMarginSats",
  hourAddMargin: "hourAddMarginSats"
} as const satisfies Record<keyof typeof capFlags, keyof AccountCaps>

/** `accounts add|update|caps`. */
export const accountChangeCommands = <E1 extends Failure, E2 extends Failure>(parts: AccountParts<E1, E2>) => {
  const add = Command.make(
    "add",
    {
      account: accountArgument,
      workspace: described(Flag.String("workspace"), "Workspace that owns it"),
      user: described(Flag.String("user"), "User who is told"),
      network: described(Flag.Literals("network", ["simulator", "testnet", "mainnet"]), "Network of the exchange"),
      ...editable,
      ...credentialFlags,
      unchecked: described(Flag.Boolean("unchecked"), "Do not ask the exchange").pipe(Flag.withDefault(false)),
      json: asJson
    },
    Effect.fnUntraced(
      function* (asked) {
        const { account: accountId, json } = asked
        const store = yield* AccountStore
        if ((yield* store.account(accountId)) !== undefined)
          return yield* refused(`Account ${accountId} is there already. \`millrace accounts update\` changes it.`)
        const account: AccountInput = {
          ...{ accountId, workspaceId: asked.workspace, userId: asked.user, name: accountId, active: false },
          ...{ network: asked.network, warningThreshold: 0.8, criticalThreshold: 0.9, hysteresis: 0.05 },
          ...changesOf(asked)
        }
        const problem = levelProblem(account)
        if (problem !== undefined) return yield* refused(problem)
        const lines = namesCredentials(asked)
          ? yield* storeCredentials({ ...account, _tag: "Account", version: 0 }, asked, parts.exchange, true)
          : yield* Effect.as(store.save({ actor: yield* operator, accounts: [account] }), [
              `next: millrace accounts credentials set ${accountId}, then millrace accounts activate ${accountId}`
            ])
        const listed = yield* listedAccount(accountId)
        yield* printed(json, listed, [`added: ${accountLine(listed)}`, ...lines])
      },
      (effect, asked) => explained(Effect.provide(effect, namesCredentials(asked) ? parts.credentials : parts.accounts))
    )
  ).pipe(Command.withDescription("Add an account; it is active once its credentials are stored with it"))

  const update = Command.make(
    "update",
    { account: accountArgument, ...editable, json: asJson },
    Effect.fnUntraced(
      function* (asked) {
        const { account } = yield* listedAccount(asked.account)
        const changes = changesOf(asked)
        if (Object.keys(changes).length === 0) return yield* refused("Nothing to change was named; see --help.")
        const problem = levelProblem(changed(changes)(account))
        if (problem !== undefined) return yield* refused(problem)
        const store = yield* AccountStore
        yield* store.modifyAccount(asked.account, changed(changes), { actor: yield* operator })
        const listed = yield* listedAccount(asked.account)
        yield* printed(asked.json, listed, [`updated: ${accountLine(listed)}`])
      },
      (effect) => explained(Effect.provide(effect, parts.accounts))
    )
  ).pipe(Command.withDescription("Change an account's name, levels or dry run"))

  const caps = Command.make(
    "caps",
    { account: accountArgument, ...capFlags, json: asJson },
    Effect.fnUntraced(
      function* (asked) {
        yield* listedAccount(asked.account)
        const set: Record<string, number | undefined> = {}
        for (const [flag, cap] of Object.entries(capOf) as ReadonlyArray<[keyof typeof capOf, keyof AccountCaps]>) {
          if (Option.isNone(asked[flag])) continue
          const text = asked[flag].value
          if (text !== "none" && !/^[1-9]\d*$/u.test(text))
            return yield* refused(`The cap is \`${text}\`, expected a whole number above 0, or \`none\`.`)
          set[cap] = text === "none" ? undefined : Number(text)
        }
        const store = yield* AccountStore
        if (Object.keys(set).length > 0) {
          const actor = yield* operator
          yield* store.modifyAccount(
            asked.account,
            (account) => changed({ caps: withCaps(account.caps, set) })(account),
            { actor }
          )
        }
        const { account } = yield* listedAccount(asked.account)
        yield* printed(asked.json, account.caps ?? {}, capLines(account))
      },
      (effect) => explained(Effect.provide(effect, parts.accounts))
    )
  ).pipe(Command.withDescription("Show an account's hard limits, or set those that are named (`none` removes one)"))

  return [add, update, caps] as const
}

const withCaps = (before: AccountCaps = {}, set: Readonly<Record<string, number | undefined>>): AccountCaps =>
  Object.fromEntries(Object.entries({ ...before, ...set }).filter(([, value]) => value !== undefined))
