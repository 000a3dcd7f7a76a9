import type { Account } from "@millrace/contracts"
import { nearest } from "@millrace/history"
import { type AccountInput, AccountStore } from "@millrace/store"
import { Effect } from "effect"
import { Argument } from "effect/cli"
import { refused } from "./CommandFailed.ts"
import { userName } from "./userName.ts"

export const accountArgument = Argument.String("account").pipe(Argument.withDescription("Account id"))

/** Who runs the command, for the audit log. */
export const operator = Effect.sync(() => `cli:${userName()}`)

/** An account as its owner states it, with changes. */
export const changed =
  (changes: Partial<AccountInput>) =>
  ({ _tag, version, ...account }: Account): AccountInput => ({ ...account, ...changes })

/** The account with whether it has credentials. Says which ids there are when it is none of them. */
export const listedAccount = Effect.fnUntraced(function* (accountId: string) {
  const all = yield* AccountStore.use((store) => store.list())
  const found = all.find(({ account }) => account.accountId === accountId)
  if (found !== undefined) return found
  const known = nearest(
    accountId,
    all.map(({ account }) => account.accountId)
  )
  return yield* refused(
    known.length === 0
      ? `There is no account ${accountId}, and no other. \`millrace accounts add\` makes one.`
      : `There is no account ${accountId}. Do you mean ${known.join(", ")}?`
  )
})
