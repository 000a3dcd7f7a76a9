/** What the log, the trace and the headers tell of an attempt. */
import { assert, it } from "@effect/vitest"
import { MemoryKafkaControl } from "@millrace/kafka"
import { logLine } from "@millrace/telemetry"
import { Effect, Layer, Logger, References } from "effect"
import { TestClock } from "effect/testing"
import { input, nothing, outgoing, Publisher, runWorker, traceHeader } from "../src/index.ts"
import { failure, orders, put, results, settle, workbench } from "./workbench.ts"

/**
 * @guarantee operation: Logs are JSON lines {timestamp, worker, jobId, event, duration, error, metadata, traceId}
 * @how one logger; `start` and `complete` of each attempt at debug level, `retry` and `fail` always
 */
it.effect("tells start, retry, completion and failure of each attempt, with its job and duration", () =>
  Effect.gen(function* () {
    const lines: Array<ReturnType<typeof logLine>> = []
    const logger = Logger.make((options) => {
      lines.push(logLine("it-process", options))
    })
    yield* Effect.gen(function* () {
      let tries = 0
      yield* runWorker({
        name: "it-worker",
        instance: "1",
        inputs: [
          input({
            contract: orders,
            handle: ({ key }) => {
              if (key === "bad") return Effect.fail(failure("permanent"))
              tries++
              return tries === 1 ? Effect.fail(failure("temporary")) : Effect.as(Effect.sleep("40 millis"), nothing)
            }
          })
        ]
      })
      yield* put(orders, "good", 1)
      yield* settle
      yield* TestClock.adjust("1 second")
      yield* settle
      yield* TestClock.adjust("40 millis")
      yield* settle
      yield* put(orders, "bad", 1)
      yield* settle
    }).pipe(
      Effect.provide([
        Layer.fresh(workbench),
        Logger.layer([logger]),
        Layer.succeed(References.MinimumLogLevel, "Debug")
      ])
    )
    const told = lines.flatMap(({ duration, event, jobId, worker }) =>
      event === undefined ? [] : [{ worker, event, duration, jobId: jobId?.replace(/\/\d+\/\d+$/u, "") }]
    )
    const worker = "it-worker"
    const jobId = "it-orders"
    assert.deepStrictEqual(told, [
      { worker, event: "start", duration: undefined, jobId },
      { worker, event: "retry", duration: undefined, jobId },
      { worker, event: "start", duration: undefined, jobId },
      { worker, event: "complete", duration: 40, jobId },
      { worker, event: "start", duration: undefined, jobId },
      { worker, event: "fail", duration: undefined, jobId }
    ])
    assert.match(lines.find(({ event }) => event === "fail")!.error!, /a permanent failure/u)
  })
)

it.effect("a record that names its trace keeps it, whatever span sends it", () =>
  Effect.gen(function* () {
    const publisher = yield* Publisher
    const control = yield* MemoryKafkaControl
    const own = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`
    const value = { id: "a", n: 1 }
    yield* publisher
      .publish([
        outgoing(results, { key: "a", value, workspaceId: "w", headers: { [traceHeader]: own } }),
        outgoing(results, { key: "a", value, workspaceId: "w" })
      ])
      .pipe(Effect.withSpan("it sends"))
    const headers = (yield* control.records("it-results")).map(({ headers }) =>
      Buffer.from(headers[traceHeader]!).toString()
    )
    assert.strictEqual(headers[0], own)
    assert.notStrictEqual(headers[1], own)
    assert.match(headers[1]!, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/u)
  }).pipe(Effect.provide(Layer.fresh(workbench)))
)
