import type { History } from "@millrace/history"
import { getJson, isReady, pidOf, type RecordedService, readRun } from "@millrace/local"
import { Clock, Console, Effect, type Layer, Result, Schema } from "effect"
import { Command } from "effect/cli"
import { CommandFailed, exitCodes, explained, reasonOf } from "./CommandFailed.ts"
import { dataFolder } from "./dataFolder.ts"
import { lastReports } from "./lastReports.ts"
import { asJson, printed } from "./printed.ts"
import { type AskedService, statusesOf, statusLines } from "./ServiceStatus.ts"

type Failure = { readonly message: string }

/** Longest wait for Kafka and the registry: what runs here is shown without them. */
const reportsWithin = "8 seconds"

const HealthBody = Schema.Struct({
  workers: Schema.Record(Schema.String, Schema.Struct({ reason: Schema.optionalKey(Schema.String) }))
})

const reasonIn = (body: unknown): string | undefined => {
  const page = Schema.decodeUnknownResult(HealthBody)(body)
  if (Result.isFailure(page)) return undefined
  const reasons = Object.entries(page.success.workers).flatMap(([name, { reason }]) =>
    reason === undefined ? [] : [`${name}: ${reason}`]
  )
  return reasons.length === 0 ? undefined : reasons.join("; ")
}

/** Asks a service that runs here. */
const asked = Effect.fnUntraced(function* (dataFolder: string, { healthUrl, name }: RecordedService) {
  const pid = yield* pidOf(dataFolder, name)
  const [live, ready, body] = yield* Effect.all(
    [isReady(`${healthUrl}/live`), isReady(`${healthUrl}/ready`), Effect.option(getJson(`${healthUrl}/health`))],
    { concurrency: 3 }
  )
  const answers = live || ready || body._tag === "Some"
  const reason = body._tag === "Some" ? reasonIn(body.value) : undefined
  return { name, pid, page: answers ? { live, ready, reason } : undefined } satisfies AskedService
})

/**
 * `millrace status`: every service with its state and figures, from its health page where it runs here, and from what it
 * reported on `service-reports`. Works without Kafka, and says so. Exit codes: 0 all are ready, 1 some are not, 3 nobody
 * can be asked.
 */
export const statusCommand = <E extends Failure>(history: Layer.Layer<History, E>) =>
  Command.make(
    "status",
    { dataFolder, json: asJson },
    Effect.fnUntraced(function* ({ dataFolder, json }) {
      const run = yield* readRun(dataFolder)
      const [here, reports] = yield* Effect.all(
        [
          Effect.forEach(run?.services ?? [], (service) => asked(dataFolder, service), { concurrency: "unbounded" }),
          lastReports.pipe(
            Effect.provide(history),
            Effect.timeoutOrElse({
              duration: reportsWithin,
              orElse: () => Effect.fail({ message: `no answer within ${reportsWithin}` })
            }),
            Effect.result
          )
        ],
        { concurrency: 2 }
      )
      const nowMs = yield* Clock.currentTimeMillis
      const services = statusesOf(here, Result.isSuccess(reports) ? reports.success : [], nowMs)
      const unread = Result.isFailure(reports) ? reasonOf(reports.failure) : undefined
      const owner =
        run === undefined ? null : { pid: run.owner.pid, mode: run.mode, ready: run.readyAtMs !== undefined }
      if (services.length === 0 && unread !== undefined && run === undefined) {
        const reason = `Nothing runs in ${dataFolder}, and reports can't be read: ${unread}`
        yield* json ? printed(true, { owner, services, unread }, []) : Console.error(reason)
        return yield* new CommandFailed({ exitCode: exitCodes.notReachable, reason })
      }
      yield* printed(json, { owner, services, ...(unread === undefined ? {} : { unread }) }, [
        ...(owner !== null && !owner.ready ? [`Process ${owner.pid} is starting them.`] : []),
        ...(services.length === 0 ? ["No service runs or reports itself."] : statusLines(services)),
        ...(unread === undefined ? [] : [`! reports of services can't be read, so figures are missing: ${unread}`])
      ])
      const bad = services.filter(({ live, ready }) => !live || !ready)
      if (services.length === 0 || bad.length > 0 || unread !== undefined) {
        return yield* new CommandFailed({ exitCode: exitCodes.failed, reason: "not everything is ready" })
      }
    }, explained)
  ).pipe(
    Command.withDescription("Show every service: instance, state, uptime, memory, lag (exit code 1: not all ready)")
  )
