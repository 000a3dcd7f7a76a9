import { Caller, type CallerFacts, Conflict, MillraceApi, type WorkerRequest } from "@millrace/api"
import { type RecordCodec, TopicsFile } from "@millrace/contracts"
import type { KafkaClient } from "@millrace/kafka"
import { ServiceReports } from "@millrace/runtime"
import { ControlStore, ScheduleStore } from "@millrace/store"
import { Clock, Duration, Effect, Semaphore } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { activeJobs } from "./activeJobs.ts"
import { lacks, noSuch, orUnavailable } from "./answers.ts"
import { JobDomains } from "./JobDomains.ts"
import { makeLetterJobs } from "./letterJobs.ts"
import { QueueFigures } from "./QueueFigures.ts"
import { detailedStats, queueStats, workerStats, workersHealth } from "./queueAnswers.ts"
import { backgroundQueue, laneOfPriority, webhookQueue, workQueues } from "./workQueues.ts"
import { inWorkspace } from "./workspaceScope.ts"

/** Old clients that name no age keep what failed within it. */
const keptMs = Duration.toMillis(Duration.hours(24))
const keptByWorkersMs = Duration.toMillis(Duration.days(7))
/** Answers with records in them that are made at the same time; others wait. */
const readings = 4

/** The group `compatibility`: what clients of the replaced systems ask, answered from topics, reports and dead letters. */
export const compatibilityHandlers = HttpApiBuilder.group(
  MillraceApi,
  "compatibility",
  Effect.fnUntraced(function* (handlers) {
    const figures = yield* QueueFigures
    const reports = yield* ServiceReports
    const schedules = yield* ScheduleStore
    const controls = yield* ControlStore
    const letterJobs = yield* makeLetterJobs
    const domains = yield* JobDomains
    const queues = workQueues(yield* TopicsFile)
    const services = yield* Effect.context<KafkaClient | RecordCodec>()
    const turn = yield* Semaphore.make(readings)

    /** A queue by its old name, or by that of its topic. */
    const queueNamed = (name: string) => {
      const queue = queues.find((one) => one.name === name || one.topic.name === name)
      return queue === undefined ? Effect.fail(noSuch("queue", name)) : Effect.succeed(queue)
    }

    const clean = Effect.fnUntraced(function* (queueName: string, olderThanMs: number, failedToo = true) {
      const { name, topic } = yield* queueNamed(queueName)
      const untilMs = (yield* Clock.currentTimeMillis) - olderThanMs
      const job = failedToo ? yield* letterJobs.purge(topic.name, { untilMs }) : undefined
      const failed = Number(job?.report?.purged ?? job?.done ?? 0)
      const goesOn = job?.state === "running" ? ` The job ${job.jobId} goes on.` : ""
      return {
        status: "success" as const,
        message: `${failed} failed jobs of ${name} were given up; completed ones leave by the topic's retention.${goesOn}`,
        data: { cleaned: { [name]: { completed: 0, failed } }, jobs: job === undefined ? [] : [job.jobId] }
      }
    })

    /** Topics are shared by all workspaces, so that a pause is for members of the installation. */
    const mayPause = ({ installation }: CallerFacts) =>
      installation.includes("operate")
        ? Effect.void
        : Effect.fail(lacks("POST /api/admin/workers", "the permission operate for the whole installation"))

    const steer = Effect.fnUntraced(function* (request: WorkerRequest) {
      const caller = yield* Caller
      const { userId: actor, workspaceId } = caller
      if ("type" in request) {
        const { data = {}, options, type } = request
        const domain = domains.find(({ types }) => types.includes(type))
        if (domain === undefined)
          return yield* nobodyTakes(
            type,
            domains.flatMap(({ types }) => types)
          )
        const { name, topic } = yield* queueNamed(domain.queue)
        const lane = laneOfPriority(topic, options?.priority)
        const { jobId } = yield* domain.request({ type, data, lane, workspaceId, actor })
        return done(`Job ${jobId} waits in ${name}.`, { queueName: name, jobId })
      }
      if (request.action === "setup-recurring") {
        if (domains.length === 0) return yield* nothingRecurs
        const ids = yield* Effect.forEach(domains, (domain) => domain.setUpRecurring({ workspaceId, actor }))
        const recurring = ids.flat()
        return done(`${recurring.length} recurring schedules are set up.`, { recurring })
      }
      const { name, topic } = yield* queueNamed(request.queueName ?? backgroundQueue)
      if (request.action === "retry-failed") {
        if (!caller.permissions.includes("replay"))
          return yield* lacks("POST /api/admin/workers", "the permission replay")
        const job = yield* letterJobs.replay(topic.name, { all: true })
        const retried = Number(job.report?.replayed ?? job.done)
        return done(`Failed jobs of ${name} are sent back: ${job.jobId} is ${job.state}.`, {
          ...{ queueName: name, jobId: job.jobId, retried }
        })
      }
      yield* mayPause(caller)
      if (request.action === "pause") {
        yield* controls.pause({ topic: topic.name }, { actor, reason: "asked for by POST /api/admin/workers" })
        return done(`${name} is paused; what is in flight is finished.`, { queueName: name })
      }
      const ended = yield* controls.resume({ topic: topic.name }, actor)
      return done(`${name} goes on.`, { queueName: name, resumed: ended.length })
    })

    return handlers
      .handle("queueStats", () =>
        Effect.gen(function* () {
          const { workspaceId } = inWorkspace(yield* Caller)
          const counted = yield* figures.of(workspaceId)
          const jobs = yield* Effect.forEach(counted, (one) => activeJobs(one, workspaceId)).pipe(
            turn.withPermits(1),
            Effect.provideContext(services)
          )
          return queueStats(counted, jobs)
        })
      )
      .handle("cleanQueue", ({ payload }) =>
        clean(payload?.queueName ?? webhookQueue, payload?.grace ?? keptMs, payload?.type !== "completed").pipe(
          orUnavailable
        )
      )
      .handle("workers", ({ query: { action = "stats" } }) =>
        Effect.gen(function* () {
          const { workspaceId } = inWorkspace(yield* Caller)
          const now = new Date(yield* Clock.currentTimeMillis).toISOString()
          if (action === "health-check") return workersHealth(queues, reports.instances(), now)
          const counted = yield* figures.of(workspaceId)
          if (action === "stats") return workerStats(counted, now)
          const all = yield* schedules.list
          const mine = all.filter(({ target }) => workspaceId === undefined || target.workspaceId === workspaceId)
          return detailedStats(counted, { instances: reports.instances(), schedules: mine, timestamp: now })
        }).pipe(orUnavailable)
      )
      .handle("steerWorkers", ({ payload }) => steer(payload).pipe(orUnavailable))
      .handle("cleanWorkers", ({ query: { force } }) =>
        clean(backgroundQueue, force === "true" ? 0 : keptByWorkersMs).pipe(orUnavailable)
      )
  })
)

const done = <D extends object>(message: string, data: D) => ({ status: "success" as const, message, data })

const nobodyTakes = (type: string, known: ReadonlyArray<string>) =>
  new Conflict({
    where: "payload.type",
    found: `${type}, which no worker of this version takes`,
    expected:
      known.length === 0 ? "no type yet: the worker of background jobs is to come" : `one of ${known.join(", ")}`,
    whatToDo: "Nothing was queued. See docs/old-clients.md for what this version does."
  })

const nothingRecurs = new Conflict({
  where: "payload.action",
  found: "setup-recurring, and no worker of this version has recurring jobs",
  expected: "a worker that has some: that of background jobs is to come",
  whatToDo: "Nothing was stored. `millrace schedules add` stores a schedule of any record."
})
