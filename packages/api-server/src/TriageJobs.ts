import { Conflict } from "@millrace/api"
import {
  type AuditDetails,
  type NewTriageJob,
  type StoreError,
  type TriageJob,
  TriageJobStore,
  type TriageOutcome
} from "@millrace/store"
import { Cause, Clock, Context, Deferred, Effect, Fiber, Layer, Schedule } from "effect"

/** What the work tells as it goes on, and what it did. */
type Work = (tell: (done: number) => Effect.Effect<void>) => Effect.Effect<AuditDetails, { readonly message: string }>

/** How often a running job tells that it goes on. */
const tellEvery = "2 seconds"
/** An answer waits so long for a job: a short one is done by then. */
const answerWithin = "2 seconds"
const keepMs = 30 * 86_400_000

/**
 * Work on dead letters, done by this process and seen from all.
 *
 * A job goes on when its caller is gone. It ends with the process: stopped in order it says so, killed it shows as
 * interrupted after 30 s; what was done by then is done and marked, and the same call goes on with the rest.
 */
export class TriageJobs extends Context.Service<
  TriageJobs,
  {
    /** Begins a job; returns it as it is when it has ended, or after 2 s. Fails with `Conflict` while another one of the topic runs. */
    readonly run: (job: NewTriageJob, work: Work) => Effect.Effect<TriageJob, Conflict | StoreError>
  }
>()("@millrace/api-server/TriageJobs") {
  static readonly layer = Layer.effect(
    TriageJobs,
    Effect.gen(function* () {
      const store = yield* TriageJobStore
      const scope = yield* Effect.scope
      yield* Effect.flatMap(Clock.currentTimeMillis, (nowMs) => store.prune(nowMs - keepMs)).pipe(
        Effect.catch((error) => Effect.logWarning(`Old jobs on dead letters were not deleted: ${error.message}`)),
        Effect.repeat(Schedule.spaced("1 hour")),
        Effect.forkScoped
      )

      const run = Effect.fnUntraced(function* (job: NewTriageJob, work: Work) {
        const { jobId, topic, workspaceId } = job
        if (!(yield* store.begin(job, yield* Clock.currentTimeMillis))) return yield* busy(topic)
        const ended = yield* Effect.forkIn(follow(store, jobId, work), scope)
        yield* Effect.timeoutOption(Fiber.await(ended), answerWithin)
        const now = yield* store.job(workspaceId, jobId, yield* Clock.currentTimeMillis)
        return now ?? (yield* Effect.die(new Error(`Job ${jobId} is gone`)))
      })
      return TriageJobs.of({ run })
    })
  )
}

/** Does the work, tells of it, and stores its end. */
const follow = (store: TriageJobStore["Service"], jobId: string, work: Work): Effect.Effect<void> =>
  Effect.gen(function* () {
    let done = 0
    const stopAsked = yield* Deferred.make<void>()
    const tell = Effect.gen(function* () {
      const goOn = yield* store.progress(jobId, done, yield* Clock.currentTimeMillis)
      if (!goOn) yield* Deferred.succeed(stopAsked, undefined)
    }).pipe(Effect.catch((error) => Effect.logWarning(`Job ${jobId} could not tell of itself: ${error.message}`)))
    const end = (outcome: Omit<TriageOutcome, "done">) =>
      Effect.flatMap(Clock.currentTimeMillis, (nowMs) => store.end(jobId, { ...outcome, done }, nowMs)).pipe(
        Effect.retry(Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 5 }))),
        Effect.catch((error) => Effect.logWarning(`The end of job ${jobId} was not stored: ${error.message}`))
      )
    const stopped = Effect.as(Deferred.await(stopAsked), { state: "stopped", reason: "somebody asked for it" } as const)
    const outcome: Effect.Effect<Omit<TriageOutcome, "done">> = work((now) => Effect.sync(() => (done = now))).pipe(
      Effect.map((report) => ({ state: "done", report }) as const),
      Effect.raceFirst(stopped),
      Effect.catch(({ message }) => Effect.succeed({ state: "failed", reason: message } as const)),
      Effect.catchDefect((defect) =>
        Effect.as(Effect.logError(`Job ${jobId} failed`, { cause: Cause.pretty(Cause.die(defect)) }), {
          state: "failed",
          reason: "a fault of ours, which the log of control-api tells of"
        } as const)
      )
    )
    const telling = Effect.repeat(tell, Schedule.spaced(tellEvery))
    yield* Effect.raceFirst(outcome, Effect.andThen(telling, Effect.never)).pipe(
      Effect.onInterrupt(() => end({ state: "stopped", reason: "control-api was stopped" })),
      Effect.flatMap(end)
    )
  })

const busy = (topic: string) =>
  new Conflict({
    where: `dead letters of ${topic}`,
    found: "another job of the topic under way",
    expected: "one at a time",
    whatToDo:
      "Wait for its end (GET /api/triage-jobs), or ask it to stop. One that was cut off makes room after 30 seconds."
  })
