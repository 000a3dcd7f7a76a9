import type { Account, AutomationCommand, Position, Rule, TradeOutcome } from "@millrace/contracts"
import type { Incoming, Outcome } from "@millrace/runtime"
import { wallClockMs } from "@millrace/telemetry"
import { Effect } from "effect"
import type { CommandContext } from "./CommandContext.ts"
import { CommandHeld, heldBy } from "./CommandHeld.ts"
import type { CommandTools } from "./CommandTools.ts"
import { executeCommand, refuseCommand } from "./executeCommand.ts"
import { endOf } from "./judgeReadBack.ts"
import { outcomeOf } from "./outcomeOf.ts"
import { reportOutcome } from "./reportOutcome.ts"
import { type PresentState, validateCommand } from "./validateCommand.ts"

/** The present state of accounts, rules and positions. */
export interface StateView {
  readonly account: (accountId: string) => Account | undefined
  readonly rule: (accountId: string, ruleId: string) => Rule | undefined
  readonly position: (accountId: string, positionId: string) => Position | undefined
}

/** Validates a command by the present state, carries it out, and returns the records that tell of its outcome. */
export const makeHandleCommand = (tools: CommandTools, view: StateView) =>
  Effect.fnUntraced(function* (record: Incoming<AutomationCommand>): Effect.fn.Return<Outcome, CommandHeld> {
    const command = record.value
    const state: PresentState = {
      account: view.account(command.accountId),
      rule: view.rule(command.accountId, command.ruleId),
      position: view.position(command.accountId, command.positionId)
    }
    const context = contextOf(record, state)
    const outcome = yield* settle(tools, context, state)
    return { publish: reportOutcome(context, outcome) }
  })

const contextOf = ({ value: command, workspaceId, fetchedAtMs }: Incoming<AutomationCommand>, state: PresentState) => {
  const account = state.account?.workspaceId === workspaceId ? state.account : undefined
  const context: CommandContext = {
    command,
    workspaceId,
    accountName: account?.name ?? command.accountId,
    receivedAtMs: fetchedAtMs,
    ...(account === undefined ? {} : { userId: account.userId }),
    ...(state.position === undefined ? {} : { marginBeforeSats: state.position.marginSats })
  }
  return context
}

const settle = (
  tools: CommandTools,
  context: CommandContext,
  state: PresentState
): Effect.Effect<TradeOutcome, CommandHeld> =>
  Effect.gen(function* () {
    const { commandId, accountId } = context.command
    const validation = validateCommand(context.command, context.workspaceId, state)
    if (validation._tag === "Refuse") return yield* refuseCommand(tools, context, validation.reason)
    if (validation.dryRun) return outcomeOf(context, { reason: "dry_run" }, yield* wallClockMs)
    if (state.position !== undefined) {
      return yield* tools.sessions.use(accountId, (session) => executeCommand(tools, context, session))
    }
    const trade = yield* tools.sessions.use(accountId, (session) =>
      Effect.mapError(session.findTrade(context.command.positionId), (error) => heldBy(commandId, error))
    )
    const end = endOf(trade)
    if (trade === undefined || end !== undefined) return yield* refuseCommand(tools, context, end ?? "position_unknown")
    const known = { ...context, marginBeforeSats: trade.marginSats }
    return yield* tools.sessions.use(accountId, (session) => executeCommand(tools, known, session))
  }).pipe(
    Effect.catchTag("CredentialsMissing", () => refuseCommand(tools, context, "credentials_missing")),
    Effect.catchTags({
      CredentialsMissing: (error) => Effect.fail(heldByStore(context, "credentials_missing", error.message)),
      SecretUnreadable: (error) => Effect.fail(heldByStore(context, "credentials_unreadable", error.message)),
      StoreError: (error) => Effect.fail(heldByStore(context, "store_unavailable", error.message))
    })
  )

const heldByStore = (context: CommandContext, reason: string, detail: string) =>
  new CommandHeld({ commandId: context.command.commandId, kind: "system", reason, detail })
