import { AuditEntry } from "@millrace/contracts/schemas"
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { needs } from "./Needs.ts"
import { SignedIn } from "./SignedIn.ts"
import { searchQuery } from "./TopicsGroup.ts"

const text = Schema.optionalKey(Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(200)))

/** Who did what, when. Members of `system` see the entries of all workspaces. */
export const AuditGroup = HttpApiGroup.make("audit")
  .add(
    HttpApiEndpoint.get("list", "/audit", {
      query: {
        ...searchQuery,
        /** A user id, or the name of a worker. */
        actor: text,
        /** The whole name, or its beginning followed by `*`, for example `dead_letters_*`. */
        action: text,
        /** An account, rule, position or command id, or part of what the entry names as `key`. */
        subject: text
      },
      success: Schema.Struct({
        items: Schema.Array(AuditEntry),
        /** What to give as `after` to go on; absent: everything was looked at. A page may be short, or empty, and yet go on. */
        next: Schema.optionalKey(Schema.String),
        examined: Schema.Int,
        reachedMs: Schema.optionalKey(Schema.Finite)
      })
    })
      .annotate(OpenApi.Summary, "Entries of the audit log, the latest first unless `order` says otherwise.")
      .annotateMerge(needs("read"))
  )
  .middleware(SignedIn)
