import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { TooMany } from "./ApiError.ts"
import { needs } from "./Needs.ts"
import { Overview, ServiceInstance } from "./Overview.ts"
import { SignedIn } from "./SignedIn.ts"

/** What the stream of events tells. Each is whole: who connects anew has missed nothing that he needs. */
export const LiveEvent = Schema.Union([
  /** At the start, then whenever something has changed, at most once a second. */
  Schema.TaggedStruct("Overview", { overview: Overview }),
  /** Nothing has changed for a while, and the connection is alive. */
  Schema.TaggedStruct("Heartbeat", { atMs: Schema.Finite }),
  /** Another stream of the same session or token has taken over; this one ends, and should not be opened again by itself. */
  Schema.TaggedStruct("Replaced", {})
])
export type LiveEvent = typeof LiveEvent.Type

/** What the installation does now. */
export const LiveGroup = HttpApiGroup.make("live")
  .add(
    HttpApiEndpoint.get("overview", "/overview", { success: Overview })
      .annotate(OpenApi.Summary, "Services, lanes, breakers and totals as they are now.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.get("services", "/services", { success: Schema.Array(ServiceInstance) })
      .annotate(OpenApi.Summary, "Every process with all that it tells of itself.")
      .annotateMerge(needs("read", "installation")),
    HttpApiEndpoint.get("events", "/events", {
      success: HttpApiSchema.StreamSse({ data: LiveEvent }),
      error: TooMany
    })
      .annotate(
        OpenApi.Summary,
        "The overview as server-sent events (`EventSource`): one stream of a session or token at a time; the later one takes over."
      )
      .annotateMerge(needs("read"))
  )
  .middleware(SignedIn)
