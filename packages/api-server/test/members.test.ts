import { assert, layer } from "@effect/vitest"
import type { Rights } from "@millrace/contracts"
import { MemberStore } from "@millrace/store"
import { Effect } from "effect"
import { addToken, addUser, apiWorld, ask, password, signIn } from "./apiWorld.ts"

const admin: Rights = { role: "admin", granted: ["trading"] }
const full: Rights = { role: "admin", granted: ["trading", "replay"] }
const viewer: Rights = { role: "viewer", granted: [] }

layer(apiWorld(), { excludeTestServices: true })("members", (it) => {
  it.effect("are added with a link by which they choose a password, once", () =>
    Effect.gen(function* () {
      yield* addUser("root", "system", full)
      yield* addUser("ann", "w1", admin)
      const session = yield* signIn("ann")
      const payload = { email: "New@example.org", name: "New", role: "operator", granted: ["trading"] }
      const added = yield* ask("/api/users", { session, json: payload })
      assert.strictEqual(added.status, 201, added.text)
      assert.deepInclude(added.json.member, { email: "new@example.org", role: "operator", hasPassword: false })
      assert.strictEqual((yield* ask("/api/users", { session, json: payload })).status, 409)
      const secret = (added.json.link.url as string).split("#")[1]
      const use = () => ask("/api/session/link", { json: { secret, password } })
      const used = yield* use()
      assert.deepStrictEqual([used.status, used.json.workspace.workspaceId], [200, "w1"])
      assert.strictEqual((yield* use()).status, 401)
      yield* signIn("new")
    })
  )

  /**
   * @guarantee operation: Nobody grants rights that he does not have, or changes who has more
   * @how a real server, asked by administrators with fewer rights
   */
  it.effect("get no right that who adds them lacks, nor does a token", () =>
    Effect.gen(function* () {
      yield* addUser("bob", "w2", admin)
      const above = yield* addUser("chief", "w2", full)
      const session = yield* signIn("bob")
      const add = (granted: ReadonlyArray<string>) =>
        ask("/api/users", {
          session,
          json: { email: `${granted.length}@example.org`, name: "N", role: "viewer", granted }
        })
      assert.strictEqual((yield* add(["trading"])).status, 201)
      assert.strictEqual((yield* add(["trading", "replay"])).status, 403)
      const path = `/api/users/${above.userId}`
      assert.strictEqual((yield* ask(path, { method: "PATCH", session, json: viewer })).status, 403)
      assert.strictEqual((yield* ask(path, { method: "DELETE", session })).status, 403)
      assert.strictEqual((yield* ask(`${path}/link`, { method: "POST", session })).status, 403)
      const token = (granted: ReadonlyArray<string>) =>
        ask("/api/tokens", { session, json: { name: "ci", role: "viewer", granted, days: 1 } })
      assert.strictEqual((yield* token(["replay"])).status, 403)
      const made = yield* token(["trading"])
      assert.strictEqual(made.status, 201)
      const listed = yield* ask("/api/tokens", { token: made.json.secret })
      assert.lengthOf(listed.json, 1)
      assert.notInclude(listed.text, made.json.secret.slice(4))
    })
  )

  it.effect("of other workspaces too get a link only from who administers the installation", () =>
    Effect.gen(function* () {
      yield* addUser("cas", "w3", full)
      const shared = yield* addUser("shared", "w3", viewer)
      yield* addUser("shared", "w4", viewer)
      const link = (session: Effect.Success<ReturnType<typeof signIn>>) =>
        ask(`/api/users/${shared.userId}/link`, { method: "POST", session, headers: { "x-workspace": "w3" } })
      assert.strictEqual((yield* link(yield* signIn("cas"))).status, 409)
      assert.strictEqual((yield* link(yield* signIn("root"))).status, 200)
    })
  )

  it.effect("choose among their workspaces; who administers the installation, among all", () =>
    Effect.gen(function* () {
      const members = yield* MemberStore
      yield* members.createWorkspace({ workspaceId: "w5", name: "Fifth" }, "it")
      const session = yield* signIn("root")
      const choose = (workspaceId: string, who = session) =>
        ask("/api/session/workspace", { method: "PUT", session: who, json: { workspaceId } })
      const chosen = yield* choose("w5")
      assert.deepStrictEqual(chosen.json.workspace, { workspaceId: "w5", name: "Fifth" })
      assert.strictEqual((yield* ask("/api/session", { session })).json.workspace.workspaceId, "w5")
      assert.strictEqual((yield* choose("w-nowhere")).status, 404)
      const bob = yield* signIn("bob")
      assert.strictEqual((yield* choose("w5", bob)).status, 404)
      const create = (who: typeof session) =>
        ask("/api/workspaces", { session: who, json: { workspaceId: "w6", name: "Sixth" } })
      assert.strictEqual((yield* create(bob)).status, 403)
      assert.strictEqual((yield* create(session)).status, 201)
      assert.strictEqual((yield* create(session)).status, 409)
    })
  )

  it.effect("of the installation hold their rights in every workspace, a token of theirs no wider", () =>
    Effect.gen(function* () {
      const root = (yield* (yield* MemberStore).userByEmail("root@example.org"))!
      const everywhere = yield* addToken(root.userId, "system", full)
      const one = yield* addToken(root.userId, "w1", full)
      const seen = (token: string, workspaceId: string) =>
        Effect.map(ask("/api/users", { token, headers: { "x-workspace": workspaceId } }), ({ status }) => status)
      assert.strictEqual(yield* seen(everywhere, "w2"), 200)
      assert.strictEqual(yield* seen(one, "w1"), 200)
      assert.strictEqual(yield* seen(one, "w2"), 403)
      const create = (token: string) => ask("/api/workspaces", { token, json: { workspaceId: "w7", name: "Seventh" } })
      assert.strictEqual((yield* create(one)).status, 403, "it is for one workspace, whoever owns it")
      assert.strictEqual((yield* create(everywhere)).status, 201)
    })
  )
})
