import { ErrorKind } from "@millrace/contracts"
import type { ExchangeError } from "@millrace/exchange"
import { Schema } from "effect"

/**
 * The command could not be carried out now and surely was not, or it is not known yet whether it was: it is kept and
 * tried again, starting from the ledger.
 */
export class CommandHeld extends Schema.TaggedError<CommandHeld>()("CommandHeld", {
  commandId: Schema.String,
  kind: ErrorKind,
  reason: Schema.String,
  detail: Schema.String,
  retryAfterMs: Schema.optionalKey(Schema.Finite)
}) {
  override get message() {
    const wait = this.retryAfterMs === undefined ? "" : `, tried again in ${Math.ceil(this.retryAfterMs)} ms`
    return `Command ${this.commandId} is held (${this.reason}): ${this.detail}${wait}`
  }
}

export const heldBy = (commandId: string, error: ExchangeError): CommandHeld =>
  new CommandHeld({
    commandId,
    kind: "temporary",
    reason: error.reason,
    detail: `${error.operation}: ${error.detail}`,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs })
  })
