import { Pause, PauseScope } from "@millrace/contracts/schemas"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { needs } from "./Needs.ts"
import { Line } from "./Page.ts"
import { SignedIn } from "./SignedIn.ts"

/** Pauses of topics and lanes. They hold for all workspaces, as the topics do. */
export const ControlsGroup = HttpApiGroup.make("controls")
  .add(
    HttpApiEndpoint.get("pauses", "/pauses", {
      success: Schema.Struct({
        pauses: Schema.Array(Pause),
        /** Changes that the workers were not told of yet. */
        untold: Schema.Int
      })
    })
      .annotate(OpenApi.Summary, "Pauses that hold.")
      .annotateMerge(needs("read", "installation")),
    HttpApiEndpoint.post("pause", "/pauses", {
      payload: Schema.Struct({ ...PauseScope.fields, reason: Schema.optionalKey(Line(500)) }),
      success: Pause
    })
      .annotate(
        OpenApi.Summary,
        "Pause a topic, a lane, or these for one worker: nothing of it is taken until it is resumed, protection included where commands are paused."
      )
      .annotateMerge(needs("operate", "installation")),
    HttpApiEndpoint.post("resume", "/pauses/resume", {
      payload: PauseScope,
      success: Schema.Struct({ ended: Schema.Array(Pause) })
    })
      .annotate(OpenApi.Summary, "End every pause that is part of the scope; a wider one stays.")
      .annotateMerge(needs("operate", "installation"))
  )
  .middleware(SignedIn)
  .prefix("/controls")
