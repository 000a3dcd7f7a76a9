import { Caller, MillraceApi } from "@millrace/api"
import { type DeskRefused, intentsOf, repeatedCommand, stateText, unknownIntent } from "@millrace/desk"
import { History } from "@millrace/history"
import { CommandList, ControlStore, IntentLedger, type ListedCommand } from "@millrace/store"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { noSuch, orUnavailable } from "./answers.ts"
import {
  commandInfo,
  decidedOf,
  deskConflict,
  effectOfNothing,
  ended,
  notListed,
  orderInfo,
  plainConflict
} from "./commandAnswers.ts"
import { orHistoryUnavailable } from "./historyAnswers.ts"
import { pageFrom } from "./pageFrom.ts"
import { TradingView } from "./TradingView.ts"

/** Commands looked at for a list; more than wait at any time. */
const mostListed = 10_000

/** The group `commands`: what automation can't end by itself. */
export const commandHandlers = HttpApiBuilder.group(
  MillraceApi,
  "commands",
  Effect.fnUntraced(function* (handlers) {
    const list = yield* CommandList
    const controls = yield* ControlStore
    const ledger = yield* IntentLedger
    const history = yield* History
    const view = yield* TradingView
    const withLedger = Effect.provideService(IntentLedger, ledger)

    const owned = Effect.fnUntraced(function* (commandId: string) {
      const { workspaceId } = yield* Caller
      const found = yield* list.find(commandId)
      if (found === undefined || found.workspaceId !== workspaceId) return yield* notListed(commandId)
      return found
    })
    const infoOf = (entry: ListedCommand) =>
      commandInfo(entry, view.accountOf(entry.workspaceId, entry.accountId)?.account.name)
    const ordersOf = (commandId: string) => withLedger(intentsOf(commandId))

    return handlers
      .handle("list", ({ query: { accountId, status, ...page } }) =>
        Effect.gen(function* () {
          const { workspaceId } = yield* Caller
          const found = yield* list.list({
            workspaceId,
            limit: mostListed,
            ...(status === undefined ? {} : { status }),
            ...(accountId === undefined ? {} : { accountId })
          })
          const { items, ...rest } = pageFrom(found, page)
          return { ...rest, items: items.map(infoOf) }
        }).pipe(orUnavailable)
      )
      .handle("counts", () => Effect.flatMap(Caller, ({ workspaceId }) => list.counts(workspaceId)).pipe(orUnavailable))
      .handle("show", ({ params: { commandId } }) =>
        Effect.gen(function* () {
          const entry = yield* owned(commandId)
          const orders = yield* ordersOf(commandId)
          return { command: infoOf(entry), ...decidedOf(entry), orders: orders.map(orderInfo) }
        }).pipe(orUnavailable)
      )
      .handle("execute", ({ params: { commandId }, payload: { reason } }) =>
        Effect.gen(function* () {
          const { userId } = yield* Caller
          const entry = yield* owned(commandId)
          const command = yield* repeatedCommand(entry, userId).pipe(
            Effect.provideService(History, history),
            Effect.catchTag("DeskRefused", (error) => deskConflict(commandId, error)),
            orHistoryUnavailable
          )
          const sent = yield* controls.repeatCommand(command, entry.workspaceId, reason)
          return { sent, commandId: command.commandId }
        }).pipe(orUnavailable)
      )
      .handle("cancel", ({ params: { commandId }, payload: { reason } }) =>
        Effect.gen(function* () {
          const { userId: actor } = yield* Caller
          const { accountId, status, reason: why, workspaceId } = yield* owned(commandId)
          if (status !== "pending") return yield* ended(commandId, status, why)
          const by = { actor, ...(reason === undefined ? {} : { reason }) }
          const { atMs } = yield* controls.cancelCommand({ commandId, accountId, workspaceId }, by)
          return { commandId, atMs }
        }).pipe(orUnavailable)
      )
      .handle("settle", ({ params: { commandId }, payload: { effectId, intentId, reason, verdict } }) =>
        Effect.gen(function* () {
          const { userId } = yield* Caller
          yield* owned(commandId)
          if (verdict === "not_applied" && effectId !== undefined) return yield* effectOfNothing
          const orders = yield* ordersOf(commandId)
          if (intentId !== undefined && !orders.some((one) => one.intentId === intentId))
            return yield* noSuch("order", intentId)
          const refused = (error: DeskRefused) => deskConflict(commandId, error)
          const order = yield* withLedger(unknownIntent(intentId ?? commandId)).pipe(
            Effect.catchTag("DeskRefused", refused)
          )
          const remark = {
            ...(effectId === undefined ? {} : { effectId }),
            ...(reason === undefined ? {} : { reason })
          }
          const result = yield* ledger.settleByOperator(order.intentId, verdict, userId, remark)
          if (result._tag !== "Recorded") {
            const state = result._tag === "Missing" ? undefined : result.state
            return yield* plainConflict(order.intentId, stateText(order.intentId, state))
          }
          const now = yield* ledger.find(order.intentId)
          const first = now?.operator
          if (first !== undefined && (first.actor !== userId || first.verdict !== verdict))
            return yield* plainConflict(
              order.intentId,
              `it was settled before as ${first.verdict}; the first verdict holds`
            )
          return orderInfo(now ?? order)
        }).pipe(orUnavailable)
      )
  })
)
