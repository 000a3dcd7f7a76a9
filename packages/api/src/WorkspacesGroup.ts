import { Id } from "@millrace/contracts/schemas"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { needs } from "./Needs.ts"
import { Line } from "./Page.ts"
import { WorkspaceInfo } from "./SessionGroup.ts"
import { SignedIn } from "./SignedIn.ts"

/** Workspaces: the tenants of the installation. */
export const WorkspacesGroup = HttpApiGroup.make("workspaces")
  .add(
    HttpApiEndpoint.get("list", "/", { success: Schema.Array(WorkspaceInfo) })
      .annotate(
        OpenApi.Summary,
        "Workspaces that the caller is a member of; all, where he administers the installation."
      )
      .annotateMerge(needs("none")),
    HttpApiEndpoint.post("create", "/", {
      payload: Schema.Struct({ workspaceId: Id, name: Line(100) }),
      success: WorkspaceInfo.pipe(HttpApiSchema.status(201))
    })
      .annotate(OpenApi.Summary, "Create a workspace.")
      .annotateMerge(needs("administer", "installation")),
    HttpApiEndpoint.patch("rename", "/current", { payload: Schema.Struct({ name: Line(100) }), success: WorkspaceInfo })
      .annotate(OpenApi.Summary, "Rename the caller's workspace.")
      .annotateMerge(needs("administer"))
  )
  .middleware(SignedIn)
  .prefix("/workspaces")
