import { assert, it } from "@effect/vitest"
import { Cause, Effect, Logger, Redacted } from "effect"
import { formatLogLine, type LogLine, logLine } from "../src/index.ts"

/** The lines that an effect logs, as they would be written. */
const linesOf = (effect: Effect.Effect<unknown>) =>
  Effect.gen(function* () {
    const lines: Array<LogLine> = []
    const collect = Logger.make<unknown, void>((options) => {
      lines.push(JSON.parse(formatLogLine(logLine("it-worker", options))))
    })
    yield* Effect.provide(effect, Logger.layer([collect]))
    return lines
  })

it.effect("puts a job's fields in their place and the rest into metadata", () =>
  Effect.gen(function* () {
    const fields = { jobId: "c-1", event: "complete", durationMs: 2.5, lane: "critical" }
    const [line] = yield* linesOf(Effect.logInfo("order sent", fields))
    assert.deepStrictEqual(line, {
      timestamp: "1970-01-01T00:00:00.000Z",
      level: "Info",
      worker: "it-worker",
      message: "order sent",
      jobId: "c-1",
      event: "complete",
      duration: 2.5,
      metadata: { lane: "critical" }
    })
  })
)

it.effect("takes annotations up, and lets them name the worker in a process of many", () =>
  Effect.gen(function* () {
    const [line] = yield* linesOf(Effect.logInfo("x").pipe(Effect.annotateLogs({ worker: "notifier", workspace: "w" })))
    assert.strictEqual(line!.worker, "notifier")
    assert.deepStrictEqual(line!.metadata, { workspace: "w" })
  })
)

it.effect("carries the trace of the span it was logged in", () =>
  Effect.gen(function* () {
    const [line] = yield* linesOf(Effect.withSpan(Effect.logInfo("x"), "work"))
    assert.match(line!.traceId!, /^[0-9a-f]{32}$/u)
    assert.match(line!.spanId!, /^[0-9a-f]{16}$/u)
  })
)

/** @guarantee effects: Secrets are in no error and no log */
it.effect("tells the cause of a failure, and never a secret", () =>
  Effect.gen(function* () {
    const secret = Redacted.make("hunter2")
    const [line] = yield* linesOf(
      Effect.logError("failed", Cause.fail(new Error("no broker")), { secret, nested: { secret } })
    )
    assert.include(line!.error!, "no broker")
    assert.notInclude(JSON.stringify(line), "hunter2")
    assert.include(JSON.stringify(line), "redacted")
  })
)

it.effect("writes values that JSON does not know", () =>
  Effect.gen(function* () {
    const [line] = yield* linesOf(Effect.logInfo("x", { offset: 12n, cause: new TypeError("bad") }))
    assert.deepStrictEqual(line!.metadata, { offset: "12", cause: "bad" })
  })
)
