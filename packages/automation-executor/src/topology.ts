import {
  type AccountState,
  accountState,
  auditLog,
  automationCommands,
  notifications,
  tradeLog
} from "@millrace/contracts"
import { makeTable, Publisher, runWorker, type Table } from "@millrace/runtime"
import { wallClockMs } from "@millrace/telemetry"
import { Effect, Layer, Queue, Schedule } from "effect"
import { AccountSessions } from "./AccountSessions.ts"
import { makeCommandNews } from "./CommandNews.ts"
import { makeCommandTools } from "./CommandTools.ts"
import { ExecutorConfig } from "./ExecutorConfig.ts"
import { measureCommands } from "./ExecutorMetrics.ts"
import { makeHandleCommand, type StateView } from "./handleCommand.ts"
import { settleLeftBehind } from "./settleLeftBehind.ts"
import { tidyList } from "./tidyList.ts"

/**
 * Reads: automation-commands (all lanes, by account and position) and the table account-state (by account).
 * Writes: trade-log (account), audit-log (workspace), notifications (user, lane critical).
 * Acts: orders at the exchange, each under an intent of the ledger with the command's id, or `<command>.<trade>`.
 */
export const runExecutor = Effect.gen(function* () {
  const settings = yield* ExecutorConfig
  const publisher = yield* Publisher
  const tools = yield* makeCommandTools
  const news = makeCommandNews(tools, publisher)
  yield* measureCommands(tools.list)
  const guarded = yield* Queue.sliding<string>(sessionsAhead)
  const table = yield* makeTable({
    contract: accountState,
    scope: "partitioned",
    onChange: ({ value }) => {
      if (value?._tag === "Position" && value.status === "open") Queue.offerUnsafe(guarded, value.accountId)
    }
  })
  const startedAtMs = yield* wallClockMs

  const settleAndTell = settleLeftBehind(tools, news, startedAtMs).pipe(
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
        handle: makeHandleCommand(tools, viewOf(table), news)
      }
    ],
    publishes: [tradeLog, auditLog, notifications]
  })
  yield* prepareSessions(guarded).pipe(Effect.forkScoped)
  const tidied = tidyList(tools, news).pipe(
    Effect.catch((error) => Effect.logWarning(`The list of commands was not tidied: ${error.message}`))
  )
  yield* tidied.pipe(Effect.schedule(Schedule.spaced(tidyEvery)), Effect.forkScoped)
  yield* settleAndTell.pipe(Effect.schedule(Schedule.spaced(settings.reconcileInterval)), Effect.forkScoped)
  return running
})

const tidyEvery = "1 minute"

/**
 * Needs Kafka, the codec, topics.yaml, the publisher, the trading controls, the intent ledger, the list of commands,
 * credentials and the exchange.
 */
export const layer = Layer.effectDiscard(runExecutor).pipe(Layer.provide(AccountSessions.layer))

/** Accounts that wait to have their session prepared; the oldest are left out, and prepared on first use. */
const sessionsAhead = 100_000

/** Opens the session of each account with a position ahead of its first order, which then needs no read of credentials. */
const prepareSessions = Effect.fnUntraced(function* (accountIds: Queue.Dequeue<string>) {
  const sessions = yield* AccountSessions
  const prepare = (accountId: string) => Effect.ignore(sessions.use(accountId, () => Effect.void))
  return yield* Queue.take(accountIds).pipe(Effect.flatMap(prepare), Effect.forever)
})

const viewOf = (table: Table<AccountState>): StateView => ({
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
