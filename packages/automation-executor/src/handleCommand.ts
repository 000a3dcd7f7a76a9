import type { Account, AutomationCommand, Position, Rule, TradeOutcome } from "@millrace/contracts"
import type { Incoming, Outcome } from "@millrace/runtime"
import { wallClockMs } from "@millrace/telemetry"
import { Effect } from "effect"
import type { CommandContext } from "./CommandContext.ts"
import { CommandHeld, heldBy } from "./CommandHeld.ts"
import type { CommandNews } from "./CommandNews.ts"
import type { CommandTools } from "./CommandTools.ts"
import { capsOf } from "./ExecutorConfig.ts"
import { executeCommand, refuseCommand } from "./executeCommand.ts"
import { lookBefore } from "./lookBefore.ts"
import { outcomeOf } from "./outcomeOf.ts"
import { recallMargin } from "./recallMargin.ts"
import { type PresentState, validateCommand } from "./validateCommand.ts"

/** The present state of accounts, rules and positions. */
export interface StateView {
  readonly account: (accountId: string) => Account | undefined
  readonly rule: (accountId: string, ruleId: string) => Rule | undefined
  readonly position: (accountId: string, positionId: string) => Position | undefined
}

/** Validates a command by the present state, carries it out, and returns the records that tell of its outcome. */
export const makeHandleCommand = (tools: CommandTools, view: StateView, news: CommandNews) =>
  Effect.fnUntraced(function* (record: Incoming<AutomationCommand>): Effect.fn.Return<Outcome, CommandHeld> {
    const command = record.value
    const state: PresentState = {
      account: view.account(command.accountId),
      rule: view.rule(command.accountId, command.ruleId),
      position: command.positionId === undefined ? undefined : view.position(command.accountId, command.positionId)
    }
    const given = contextOf(record, state)
    const context = yield* Effect.tapError(recallMargin(tools, given), (held) => news.waits(given, held))
    const outcome = yield* Effect.tapError(settle(tools, context, state), (held) => news.waits(context, held))
    return { publish: yield* news.ended(context, outcome) }
  })

const contextOf = ({ value: command, workspaceId, fetchedAtMs }: Incoming<AutomationCommand>, state: PresentState) => {
  const account = state.account?.workspaceId === workspaceId ? state.account : undefined
  const { position } = state
  const context: CommandContext = {
    command,
    workspaceId,
    accountName: account?.name ?? command.accountId,
    receivedAtMs: fetchedAtMs,
    ...(account === undefined ? {} : { userId: account.userId }),
    ...(position === undefined
      ? {}
      : {
          marginBeforeSats: position.marginSats,
          before: { side: position.side, quantityUsd: position.quantityUsd, entryPriceUsd: position.entryPriceUsd }
        })
  }
  return context
}

const settle = (
  tools: CommandTools,
  context: CommandContext,
  state: PresentState
): Effect.Effect<TradeOutcome, CommandHeld> =>
  Effect.gen(function* () {
    const { command } = context
    const { accountId, commandId } = command
    const forbidden = tools.forbids(command, yield* wallClockMs)
    const validation = validateCommand(command, context.workspaceId, state, forbidden)
    if (validation._tag === "Refuse") return yield* refuseCommand(tools, context, validation.reason)
    if (validation.dryRun) return outcomeOf(context, { reason: "dry_run" }, yield* wallClockMs)
    return yield* tools.sessions.use(accountId, (session) =>
      Effect.gen(function* () {
        const looked = yield* lookBefore(context, session, state.position !== undefined).pipe(
          Effect.mapError((error) => heldBy(commandId, error))
        )
        if (looked._tag === "Refuse") return yield* refuseCommand(tools, context, looked.reason)
        const caps = capsOf(tools.settings, state.account?.caps)
        return yield* executeCommand(tools, { context: looked.context, session, caps })
      })
    )
  }).pipe(
    Effect.catchTag("CredentialsMissing", () => refuseCommand(tools, context, "credentials_missing")),
    Effect.catchTags({
      CredentialsMissing: (error) => Effect.fail(heldByStore(context, "credentials_missing", error.message)),
      SecretUnreadable: (error) => Effect.fail(heldByStore(context, "credentials_unreadable", error.message)),
      StoreError: (error) => Effect.fail(heldByStore(context, "store_unavailable", error.message))
    })
  )

const heldByStore = (
  context: CommandContext,
  reason: "credentials_missing" | "credentials_unreadable" | "store_unavailable",
  detail: string
) => new CommandHeld({ commandId: context.command.commandId, kind: "system", reason, detail })
