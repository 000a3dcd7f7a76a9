/**
 * Users, memberships, tokens and sessions are stored in one transaction with what the audit log is told of them, and
 * nothing that could be used to sign in is stored or told as it is.
 */
import { assert, layer } from "@effect/vitest"
import {
  hashSecret,
  layerPgMemberStore,
  layerPgSignInStore,
  layerPgTokenStore,
  MemberStore,
  newSecret,
  Outbox,
  type OutboxEntry,
  TokenStore
} from "@millrace/store"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { memberSuite } from "../../../packages/testkit/src/MemberSuite.ts"
import { layerOwnSchema } from "./database.ts"

const stores = Layer.mergeAll(layerPgMemberStore, layerPgSignInStore, layerPgTokenStore).pipe(
  Layer.provideMerge(Outbox.layerPg),
  Layer.provideMerge(layerOwnSchema)
)

memberSuite("PostgreSQL", stores)

layer(Layer.fresh(stores), { excludeTestServices: true })("members and their outbox", (it) => {
  /**
   * @guarantee operation: Each change of a user, token or workspace is in audit-log with who, what, when, before and after
   * @how PostgreSQL and the outbox of its transactions
   */
  it.effect("tells of each change with what was before and after, and of no secret", () =>
    Effect.gen(function* () {
      const members = yield* MemberStore
      const tokens = yield* TokenStore
      const outbox = yield* Outbox
      const secret = newSecret("mlr_")
      yield* members.createWorkspace({ workspaceId: "w1", name: "First" }, "ann")
      const user = { userId: "bob", email: "Bob@Example.org", name: "Bob" }
      yield* members.addMember("w1", { ...user, rights: { role: "viewer", granted: [] } }, "ann")
      yield* members.changeMember("w1", "bob", { role: "operator", granted: ["trading"] }, "ann")
      const token = {
        tokenId: "t1",
        workspaceId: "w1",
        userId: "bob",
        name: "ci",
        rights: { role: "viewer", granted: [] },
        createdAtMs: 1,
        expiresAtMs: undefined,
        lastUsedAtMs: undefined
      } as const
      yield* tokens.create(hashSecret(secret), token, "bob")
      yield* members.removeMember("w1", "bob", "ann")
      const told: Array<OutboxEntry> = []
      yield* outbox.relay(500, (entries) => Effect.sync(() => told.push(...entries)))
      const figures = { userId: "bob", email: "bob@example.org" }
      const viewer = { ...figures, role: "viewer", granted: "" }
      const operator = { ...figures, role: "operator", granted: "trading" }
      assert.deepStrictEqual(
        told.map(({ actor, topic, value, workspaceId }) => [topic, workspaceId, actor, value]),
        [
          ["audit-log", "w1", "ann", { action: "workspace_created", after: { workspaceId: "w1", name: "First" } }],
          ["audit-log", "w1", "ann", { action: "member_added", after: viewer }],
          ["audit-log", "w1", "ann", { action: "member_changed", before: viewer, after: operator }],
          [
            "audit-log",
            "w1",
            "bob",
            {
              action: "token_created",
              after: { tokenId: "t1", userId: "bob", name: "ci", role: "viewer", granted: "" }
            }
          ],
          ["audit-log", "w1", "ann", { action: "member_removed", before: operator }]
        ]
      )
      const sql = yield* SqlClient
      const rows = yield* sql`select row_to_json(api_tokens) as row from api_tokens
        union all select row_to_json(outbox) from outbox`
      assert.notInclude(JSON.stringify(rows), Redacted.value(secret).slice(4))
    })
  )
})
