import { Id } from "@millrace/contracts/schemas"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { needs } from "./Needs.ts"
import { Line, pageOf, pageQuery } from "./Page.ts"
import { SignedIn } from "./SignedIn.ts"

const CommandId = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/u))

export const CommandStatus = Schema.Literals(["pending", "unknown", "refused", "failed"])

/** A command that somebody may have to look after. */
export const CommandInfo = Schema.Struct({
  commandId: Schema.String,
  accountId: Schema.String,
  ruleId: Schema.String,
  /** Absent: an entry. */
  positionId: Schema.optionalKey(Schema.String),
  action: Schema.String,
  status: CommandStatus,
  reason: Schema.String,
  /** What it waits for, or why it ended, in words and with the figures. */
  detail: Schema.String,
  /** What can be done by hand; empty: nothing is left to do. */
  byHand: Schema.String,
  retryAtMs: Schema.optionalKey(Schema.Finite),
  sinceMs: Schema.Finite
})
export type CommandInfo = typeof CommandInfo.Type

/** An order of a command, as the ledger knows it. */
export const OrderInfo = Schema.Struct({
  intentId: Schema.String,
  action: Schema.String,
  state: Schema.String,
  /** What an operator said of it. */
  verdict: Schema.optionalKey(Schema.String)
})
export type OrderInfo = typeof OrderInfo.Type

const params = { commandId: CommandId }

/** What automation can't end by itself: commands that wait, are not known, or were refused. */
export const CommandsGroup = HttpApiGroup.make("commands")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: {
        after: pageQuery.after,
        limit: pageQuery.limit,
        status: Schema.optionalKey(CommandStatus),
        accountId: Schema.optionalKey(Id)
      },
      success: pageOf(CommandInfo)
    })
      .annotate(OpenApi.Summary, "Commands of the workspace that somebody may have to look after, the longest first.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.get("show", "/:commandId", {
      params,
      success: Schema.Struct({ command: CommandInfo, orders: Schema.Array(OrderInfo) })
    })
      .annotate(OpenApi.Summary, "One of them, with what the ledger knows of its orders.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.post("execute", "/:commandId/execute", {
      params,
      success: Schema.Struct({
        /** False: the very same was sent before. */
        sent: Schema.Boolean,
        /** The command that repeats it: its outcome comes under this id. */
        commandId: Schema.String
      })
    })
      .annotate(OpenApi.Summary, "Send a refused or failed command anew, once; it is judged by the present state.")
      .annotateMerge(needs("trading")),
    HttpApiEndpoint.post("cancel", "/:commandId/cancel", {
      params,
      payload: Schema.Struct({ reason: Schema.optionalKey(Line(500)) }),
      success: Schema.Struct({ commandId: Schema.String, atMs: Schema.Finite })
    })
      .annotate(OpenApi.Summary, "Withdraw a command that waits, so that it is never sent.")
      .annotateMerge(needs("trading")),
    HttpApiEndpoint.post("settle", "/:commandId/settle", {
      params,
      payload: Schema.Struct({
        /** Which of its orders; absent: the only one that is unknown. */
        intentId: Schema.optionalKey(CommandId),
        verdict: Schema.Literals(["applied", "not_applied"]),
        /** With `applied`: the trade or order at the exchange. */
        effectId: Schema.optionalKey(Line(200))
      }),
      success: OrderInfo
    })
      .annotate(OpenApi.Summary, "Say what became of an order whose result is not known; the first verdict holds.")
      .annotateMerge(needs("trading"))
  )
  .middleware(SignedIn)
  .prefix("/trading/commands")
