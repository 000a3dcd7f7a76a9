import { type Account, accountState, automationCommands, type Position, type Rule } from "@millrace/contracts"
import { makeTable, Publisher, runWorker, type Table } from "@millrace/runtime"
import { wallClockMs } from "@millrace/telemetry"
import { Effect, Layer, Schedule } from "effect"
import { AccountSessions } from "./AccountSessions.ts"
import { makeCommandTools } from "./CommandTools.ts"
import { ExecutorConfig } from "./ExecutorConfig.ts"
import { makeHandleCommand, type StateView } from "./handleCommand.ts"
import { settleLeftBehind } from "./settleLeftBehind.ts"

/**
 * Reads: automation-commands (all lanes, by account and position) and the table account-state (by account).
 * Writes: trade-log (account), audit-log (workspace), notifications (user, lane critical).
 * Acts: orders at the exchange, each under an intent of the ledger with the command's id.
 */
export const runExecutor = Effect.gen(function* () {
  const settings = yield* ExecutorConfig
  const publisher = yield* Publisher
  const tools = yield* makeCommandTools
  const table = yield* makeTable({ contract: accountState, scope: "partitioned" })
  const startedAtMs = yield* wallClockMs

  const settleAndTell = settleLeftBehind(tools, startedAtMs).pipe(
    Effect.flatMap((reports) => publisher.publish(reports)),
    Effect.catch((error) => Effect.logWarning(`Intents left behind were not settled: ${error.message}`))
  )
  // What can be settled now is settled before new commands come; a silent exchange must not hold them up for long.
  yield* settleAndTell.pipe(Effect.timeoutOption(settings.startSettleTimeout))

  const running = yield* runWorker({
    name: "automation-executor",
    instance: settings.instance,
    tables: [table],
    inputs: [
      {
        contract: automationCommands,
        policy: { concurrency: settings.concurrency, timeout: settings.commandTimeout, neverDeadLetter: true },
        handle: makeHandleCommand(tools, viewOf(table))
      }
    ],
    broadcasts: []
  })
  yield* settleAndTell.pipe(Effect.schedule(Schedule.spaced(settings.reconcileInterval)), Effect.forkScoped)
  return running
})

/** Needs Kafka, the codec, topics.yaml, the publisher, the intent ledger, credentials and the exchange. */
export const layer = Layer.effectDiscard(runExecutor).pipe(Layer.provide(AccountSessions.layer))

const viewOf = (table: Table<Account | Rule | Position>): StateView => ({
  account: (accountId) => {
    const found = table.get(`account/${accountId}/${accountId}`)
    return found?._tag === "Account" ? found : undefined
  },
  rule: (accountId, ruleId) => {
    const found = table.get(`rule/${accountId}/${ruleId}`)
    return found?._tag === "Rule" ? found : undefined
  },
  position: (accountId, positionId) => {
    const found = table.get(`position/${accountId}/${positionId}`)
    return found?._tag === "Position" ? found : undefined
  }
})
