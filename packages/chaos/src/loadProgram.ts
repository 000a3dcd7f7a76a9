// Foreign boundary: the load as a process: it sends jobs at an even pace, and notes which the broker has acknowledged.
import { openSync, writeSync } from "node:fs"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { partitionOf } from "@millrace/contracts"
import { Infrastructure, Publisher, type PublishFailed } from "@millrace/runtime"
import { telemetryLayer } from "@millrace/telemetry"
import { Context, Effect, FiberSet, Layer, Schedule } from "effect"
import { answer, bodyOf, listen } from "./ControlServer.ts"
import { idHeader, jobs } from "./Job.ts"
import { JobSource, type NewJob, recordOf } from "./JobSource.ts"

// Outline:
// Every 100 ms a lot of jobs is sent, without waiting for earlier ones; the order of calls is the order in the partition.
// POST /burst { wish, count } sends jobs of one wish in between; POST /stop ends the load, and answers once all is known.

const journal = openSync(process.env.LOAD_JOURNAL as string, "a")
const perSecond = Number(process.env.LOAD_PER_SECOND)
const lotMs = 100
const source = new JobSource(Number(process.env.LOAD_SEED))
let going = true
let due = 0

const note = (lot: ReadonlyArray<NewJob>, acknowledged: boolean) =>
  Effect.sync(() => {
    writeSync(journal, lot.map((job) => `${JSON.stringify({ ...job, acknowledged })}\n`).join(""))
  })

const partitions = 6
const undecodable = (job: NewJob) => ({
  topic: job.lane === "normal" ? jobs.name : `${jobs.name}.${job.lane}`,
  partition: partitionOf(jobs, job.key, partitions),
  key: Buffer.from(job.key),
  value: Buffer.from([0, 0, 0, 0, 99, 123, 255, 0, 13]),
  headers: { [idHeader]: job.id, "workspace-id": "ws-chaos" }
})

const isDecodable = (job: NewJob): job is Parameters<typeof recordOf>[0] => job.wish !== "undecodable"

/** One lot is one call for its sound records and one for the others, each acknowledged as a whole or not. */
const send = (lot: ReadonlyArray<NewJob>) =>
  Effect.gen(function* () {
    const publisher = yield* Publisher
    const noted = (jobs: ReadonlyArray<NewJob>, sending: Effect.Effect<void, PublishFailed>) =>
      jobs.length === 0
        ? Effect.void
        : sending.pipe(
            Effect.matchEffect({
              onSuccess: () => note(jobs, true),
              onFailure: (error) => Effect.andThen(Effect.logWarning(error.message), note(jobs, false))
            })
          )
    const sound = lot.filter(isDecodable)
    const others = lot.filter((job) => !isDecodable(job))
    yield* noted(sound, publisher.publish(sound.map(recordOf)))
    yield* noted(others, publisher.sendRaw(others.map(undecodable)))
  })

const main = Effect.gen(function* () {
  const publisher = yield* Publisher
  yield* publisher.prepare([jobs])
  const sends = yield* FiberSet.make()
  const context = yield* Effect.context<Publisher>()
  const start = (lot: ReadonlyArray<NewJob>) => FiberSet.run(sends, Effect.provideContext(send(lot), context))
  yield* Effect.promise(() =>
    listen(Number(process.env.LOAD_CONTROL_PORT), async (request, response) => {
      if (request.url === "/burst") {
        const { count, wish } = (await bodyOf(request)) as { readonly count: number; readonly wish: NewJob["wish"] }
        await Effect.runPromise(start(Array.from({ length: count }, () => source.next(Date.now(), wish))))
        answer(response, 200, {})
      } else if (request.url === "/stop") {
        going = false
        await Effect.runPromise(FiberSet.awaitEmpty(sends))
        answer(response, 200, {})
      } else answer(response, 200, {})
    })
  )
  yield* Effect.suspend(() => {
    due += (perSecond * lotMs) / 1_000
    const count = going ? Math.floor(due) : 0
    due -= count
    return count === 0 ? Effect.void : start(Array.from({ length: count }, () => source.next(Date.now())))
  }).pipe(Effect.repeat(Schedule.fixed(lotMs)))
})

NodeRuntime.runMain(
  main.pipe(
    Effect.scoped,
    Effect.provide(
      Layer.mergeAll(
        Infrastructure.layer("chaos-load"),
        telemetryLayer("chaos-load"),
        Layer.succeedContext(Context.empty())
      )
    )
  )
)
