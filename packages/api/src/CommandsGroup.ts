import { Id } from "@millrace/contracts/schemas"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { CommandCounts, CommandDetails, CommandInfo, CommandStatus, OrderInfo } from "./CommandInfo.ts"
import { needs } from "./Needs.ts"
import { Line, pageOf, pageQuery } from "./Page.ts"
import { SignedIn } from "./SignedIn.ts"

const CommandId = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/u))

const params = { commandId: CommandId }
/** Why somebody does it, for the audit log. */
const reason = Schema.optionalKey(Line(500))

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
    HttpApiEndpoint.get("counts", "/counts", { success: CommandCounts })
      .annotate(OpenApi.Summary, "How many commands of the workspace there are of each status.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.get("show", "/:commandId", {
      params,
      success: CommandDetails
    })
      .annotate(
        OpenApi.Summary,
        "One of them, with the figures it was decided on and what the ledger knows of its orders."
      )
      .annotateMerge(needs("read")),
    HttpApiEndpoint.post("execute", "/:commandId/execute", {
      params,
      payload: Schema.Struct({ reason }),
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
      payload: Schema.Struct({ reason }),
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
        effectId: Schema.optionalKey(Line(200)),
        reason
      }),
      success: OrderInfo
    })
      .annotate(OpenApi.Summary, "Say what became of an order whose result is not known; the first verdict holds.")
      .annotateMerge(needs("trading"))
  )
  .middleware(SignedIn)
  .prefix("/trading/commands")
