import { GrantedPermission, Id, Role } from "@millrace/contracts/schemas"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { needs } from "./Needs.ts"
import { Line } from "./Page.ts"
import { GivenRights } from "./SessionGroup.ts"
import { SignedIn } from "./SignedIn.ts"

export const TokenInfo = Schema.Struct({
  tokenId: Id,
  userId: Id,
  /** Of its owner; absent: he is gone. */
  ownerEmail: Schema.optionalKey(Schema.String),
  name: Schema.String,
  role: Role,
  granted: Schema.Array(GrantedPermission),
  createdAtMs: Schema.Finite,
  expiresAtMs: Schema.optionalKey(Schema.Finite),
  /** To the minute; absent: never used. */
  lastUsedAtMs: Schema.optionalKey(Schema.Finite)
})
export type TokenInfo = typeof TokenInfo.Type

/** Tokens of the API. Each acts for its owner, in one workspace, never with more rights than he has there. */
export const TokensGroup = HttpApiGroup.make("tokens")
  .add(
    HttpApiEndpoint.get("list", "/", { success: Schema.Array(TokenInfo) })
      .annotate(OpenApi.Summary, "The caller's tokens; all of the workspace, where he administers it.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.post("create", "/", {
      payload: Schema.Struct({
        name: Line(100),
        ...GivenRights.fields,
        /** Days until it ends; absent: it does not. */
        days: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3_650 })))
      }),
      success: Schema.Struct({ token: TokenInfo, secret: Schema.String }).pipe(HttpApiSchema.status(201))
    })
      .annotate(OpenApi.Summary, "Create a token. Its secret is in this answer and nowhere else.")
      .annotateMerge(needs("read")),
    HttpApiEndpoint.delete("remove", "/:tokenId", { params: { tokenId: Id }, success: HttpApiSchema.NoContent })
      .annotate(OpenApi.Summary, "End a token: one's own, or any of the workspace where one administers it.")
      .annotateMerge(needs("read"))
  )
  .middleware(SignedIn)
  .prefix("/tokens")
