import { GrantedPermission, Id, Role } from "@millrace/contracts/schemas"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { needs } from "./Needs.ts"
import { Line, pageOf, pageQuery } from "./Page.ts"
import { EmailAddress, GivenRights } from "./SessionGroup.ts"
import { SignedIn } from "./SignedIn.ts"

export const MemberInfo = Schema.Struct({
  userId: Id,
  email: Schema.String,
  name: Schema.String,
  role: Role,
  granted: Schema.Array(GrantedPermission),
  /** False: he has not followed his link yet. */
  hasPassword: Schema.Boolean
})
export type MemberInfo = typeof MemberInfo.Type

/** A link that works once, shown once: who follows it chooses a password. */
export const OneTimeUrl = Schema.Struct({ url: Schema.String, expiresAtMs: Schema.Finite })

const params = { userId: Id }

/** Members of the caller's workspace. */
export const UsersGroup = HttpApiGroup.make("users")
  .add(
    HttpApiEndpoint.get("list", "/", { query: pageQuery, success: pageOf(MemberInfo) })
      .annotate(OpenApi.Summary, "Members of the workspace, by e-mail address.")
      .annotateMerge(needs("administer")),
    HttpApiEndpoint.post("add", "/", {
      payload: Schema.Struct({ email: EmailAddress, name: Line(100), ...GivenRights.fields }),
      success: Schema.Struct({ member: MemberInfo, link: Schema.optionalKey(OneTimeUrl) }).pipe(
        HttpApiSchema.status(201)
      )
    })
      .annotate(OpenApi.Summary, "Add a member. One without a password gets a one-time link to choose one.")
      .annotateMerge(needs("administer")),
    HttpApiEndpoint.patch("change", "/:userId", { params, payload: GivenRights, success: MemberInfo })
      .annotate(OpenApi.Summary, "Change a member's role and granted permissions.")
      .annotateMerge(needs("administer")),
    HttpApiEndpoint.delete("remove", "/:userId", { params, success: HttpApiSchema.NoContent })
      .annotate(OpenApi.Summary, "End a membership; its tokens and sessions end with it.")
      .annotateMerge(needs("administer")),
    HttpApiEndpoint.post("link", "/:userId/link", { params, success: OneTimeUrl })
      .annotate(OpenApi.Summary, "A one-time link by which a member chooses a new password.")
      .annotateMerge(needs("administer"))
  )
  .middleware(SignedIn)
  .prefix("/users")
