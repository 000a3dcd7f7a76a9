import { type Restore, StoreMarks } from "@millrace/store"
import { Console, DateTime, Effect } from "effect"
import { CommandFailed } from "./CommandFailed.ts"
import { toldStates } from "./toldStates.ts"
import { objections, unreconciledOf } from "./unreconciled.ts"
import { userName } from "./userName.ts"

/** What the operator has said about the accounts. */
export interface RestoreCheck {
  /** Accounts that were compared with the exchange. */
  readonly checked: ReadonlyArray<string>
  /** Goes on with whatever was not compared. */
  readonly acceptUnreconciled: boolean
}

/**
 * Settles a restore that is open, once the ledger is reconciled with the exchange; returns what the audit log is to say of
 * it, undefined when there was none. What PostgreSQL has of accounts and rules holds from then on, and is told the workers as
 * versions above those that they know. Fails with `CommandFailed`, after listing what stands against it.
 */
export const settleRestore = Effect.fnUntraced(function* (asked: RestoreCheck) {
  const marks = yield* StoreMarks
  const restore = yield* marks.restore
  if (restore === undefined) return undefined
  if (!asked.acceptUnreconciled) {
    const against = objections(yield* unreconciledOf(restore), asked.checked)
    if (against.length > 0) {
      const reason = "Trading stays HALTED: the ledger is not reconciled with the exchange."
      const lines = [restoreLine(restore), ...against, `${reason} --accept-unreconciled goes on nevertheless.`]
      yield* Console.error(lines.join("\n"))
      return yield* new CommandFailed({ exitCode: 1, reason })
    }
  }
  const told = yield* toldStates({ fromMs: restore.missingFromMs, toMs: restore.missingToMs })
  yield* marks.settle(yield* marks.lost(told), `cli:${userName()}`)
  const accounts = asked.checked.length === 0 ? "" : `, checked: ${asked.checked.join(", ")}`
  return asked.acceptUnreconciled ? `restore accepted unreconciled${accounts}` : `restore reconciled${accounts}`
})

/** A restore in one line. */
export const restoreLine = ({ missingFromMs, missingToMs, reason }: Restore): string => {
  const iso = (ms: number) => DateTime.formatIso(DateTime.makeUnsafe(ms))
  const from = missingFromMs > 0 ? `from ${iso(missingFromMs)}` : "from the beginning"
  return `! ${reason}. What happened ${from} to ${iso(missingToMs)} may be missing there.`
}
