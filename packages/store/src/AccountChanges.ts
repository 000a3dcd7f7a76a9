import type { Account, ErrorKind, Rule } from "@millrace/contracts"
import { type Redacted, Schema } from "effect"
import type { ApiCredentials } from "./Credentials.ts"

/** An account as its owner states it; the store counts the version. */
export type AccountInput = Omit<Account, "_tag" | "version">
/** A rule as its owner states it; the store counts the version. */
export type RuleInput = Rule extends infer Kind ? (Kind extends Rule ? Omit<Kind, "_tag" | "version"> : never) : never

export interface AccountChanges {
  /** Who makes the change: a user id, or the name of a program. For the audit log; `unknown` by default. */
  readonly actor?: string
  readonly accounts?: ReadonlyArray<AccountInput>
  readonly credentials?: ReadonlyArray<{
    readonly accountId: string
    readonly credentials: Redacted.Redacted<ApiCredentials>
  }>
  readonly rules?: ReadonlyArray<RuleInput>
  readonly removeRules?: ReadonlyArray<string>
}

/** An account with whether its credentials are stored. */
export interface ListedAccount {
  readonly account: Account
  readonly hasCredentials: boolean
}

/** Who changes an account or rule, and the credentials that are stored with it. */
export interface ModifiedBy {
  /** A user id, or the name of a program. */
  readonly actor: string
  readonly credentials?: Redacted.Redacted<ApiCredentials>
  /** The version that the change was made for: refused when another is stored by now. */
  readonly seenVersion?: number
}

/** Part of a list: whose id or name contain `search`, behind the id `after`. */
export interface ListFilter {
  readonly search?: string | undefined
  readonly after?: string | undefined
  readonly limit: number
}

/** A part of a list, with how many entries the search finds in all. */
export interface Listed<A> {
  readonly items: ReadonlyArray<A>
  readonly total: number
}

/** A change names what does not exist, or belongs to another workspace. Nothing was stored. */
export class ChangeRefused extends Schema.TaggedError<ChangeRefused>()("ChangeRefused", {
  subject: Schema.String,
  reason: Schema.String
}) {
  readonly kind: ErrorKind = "business"
  override get message() {
    return `${this.subject}: ${this.reason}. Nothing was stored.`
  }
}
