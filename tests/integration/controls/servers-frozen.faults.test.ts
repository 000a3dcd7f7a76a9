import { readFileSync, rmSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { awaitEnd, isReady, summaryOf } from "@millrace/local"
import { Effect } from "effect"
import { runStack, stackFolder } from "../local-stack/StackProcess.ts"
import { candlesOf, eventually, oneGuardedPosition, startPipeline } from "../pipelineRun.ts"
import { listenAsOperator, type OperatorMessage } from "./OperatorSink.ts"

// PostgreSQL, then Kafka, stops answering under the whole pipeline: their processes are frozen until the operator was told,
// and then go on. What must hold: executor and control-api both tell, past what is down, while it is down, and tell once that
// it is over; afterwards the pipeline is whole, and a guard closes its position once.

const candles = candlesOf([60_000, 60_000, 60_000, 56_900, 56_900, 56_900])
const tellers = ["automation-executor", "control-api"]

/** A server and the processes that it started; PostgreSQL has one for each connection. */
const processesOf = (pid: number): ReadonlyArray<number> => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean)
  return [pid, ...children.flatMap((child) => processesOf(Number(child)))]
}

const signalAll = (pid: number, signal: NodeJS.Signals) =>
  Effect.sync(() => {
    for (const one of processesOf(pid)) process.kill(one, signal)
  })

const tellersOf = (taken: ReadonlyArray<OperatorMessage>, type: string, subject: string): ReadonlyArray<string> =>
  taken.filter((one) => one.type === type && one.data.subject === subject).map(({ data }) => data.worker)

const toldByAll = (taken: ReadonlyArray<OperatorMessage>, type: string, subject: string) =>
  eventually(
    `the operator is told of ${subject}: ${type}`,
    Effect.sync(() => (tellers.every((teller) => tellersOf(taken, type, subject).includes(teller)) ? true : undefined))
  )

/** Freezes the server until the operator was told of it, and returns once the operator was told of the end. */
const outage = Effect.fnUntraced(function* (taken: ReadonlyArray<OperatorMessage>, subject: string, pid: number) {
  yield* Effect.scoped(
    Effect.gen(function* () {
      yield* Effect.acquireRelease(signalAll(pid, "SIGSTOP"), () => signalAll(pid, "SIGCONT"))
      yield* toldByAll(taken, "outage.began", subject)
      assert.deepStrictEqual(tellersOf(taken, "outage.ended", subject), [], "it is still down")
    })
  )
  yield* toldByAll(taken, "outage.ended", subject)
  for (const type of ["outage.began", "outage.ended"]) {
    // A service that ended meanwhile tells too, as often as it is started within the outage.
    const told = tellersOf(taken, type, subject).filter((teller) => tellers.includes(teller))
    assert.deepStrictEqual(told.toSorted(), tellers, `${type} of ${subject}, once of each`)
  }
})

/**
 * @guarantee operation: While Kafka or PostgreSQL is down the operator is told directly, once per outage, and once when it is over
 */
it.live(
  "tells the operator while PostgreSQL or Kafka is frozen and when it is over, and then closes a position once",
  () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => stackFolder("millrace-frozen-")),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
      )
      const { addresses, said } = yield* runStack(["--data", folder])
      const stack = addresses ?? assert.fail(`the stack did not start: ${said}`)
      const taken = yield* listenAsOperator
      const run = yield* startPipeline({ stack, scenario: oneGuardedPosition, candles, speed: 60 })
      // A service that is still starting tells in words of its own.
      yield* eventually(
        "all services are ready",
        Effect.map(
          Effect.forEach(run.services, ({ healthUrl }) => isReady(`${healthUrl}/ready`)),
          (ready) => (ready.every((one) => one) ? true : undefined)
        )
      )
      yield* outage(taken, "PostgreSQL", stack.pids.postgres as number)
      yield* outage(taken, "Kafka", stack.pids.kafka as number)
      // The first tick is the first that counts: while Kafka was silent the monitor gave its partitions back.
      yield* eventually(
        "all partitions are watched again",
        Effect.map(run.control.feed, ({ monitors }) =>
          monitors.some(({ partitionCount, partitions }) => partitions.length === partitionCount) ? true : undefined
        )
      )
      yield* run.control.startFeed
      yield* awaitEnd(run)
      const summary = yield* summaryOf(run)
      assert.deepStrictEqual(
        summary.commands.map(({ position, status }) => ({ position, status })),
        [{ position: "ada-long", status: "completed" }]
      )
      assert.deepStrictEqual([summary.duplicates, summary.losses], [0, 0])
    }).pipe(Effect.scoped)
)
