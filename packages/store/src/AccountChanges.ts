import type { Account, ErrorKind, Rule } from "@millrace/contracts"
import { type Redacted, Schema } from "effect"
import type { ApiCredentials } from "./Credentials.ts"

/** An account as its owner states it; the store counts the version. */
export type AccountInput = Omit<Account, "_tag" | "version">
/** A rule as its owner states it; the store counts the version. */
export type RuleInput = Omit<Rule, "_tag" | "version">

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
