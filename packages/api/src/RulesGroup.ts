import { AutoEntryRule, Id, MarginGuardRule, Rule, TakeProfitStopLossRule } from "@millrace/contracts/schemas"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { seenVersion } from "./AccountsGroup.ts"
import { RuleExplanationInfo } from "./ExplanationInfo.ts"
import { needs } from "./Needs.ts"
import { pageOf, pageQuery } from "./Page.ts"
import { SignedIn } from "./SignedIn.ts"

type NotStated = "_tag" | "version" | "ruleId" | "enabled" | "dryRun"

const stated = <F extends { readonly [N in NotStated]: unknown }>({
  _tag,
  dryRun,
  enabled,
  ruleId,
  version,
  ...fields
}: F): Omit<F, NotStated> => fields

/**
 * A rule as its owner states it: without its id, which is in the path, the version, which the store counts, and whether it is
 * enabled and really acts, which has an endpoint of its own.
 */
export const StatedRule = Schema.Union([
  Schema.Struct(stated(MarginGuardRule.fields)),
  Schema.Struct(stated(TakeProfitStopLossRule.fields)),
  Schema.Struct(stated(AutoEntryRule.fields))
])
export type StatedRule = typeof StatedRule.Type

const params = { ruleId: Id }

const Milliseconds = Schema.NumberFromString.check(Schema.isBetween({ minimum: 0, maximum: 8.64e15 }))

/** Rules of the accounts of the caller's workspace. */
export const RulesGroup = HttpApiGroup.make("rules")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: { ...pageQuery, accountId: Schema.optionalKey(Id) },
      success: pageOf(Rule)
    })
      .annotate(OpenApi.Summary, "Rules of the workspace, or of one account, by id.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.get("show", "/:ruleId", { params, success: Rule })
      .annotate(OpenApi.Summary, "One rule.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.put("put", "/:ruleId", {
      params,
      payload: Schema.Struct({ rule: StatedRule, ...seenVersion }),
      success: Rule
    })
      .annotate(
        OpenApi.Summary,
        "Create a rule (enabled, in dry run), or replace the version that the caller has seen; refused when another came between."
      )
      .annotateMerge(needs("trading")),
    HttpApiEndpoint.patch("switch", "/:ruleId", {
      params,
      payload: Schema.Struct({
        enabled: Schema.optionalKey(Schema.Boolean),
        dryRun: Schema.optionalKey(Schema.Boolean)
      }),
      success: Rule
    })
      .annotate(OpenApi.Summary, "Enable or disable a rule, or its dry run: out of it, it acts.")
      .annotateMerge(needs("trading")),
    HttpApiEndpoint.delete("remove", "/:ruleId", { params, success: HttpApiSchema.NoContent })
      .annotate(OpenApi.Summary, "Remove a rule for good.")
      .annotateMerge(needs("trading")),
    HttpApiEndpoint.get("explain", "/:ruleId/explain", {
      params,
      query: {
        /** Wall time in milliseconds; absent: now. */
        atMs: Schema.optionalKey(Milliseconds),
        positionId: Schema.optionalKey(Id)
      },
      success: RuleExplanationInfo
    })
      .annotate(OpenApi.Summary, "Why a rule acted or did not with the tick in force at a time, one for each position.")
      .annotateMerge(needs("read"))
  )
  .middleware(SignedIn)
  .prefix("/trading/rules")
