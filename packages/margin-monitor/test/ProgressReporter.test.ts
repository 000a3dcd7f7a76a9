import { assert, it } from "@effect/vitest"
import type { EvaluationProgress } from "@millrace/contracts"
import { Effect, Layer, Schedule } from "effect"
import { WebSocketServer } from "ws"
import { ProgressReporter } from "../src/ProgressReporter.ts"

const progress = (ticksEvaluated: number): EvaluationProgress => ({
  instance: "1",
  partitions: [0],
  partitionCount: 1,
  evaluatedToMs: ticksEvaluated,
  ticksEvaluated,
  marginEvents: 0,
  positionsWatched: 0,
  pairsWatched: 0,
  entriesWatched: 0,
  openCommands: []
})

/** A control port that keeps what it hears, and how often it was called. */
const controlPort = Effect.acquireRelease(
  Effect.callback<{ server: WebSocketServer; heard: Array<number>; calls: { count: number } }>((resume) => {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 })
    const heard: Array<number> = []
    const calls = { count: 0 }
    server.on("connection", (socket) => {
      calls.count++
      socket.on("message", (data) => heard.push(JSON.parse(String(data)).ticksEvaluated))
    })
    server.on("listening", () => resume(Effect.succeed({ server, heard, calls })))
  }),
  ({ server }) =>
    Effect.callback<void>((resume) => {
      for (const socket of server.clients) socket.terminate()
      server.close(() => resume(Effect.void))
    })
)

const until = (condition: () => boolean) =>
  Effect.sync(condition).pipe(
    Effect.repeat({ until: (met) => met, schedule: Schedule.spaced("5 millis") }),
    Effect.timeout("4 seconds")
  )

it.live("tells the newest progress once per turn, and again after the line was cut", () =>
  Effect.gen(function* () {
    const { calls, heard, server } = yield* controlPort
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    const reporter = yield* Layer.build(ProgressReporter.layerTo(`ws://127.0.0.1:${port}/progress`)).pipe(
      Effect.flatMap((context) => Effect.provide(ProgressReporter, context))
    )
    reporter.report(() => progress(1))
    yield* until(() => heard.length === 1)
    reporter.report(() => progress(2))
    reporter.report(() => progress(3))
    yield* until(() => heard.length === 2)
    for (const socket of server.clients) socket.terminate()
    yield* until(() => calls.count === 2)
    yield* until(() => heard.length === 3)
    assert.deepStrictEqual(heard, [1, 3, 3])
  })
)
