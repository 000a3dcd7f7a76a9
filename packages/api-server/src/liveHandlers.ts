import { Caller, type CallerFacts, LiveGroup, MillraceApi } from "@millrace/api"
import { TopicsFile } from "@millrace/contracts"
import { ServiceReports } from "@millrace/runtime"
import { Clock, Duration, Effect, Stream } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { ApiSettings } from "./ApiServerConfig.ts"
import { LiveStreams } from "./LiveStreams.ts"
import { liveEvents } from "./liveEvents.ts"
import { instanceOf, overviewOf } from "./overviewOf.ts"
import { SignIn } from "./SignIn.ts"

const { events: eventsEndpoint } = LiveGroup.endpoints

/** Who has a stream: one session or token. */
const ownerOf = ({ by }: CallerFacts): string => ("session" in by ? `session ${by.session}` : `token ${by.token}`)

/** The group `live`: what the installation does now. */
export const liveHandlers = HttpApiBuilder.group(
  MillraceApi,
  "live",
  Effect.fnUntraced(function* (handlers) {
    const reports = yield* ServiceReports
    const topics = yield* TopicsFile
    const streams = yield* LiveStreams
    const signIn = yield* SignIn
    const { eventHeartbeat } = yield* ApiSettings
    const overviewFor = (caller: CallerFacts) => (atMs: number) =>
      overviewOf(reports.instances(), { topics, atMs, whole: caller.wholeInstallation })

    /** Whether the caller, asked for anew, is still the same in the same workspace, with the same rights. */
    const stillAllowed = (caller: CallerFacts, request: HttpServerRequest.HttpServerRequest) =>
      signIn.callerOf(request, eventsEndpoint).pipe(
        Effect.map(
          (now) => now.workspaceId === caller.workspaceId && now.wholeInstallation === caller.wholeInstallation
        ),
        Effect.catch((error) => Effect.succeed(error._tag === "Unavailable"))
      )

    return handlers
      .handle("overview", () =>
        Effect.gen(function* () {
          const caller = yield* Caller
          return overviewFor(caller)(yield* Clock.currentTimeMillis)
        })
      )
      .handle("services", () => Effect.sync(() => reports.instances().map(instanceOf)))
      .handle("events", () =>
        Effect.gen(function* () {
          const caller = yield* Caller
          const request = yield* HttpServerRequest.HttpServerRequest
          const owner = ownerOf(caller)
          yield* streams.room(owner)
          return Stream.unwrap(
            Effect.map(streams.open(owner), (end) =>
              liveEvents({
                overview: overviewFor(caller),
                end,
                allowed: stillAllowed(caller, request),
                heartbeatMs: Duration.toMillis(eventHeartbeat)
              })
            )
          )
        })
      )
  })
)
