import { ErrorKind } from "@millrace/contracts"
import type { ExchangeError } from "@millrace/exchange"
import { Schema } from "effect"

/** What a command can wait for, and how a user is told. */
export const holdReasons = {
  rateLimited: "The exchange allows no more requests of this account for the moment.",
  unavailable: "The exchange is not available.",
  connectFailed: "The exchange can't be reached.",
  dependencyDown: "The exchange is down; one request at a time goes out to see whether it is back.",
  replyLost: "The exchange does not answer.",
  invalidReply: "The exchange's answer can't be read.",
  unauthorized: "The exchange did not accept the request's signature.",
  forbidden: "The exchange does not allow the request.",
  notFound: "The exchange does not know what was asked for.",
  badRequest: "The exchange refused a question about the position.",
  store_unavailable: "The database does not answer; nothing is sent without it.",
  credentials_missing: "The account's credentials can't be read.",
  credentials_unreadable: "The account's credentials can't be decrypted.",
  signature_window: "A reply was lost; it is sent again only when a late copy of the first would be refused.",
  late_close: "A close was sent before; nothing is opened while a copy of it could still come.",
  reply_lost: "A reply was lost again; it is read back.",
  position_moved: "The position changed while it was read back.",
  sent_intent: "Another action on the position is under way.",
  unknown_id: "The intent is not in the ledger yet.",
  intent_unreadable: "The intent was written by another version.",
  delivered_again: "The executor was restarted; the command is about to be delivered again.",
  outcome_not_recorded: "The outcome is not recorded yet."
} as const satisfies Readonly<Record<string, string>>

export type HoldReason = keyof typeof holdReasons

/**
 * The command could not be carried out now and surely was not, or it is not known yet whether it was: it is kept and
 * tried again, starting from the ledger.
 */
export class CommandHeld extends Schema.TaggedError<CommandHeld>()("CommandHeld", {
  commandId: Schema.String,
  kind: ErrorKind,
  reason: Schema.Literals(Object.keys(holdReasons) as ReadonlyArray<HoldReason>),
  detail: Schema.String,
  retryAfterMs: Schema.optionalKey(Schema.Finite)
}) {
  override get message() {
    const wait = this.retryAfterMs === undefined ? "" : `, tried again in ${Math.ceil(this.retryAfterMs)} ms`
    return `Command ${this.commandId} is held (${this.reason}): ${this.detail}${wait}`
  }
}

/** A failed call uses up an attempt; an exchange that is known to be down (its breaker is open) does not. */
export const heldBy = (commandId: string, error: ExchangeError): CommandHeld =>
  new CommandHeld({
    commandId,
    kind: error.kind === "system" ? "system" : "temporary",
    reason: error.reason,
    detail: `${error.operation}: ${error.detail}`,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs })
  })
