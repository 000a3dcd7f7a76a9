import { accountState, marginState, marketTicks, TopicsFile, tradeLog } from "@millrace/contracts"
import { broadcast, input, makeTable, nothing, runWorker, TradingControls } from "@millrace/runtime"
import { wallClockMsOf } from "@millrace/telemetry"
import { Clock, Duration, Effect, Layer } from "effect"
import { Monitor, type MonitorTable } from "./Monitor.ts"
import { MonitorConfig } from "./MonitorConfig.ts"
import { PartitionNotReady } from "./MonitorError.ts"
import { measureMonitor } from "./MonitorMetrics.ts"
import { Outbox } from "./Outbox.ts"
import { ProgressReporter } from "./ProgressReporter.ts"
import { makeTickTraces } from "./TickTraces.ts"

/**
 * Reads, by account: account-state and margin-state (tables), trade-log (outcomes). Reads whole: market-ticks.
 * Follows the trading switches of `controls`. Writes: automation-commands, margin-events, decisions, notifications, margin-state; a tick's commands
 * in a send ahead of its other outputs.
 */
export const runMonitor = Effect.gen(function* () {
  const config = yield* MonitorConfig
  const topics = yield* TopicsFile
  const outbox = yield* Outbox
  const reporter = yield* ProgressReporter
  const controls = yield* TradingControls
  const clock = yield* Clock.clockWith(Effect.succeed)
  const traces = yield* makeTickTraces
  const monitor = new Monitor({
    instance: config.instance,
    partitionCount: (yield* topics.declared(accountState.name)).partitions,
    settings: {
      overdueAfterMs: Duration.toMillis(config.overdueAfter),
      freshForMs: Duration.toMillis(config.staleAfter)
    },
    recentTicks: config.recentTicks,
    verdictOf: controls.verdict,
    progressEveryMs: Duration.toMillis(config.progressEvery),
    now: () => wallClockMsOf(clock),
    put: (partition, outputs) => {
      if (outputs.length > 0) outbox.offer(partition, outputs, traces.current())
    }
  })
  controls.onChange((scope) => monitor.controlsChanged(scope))
  yield* measureMonitor(monitor, outbox.waiting)
  const tell = () => reporter.report(() => monitor.progress())

  const onPartition = (table: MonitorTable) => (partition: number, event: "ready" | "revoked") => {
    if (event === "revoked") outbox.forget(partition)
    monitor.partitionChanged(table, partition, event)
    tell()
  }
  const accounts = yield* makeTable({
    contract: accountState,
    scope: "partitioned",
    onChange: (change) => {
      monitor.accountChanged(change)
      tell()
    },
    onPartition: onPartition("account-state")
  })
  const episodes = yield* makeTable({
    contract: marginState,
    scope: "partitioned",
    onChange: (change) => monitor.marginStateChanged(change),
    onPartition: onPartition("margin-state")
  })

  return yield* runWorker({
    name: "margin-monitor",
    instance: config.instance,
    tables: [accounts, episodes],
    inputs: [
      input({
        contract: tradeLog,
        policy: { neverDeadLetter: true },
        handle: Effect.fnUntraced(function* (record) {
          if (!monitor.outcome(record)) return yield* new PartitionNotReady({ partition: record.partition })
          yield* outbox.flush
          tell()
          return nothing
        })
      })
    ],
    broadcasts: [
      broadcast({
        contract: marketTicks,
        from: "end",
        handleChunk: Effect.fnUntraced(function* (records) {
          for (const record of records) traces.under(record, () => monitor.tick(record))
          yield* outbox.flush
          monitor.confirm()
          tell()
          return nothing
        })
      })
    ]
  })
})

const reporterLayer = Layer.unwrap(
  Effect.map(MonitorConfig, ({ progressUrl }) =>
    progressUrl === undefined ? ProgressReporter.layerNone : ProgressReporter.layerTo(progressUrl)
  )
)

/** The worker, running while the layer is provided; Kafka, codec, topics, publisher and controls come from outside. */
export const layer = Layer.effectDiscard(runMonitor).pipe(Layer.provide([Outbox.layer, reporterLayer]))
