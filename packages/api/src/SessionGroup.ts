import { GrantedPermission, Id, Permission, Rights, Role } from "@millrace/contracts/schemas"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { needs } from "./Needs.ts"
import { Line } from "./Page.ts"
import { FromOurPages, SignedIn } from "./SignedIn.ts"

export const EmailAddress = Schema.String.check(
  Schema.isPattern(/^[^\s@<>"\p{Cc}]{1,64}@[^\s@<>"\p{Cc}]{1,189}$/u, { message: "an e-mail address" })
)

/** A password that is chosen: long enough not to be guessed, short enough to be hashed. */
export const NewPassword = Schema.Redacted(
  Schema.String.check(Schema.isPattern(/^[\s\S]{12,256}$/u, { message: "a password of 12 to 256 characters" }))
)
const GivenPassword = Schema.Redacted(Schema.String.check(Schema.isPattern(/^[\s\S]{1,256}$/u)))
const GivenSecret = Schema.Redacted(Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_-]{1,200}$/u)))

export const WorkspaceInfo = Schema.Struct({ workspaceId: Id, name: Schema.String })
export type WorkspaceInfo = typeof WorkspaceInfo.Type

/** Who is signed in, where, and what he may do there. */
export const SessionInfo = Schema.Struct({
  user: Schema.Struct({ userId: Id, email: Schema.String, name: Schema.String }),
  workspace: WorkspaceInfo,
  role: Role,
  granted: Schema.Array(GrantedPermission),
  permissions: Schema.Array(Permission),
  wholeInstallation: Schema.Boolean,
  /** Workspaces that he may choose. */
  workspaces: Schema.Array(WorkspaceInfo),
  signedInBy: Schema.Literals(["session", "token"]),
  /** For the header `x-csrf-token` of changing requests; of sessions only. */
  csrfToken: Schema.optionalKey(Schema.String),
  expiresAtMs: Schema.optionalKey(Schema.Finite)
})
export type SessionInfo = typeof SessionInfo.Type

/** Of a link: whom it is for, so that its page can say so. */
export const LinkUse = Schema.Struct({
  secret: GivenSecret,
  password: NewPassword,
  /** Of a link for the first administrator. */
  email: Schema.optionalKey(EmailAddress),
  name: Schema.optionalKey(Line(100))
})

/** Sign-in and the caller's own session. */
export const SessionGroup = HttpApiGroup.make("session")
  .add(
    HttpApiEndpoint.post("signIn", "/", {
      payload: Schema.Struct({ email: EmailAddress, password: GivenPassword }),
      success: SessionInfo
    })
      .annotate(OpenApi.Summary, "Sign in with e-mail address and password; the answer sets the session's cookie.")
      .middleware(FromOurPages),
    HttpApiEndpoint.post("useLink", "/link", { payload: LinkUse, success: SessionInfo })
      .annotate(OpenApi.Summary, "Follow a one-time link: become the first administrator, or choose a password.")
      .middleware(FromOurPages)
  )
  .add(
    HttpApiEndpoint.get("current", "/", { success: SessionInfo })
      .annotate(OpenApi.Summary, "Who is signed in, in which workspace, with which permissions.")
      .annotateMerge(needs("none"))
      .middleware(SignedIn),
    HttpApiEndpoint.put("chooseWorkspace", "/workspace", {
      payload: Schema.Struct({ workspaceId: Id }),
      success: SessionInfo
    })
      .annotate(OpenApi.Summary, "Choose the workspace that the session's requests are about.")
      .annotateMerge(needs("none"))
      .middleware(SignedIn),
    HttpApiEndpoint.put("changePassword", "/password", {
      payload: Schema.Struct({ current: GivenPassword, next: NewPassword }),
      success: HttpApiSchema.NoContent
    })
      .annotate(OpenApi.Summary, "Choose another password; the user's other sessions end.")
      .annotateMerge(needs("none"))
      .middleware(SignedIn),
    HttpApiEndpoint.delete("signOut", "/", { success: HttpApiSchema.NoContent })
      .annotate(OpenApi.Summary, "End the session.")
      .annotateMerge(needs("none"))
      .middleware(SignedIn)
  )
  .prefix("/session")

/** Rights as a request gives them. */
export const GivenRights = Rights.mapFields(({ role, granted }) => ({
  role,
  granted: granted.check(Schema.isMaxLength(GrantedPermission.literals.length))
}))
