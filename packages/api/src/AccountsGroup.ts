import { Account, AccountCaps, Id } from "@millrace/contracts/schemas"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { needs } from "./Needs.ts"
import { Line } from "./Page.ts"
import { SignedIn } from "./SignedIn.ts"

/** An account of the exchange. Its credentials go in and never out. */
export const StoredAccount = Schema.Struct({ account: Account, hasCredentials: Schema.Boolean })
export type StoredAccount = typeof StoredAccount.Type

/** What the exchange says of an account's credentials. */
export const EnrolmentInfo = Schema.Struct({
  accepted: Schema.Boolean,
  /** Name and balance at the exchange; absent: it refused them. */
  username: Schema.optionalKey(Schema.String),
  balanceSats: Schema.optionalKey(Schema.Finite),
  /** Why they can't be used. */
  refusals: Schema.Array(Schema.String),
  /** What they can do that they should not, or can't that may be missed. */
  warnings: Schema.Array(Schema.String)
})
export type EnrolmentInfo = typeof EnrolmentInfo.Type

const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
const Secret = Schema.Redacted(
  Schema.String.check(Schema.isPattern(/^\S{1,500}$/u, { message: "1 to 500 characters" }))
)

const levels = {
  warningThreshold: Schema.optionalKey(Share),
  criticalThreshold: Schema.optionalKey(Share),
  hysteresis: Schema.optionalKey(Share)
}
const params = { accountId: Id }

/** Version that the caller has seen: the change is refused when another came between. */
export const seenVersion = { version: Schema.optionalKey(Schema.Int) }

/** Accounts of the caller's workspace as they are stored; what was published of them is in the group `trading`. */
export const AccountsGroup = HttpApiGroup.make("accounts")
  .add(
    HttpApiEndpoint.get("show", "/:accountId/settings", { params, success: StoredAccount })
      .annotate(OpenApi.Summary, "An account as it is stored, with its version and whether it has credentials.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.post("create", "/", {
      payload: Schema.Struct({
        accountId: Id,
        name: Line(100),
        network: Account.fields.network,
        /** Who is told; absent: the caller. */
        userId: Schema.optionalKey(Id),
        ...levels
      }),
      success: StoredAccount.pipe(HttpApiSchema.status(201))
    })
      .annotate(OpenApi.Summary, "Create an account, switched off until its credentials are stored.")
      .annotateMerge(needs("trading")),
    HttpApiEndpoint.patch("change", "/:accountId/settings", {
      params,
      payload: Schema.Struct({
        name: Schema.optionalKey(Line(100)),
        dryRun: Schema.optionalKey(Schema.Boolean),
        /** Replaces all hard limits. */
        caps: Schema.optionalKey(AccountCaps),
        ...levels,
        ...seenVersion
      }),
      success: StoredAccount
    })
      .annotate(OpenApi.Summary, "Change name, levels, dry run or hard limits.")
      .annotateMerge(needs("trading")),
    HttpApiEndpoint.put("switch", "/:accountId/active", {
      params,
      payload: Schema.Struct({ active: Schema.Boolean }),
      success: StoredAccount
    })
      .annotate(OpenApi.Summary, "Switch an account on or off; off, its positions are not guarded.")
      .annotateMerge(needs("trading")),
    HttpApiEndpoint.put("arm", "/:accountId/armed", {
      params,
      payload: Schema.Struct({
        armed: Schema.Boolean,
        /** To arm: the account's id once more, as real money moves from then on. */
        confirm: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(200)))
      }),
      success: StoredAccount
    })
      .annotate(OpenApi.Summary, "Let a mainnet account act, or act no more, not even to protect.")
      .annotateMerge(needs("trading")),
    HttpApiEndpoint.put("storeCredentials", "/:accountId/credentials", {
      params,
      payload: Schema.Struct({ key: Secret, secret: Secret, passphrase: Secret }),
      success: EnrolmentInfo
    })
      .annotate(
        OpenApi.Summary,
        "Check credentials at the exchange and store them, encrypted; refused ones are not stored."
      )
      .annotateMerge(needs("trading")),
    HttpApiEndpoint.post("check", "/:accountId/check", { params, success: EnrolmentInfo })
      .annotate(OpenApi.Summary, "Sign in at the exchange with the stored credentials.")
      .annotateMerge(needs("trading"))
  )
  .middleware(SignedIn)
  .prefix("/trading/accounts")
