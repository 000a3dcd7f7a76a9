import { Caller, type CommandInfo, Conflict, MillraceApi, NotFound, type OrderInfo } from "@millrace/api"
import { type DeskRefused, intentsOf, repeatedCommand, stateText, unknownIntent } from "@millrace/desk"
import { History } from "@millrace/history"
import { CommandList, ControlStore, type Intent, IntentLedger, type ListedCommand } from "@millrace/store"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { noSuch, orUnavailable } from "./answers.ts"
import { orHistoryUnavailable } from "./historyAnswers.ts"
import { pageFrom } from "./pageFrom.ts"

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
    const withLedger = Effect.provideService(IntentLedger, ledger)

    const owned = Effect.fnUntraced(function* (commandId: string) {
      const { workspaceId } = yield* Caller
      const found = yield* list.find(commandId)
      if (found === undefined || found.workspaceId !== workspaceId) return yield* notListed(commandId)
      return found
    })
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
          return pageFrom(found.map(infoOf), page)
        }).pipe(orUnavailable)
      )
      .handle("show", ({ params: { commandId } }) =>
        Effect.gen(function* () {
          const command = yield* owned(commandId)
          return { command: infoOf(command), orders: (yield* ordersOf(commandId)).map(orderOf) }
        }).pipe(orUnavailable)
      )
      .handle("execute", ({ params: { commandId } }) =>
        Effect.gen(function* () {
          const { userId } = yield* Caller
          const entry = yield* owned(commandId)
          const command = yield* repeatedCommand(entry, userId).pipe(
            Effect.provideService(History, history),
            Effect.catchTag("DeskRefused", (error) => deskConflict(commandId, error)),
            orHistoryUnavailable
          )
          const sent = yield* controls.repeatCommand(command, entry.workspaceId)
          return { sent, commandId: command.commandId }
        }).pipe(orUnavailable)
      )
      .handle("cancel", ({ params: { commandId }, payload: { reason } }) =>
        Effect.gen(function* () {
          const { userId: actor } = yield* Caller
          const { accountId, status, reason: why } = yield* owned(commandId)
          if (status !== "pending") return yield* ended(commandId, status, why)
          const by = { actor, ...(reason === undefined ? {} : { reason }) }
          const { atMs } = yield* controls.cancelCommand({ commandId, accountId }, by)
          return { commandId, atMs }
        }).pipe(orUnavailable)
      )
      .handle("settle", ({ params: { commandId }, payload: { effectId, intentId, verdict } }) =>
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
          const result = yield* ledger.settleByOperator(order.intentId, verdict, userId, effectId)
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
          return orderOf(now ?? order)
        }).pipe(orUnavailable)
      )
  })
)

const infoOf = ({
  command: _,
  positionId,
  retryAtMs,
  updatedAtMs,
  workspaceId,
  ...rest
}: ListedCommand): CommandInfo => ({
  ...rest,
  ...(positionId === undefined ? {} : { positionId }),
  ...(retryAtMs === undefined ? {} : { retryAtMs })
})

const orderOf = ({ action, intentId, operator, state }: Intent): OrderInfo => ({
  intentId,
  action,
  state,
  ...(operator === undefined ? {} : { verdict: operator.verdict })
})

const notListed = (commandId: string) =>
  Effect.fail(
    new NotFound({
      where: `command ${commandId}`,
      found: "none listed in this workspace",
      expected: "one that waits, is unknown, or was refused",
      whatToDo: "It was carried out, or was never held, refused or lost. List those that are."
    })
  )

const plainConflict = (id: string, found: string) =>
  Effect.fail(
    new Conflict({
      where: `command ${id}`,
      found,
      expected: "something that allows it",
      whatToDo: "Nothing was changed. Look at the command again."
    })
  )

const deskConflict = (commandId: string, { reason }: DeskRefused) => plainConflict(commandId, reason)

const ended = (commandId: string, status: string, reason: string) =>
  plainConflict(
    commandId,
    status === "unknown"
      ? "it was sent and can't be withdrawn; look at the exchange, then settle it"
      : `it has ended (${status}, ${reason}): nothing of it is sent any more`
  )

const effectOfNothing = new Conflict({
  where: "payload.effectId",
  found: "an effect of an order that was not applied",
  expected: "nothing",
  whatToDo: "Leave effectId out, or say applied."
})
