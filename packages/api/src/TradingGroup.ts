import { Decision, Id, MarketId, TradingSwitch } from "@millrace/contracts/schemas"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { needs } from "./Needs.ts"
import { Line, pageOf, pageQuery } from "./Page.ts"
import { SignedIn } from "./SignedIn.ts"
import { AccountDetails, AccountInfo, PositionInfo, Prices } from "./TradingInfo.ts"

const account = { accountId: Id }

/** Which switch is meant: of a rule, of an account, of all accounts of the workspace, or of the whole installation. */
export const SwitchScope = Schema.Union([
  Schema.Struct({ of: Schema.Literal("rule"), accountId: Id, ruleId: Id }),
  Schema.Struct({ of: Schema.Literal("account"), accountId: Id }),
  Schema.Struct({ of: Schema.Literal("workspace") }),
  Schema.Struct({ of: Schema.Literal("installation") })
])
export type SwitchScope = typeof SwitchScope.Type

/** A decision as recorded. */
export const RecordedDecisionInfo = Schema.Struct({ decision: Decision, recordedAtMs: Schema.Finite })
export type RecordedDecisionInfo = typeof RecordedDecisionInfo.Type

/** Accounts, positions, rules, decisions and kill switches of the caller's workspace. */
export const TradingGroup = HttpApiGroup.make("trading")
  .add(
    HttpApiEndpoint.get("accounts", "/accounts", {
      query: { ...pageQuery, order: Schema.optionalKey(Schema.Literals(["name", "nearest"])) },
      success: pageOf(AccountInfo)
    })
      .annotate(OpenApi.Summary, "Accounts of the workspace, by name, or the nearest to a trigger first.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.get("account", "/accounts/:accountId", { params: account, success: AccountDetails })
      .annotate(OpenApi.Summary, "An account with its positions, rules and switches.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.get("positions", "/positions", { query: pageQuery, success: pageOf(PositionInfo) })
      .annotate(OpenApi.Summary, "Open positions of the workspace, the nearest to a trigger first.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.get("decisions", "/accounts/:accountId/decisions", {
      params: account,
      query: { limit: pageQuery.limit, beforeMs: Schema.optionalKey(Schema.FiniteFromString) },
      success: Schema.Array(RecordedDecisionInfo)
    })
      .annotate(OpenApi.Summary, "What the rules of an account decided, the latest first.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.get("prices", "/prices", { query: { market: MarketId }, success: Prices })
      .annotate(OpenApi.Summary, "The last price of a market, and how it came there.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.get("switches", "/switches", { success: Schema.Array(TradingSwitch) })
      .annotate(OpenApi.Summary, "Kill switches that hold for accounts of the workspace, those for all included.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.post("setSwitch", "/switches", {
      payload: Schema.Struct({
        scope: SwitchScope,
        mode: Schema.Literals(["REDUCE_ONLY", "HALTED"]),
        reason: Schema.optionalKey(Line(500))
      }),
      success: Schema.Array(TradingSwitch)
    })
      .annotate(OpenApi.Summary, "Set the kill switch: nothing is opened any more, or nothing is sent at all.")
      .annotateMerge(needs("trading")),
    HttpApiEndpoint.post("liftSwitch", "/switches/lift", {
      payload: Schema.Struct({ scope: SwitchScope, reason: Schema.optionalKey(Line(500)) }),
      success: HttpApiSchema.NoContent
    })
      .annotate(OpenApi.Summary, "Lift the switch of exactly this scope; wider and narrower ones stay.")
      .annotateMerge(needs("trading"))
  )
  .middleware(SignedIn)
  .prefix("/trading")
