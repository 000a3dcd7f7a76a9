import { accountHistory, accountState, marketTicks, notifications, tradeLog } from "@millrace/contracts"
import { runWorker } from "@millrace/runtime"
import { Effect, Layer } from "effect"
import { makeAccountDirectory } from "./AccountDirectory.ts"
import { lead } from "./Leader.ts"
import { whileLeading } from "./Leadership.ts"
import { MarketDataConfig } from "./MarketDataConfig.ts"
import { makeOutcomeRelay } from "./OutcomeRelay.ts"

/**
 * Reads: the exchange's stream and REST; whole: account-state (accounts to watch, enabled rules, positions as last
 * written) and trade-log (what commands did to positions).
 * Writes, only while it holds the lease `market-data/<market>`: market-ticks (market), account-state (positions, with
 * tombstones), account-history (account) and notifications (user; kind `exchange_alert`).
 */
export const runMarketData = Effect.gen(function* () {
  const settings = yield* MarketDataConfig
  const outcomes = makeOutcomeRelay()
  const directory = yield* makeAccountDirectory(({ commandId }) => {
    if (commandId !== undefined) outcomes.settled(commandId)
  })
  const running = yield* runWorker({
    name: "market-data",
    instance: settings.instance,
    tables: [directory.table],
    broadcasts: [{ contract: tradeLog, from: "end", handleChunk: outcomes.handleChunk }],
    publishes: [marketTicks, accountState, accountHistory, notifications]
  })
  yield* whileLeading(
    {
      name: `market-data/${settings.market}`,
      owner: `market-data.${settings.instance}`,
      ttl: settings.leaseTime,
      retry: settings.leaseRetry
    },
    (leadership) => lead({ settings, directory, outcomes }, leadership)
  ).pipe(Effect.forkScoped)
  return running
})

/** Needs Kafka, the codec, topics.yaml, the publisher, leases, credentials and the exchange. */
export const layer = Layer.effectDiscard(runMarketData)
