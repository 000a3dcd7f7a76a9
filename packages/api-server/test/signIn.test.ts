import { assert, layer } from "@effect/vitest"
import type { Rights } from "@millrace/contracts"
import { hashSecret, MemberStore, newSecret, SignInStore, TokenStore } from "@millrace/store"
import { Effect, Redacted } from "effect"
import { ApiWorld, addToken, addUser, apiWorld, ask, password, signIn } from "./apiWorld.ts"

const viewer: Rights = { role: "viewer", granted: [] }
const admin: Rights = { role: "admin", granted: ["trading"] }

layer(apiWorld(), { excludeTestServices: true })("sign-in", (it) => {
  /**
   * @guarantee operation: There is no default password: the first administrator follows a link that works once, and never again once there is one
   * @how a real server with two links and one installation
   */
  it.effect("makes the first administrator of who follows the link, once", () =>
    Effect.gen(function* () {
      const signIns = yield* SignInStore
      const links = [newSecret(), newSecret()].map((secret) => Redacted.value(secret))
      for (const secret of links)
        yield* signIns.issueLink(
          hashSecret(Redacted.make(secret)),
          { kind: "first_admin", userId: undefined, expiresAtMs: Number.MAX_SAFE_INTEGER },
          { actor: "it", workspaceId: "system" }
        )
      const use = (secret: string | undefined, more: object = { email: "First@example.org", name: "First" }) =>
        ask("/api/session/link", { json: { secret, password, ...more } })
      assert.strictEqual((yield* use(links[0], {})).status, 409, "a link without a name is kept")
      assert.strictEqual((yield* use(links[0], { email: "first@example.org", password: "short" })).status, 400)
      const first = yield* use(links[0])
      assert.strictEqual(first.status, 200, first.text)
      assert.deepInclude(first.json.user, { email: "first@example.org", name: "First" })
      assert.deepStrictEqual(first.json.permissions, ["read", "operate", "administer", "replay", "trading"])
      assert.isTrue(first.json.wholeInstallation)
      assert.strictEqual((yield* use(links[0])).status, 401)
      assert.strictEqual((yield* use(links[1], { email: "other@example.org" })).status, 409)
      assert.strictEqual((yield* use("nothing")).status, 401)
      assert.isUndefined(yield* (yield* MemberStore).userByEmail("other@example.org"))
    })
  )

  it.effect("gives a cookie that no script reads and no other site sends, and what the user may do", () =>
    Effect.gen(function* () {
      yield* addUser("ann", "w-ann", admin)
      const answer = yield* ask("/api/session", { json: { email: "Ann@example.org", password } })
      assert.strictEqual(answer.status, 200)
      const [cookie] = answer.headers.getSetCookie()
      for (const part of ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"]) assert.include(cookie, part)
      assert.notInclude(cookie, "Secure", "over http a browser would not send it back")
      const session = yield* signIn("ann")
      const current = yield* ask("/api/session", { session })
      assert.deepInclude(current.json, {
        role: "admin",
        signedInBy: "session",
        csrfToken: session.csrfToken,
        workspaces: [{ workspaceId: "w-ann", name: "w-ann" }]
      })
      const { status } = yield* ask("/api/session", { session, method: "DELETE" })
      assert.strictEqual(status, 204)
      assert.strictEqual((yield* ask("/api/session", { session })).status, 401)
    })
  )

  /**
   * @guarantee operation: A browser's change needs the session's CSRF token and comes from the API's own pages
   * @how a real server, asked with headers as browsers send them
   */
  it.effect("takes a browser's change only with its CSRF token, from our own pages", () =>
    Effect.gen(function* () {
      const { url } = yield* ApiWorld
      yield* addUser("bob", "w-bob", admin)
      const session = yield* signIn("bob")
      const other = yield* signIn("bob")
      const rename = (asked: object) =>
        Effect.map(
          ask("/api/workspaces/current", { method: "PATCH", json: { name: "Bobs" }, session, ...asked }),
          ({ status }) => status
        )
      assert.strictEqual(yield* rename({}), 200)
      assert.strictEqual(yield* rename({ session: { cookie: session.cookie, csrfToken: undefined } }), 403)
      assert.strictEqual(yield* rename({ session: { cookie: session.cookie, csrfToken: other.csrfToken } }), 403)
      assert.strictEqual(yield* rename({ headers: { origin: url } }), 200)
      assert.strictEqual(yield* rename({ headers: { origin: "https://evil.example.org" } }), 403)
      assert.strictEqual(yield* rename({ headers: { origin: "null" } }), 403)
      assert.strictEqual(yield* rename({ headers: { "sec-fetch-site": "cross-site" } }), 403)
      const signInFrom = (headers: Record<string, string>) =>
        ask("/api/session", { json: { email: "bob@example.org", password }, headers })
      assert.strictEqual((yield* signInFrom({ origin: "https://evil.example.org" })).status, 403)
      assert.strictEqual((yield* signInFrom({ origin: url })).status, 200)
    })
  )

  it.effect("knows a token by its header, and never falls back to the cookie beside it", () =>
    Effect.gen(function* () {
      const user = yield* addUser("cas", "w-cas", admin)
      const session = yield* signIn("cas")
      const token = yield* addToken(user.userId, "w-cas", viewer)
      const current = yield* ask("/api/session", { token })
      assert.deepInclude(current.json, { role: "viewer", signedInBy: "token", permissions: ["read"] })
      assert.notProperty(current.json, "csrfToken")
      for (const wrong of ["mlr_wrong", ""]) {
        const answer = yield* ask("/api/session", { session, headers: { authorization: `Bearer ${wrong}` } })
        assert.strictEqual(answer.status, 401)
        assert.strictEqual(answer.json.where, "the header Authorization")
      }
      const refused = yield* ask("/api/users", { token })
      assert.strictEqual(refused.status, 403, "why the token may not is told, not that there is no session")
      assert.include(refused.json.expected, "administer")
      const members = yield* MemberStore
      yield* members.removeMember("w-cas", user.userId, "it")
      assert.strictEqual((yield* ask("/api/session", { token })).status, 401)
    })
  )

  it.effect("lets a token do no more than its owner may by now", () =>
    Effect.gen(function* () {
      const user = yield* addUser("dan", "w-dan", admin)
      const token = yield* addToken(user.userId, "w-dan", { role: "admin", granted: ["trading", "replay"] })
      assert.deepStrictEqual((yield* ask("/api/session", { token })).json.granted, ["trading"])
      yield* (yield* MemberStore).changeMember("w-dan", user.userId, viewer, "it")
      assert.deepStrictEqual((yield* ask("/api/session", { token })).json.permissions, ["read"])
      assert.lengthOf(yield* (yield* TokenStore).list("w-dan"), 1)
    })
  )

  it.effect("changes a password with the present one, and ends the other sessions", () =>
    Effect.gen(function* () {
      yield* addUser("eve", "w-eve", viewer)
      const [here, there] = [yield* signIn("eve"), yield* signIn("eve")]
      const change = (current: string) =>
        ask("/api/session/password", { method: "PUT", session: here, json: { current, next: "another long one" } })
      assert.strictEqual((yield* change("wrong")).status, 401)
      assert.strictEqual((yield* change(password)).status, 204)
      assert.strictEqual((yield* ask("/api/session", { session: here })).status, 200)
      assert.strictEqual((yield* ask("/api/session", { session: there })).status, 401)
    })
  )
})

layer(apiWorld({ CONTROL_API_SIGN_IN_ATTEMPTS: "3" }), { excludeTestServices: true })("attempts", (it) => {
  /**
   * @guarantee operation: Attempts to sign in are limited per user and address, over all instances and restarts
   * @how a real server, asked again and again; the counts on PostgreSQL
   */
  it.effect("are limited for a user and an address, the right password included, whoever else signs in", () =>
    Effect.gen(function* () {
      yield* addUser("fay", "w-fay", viewer)
      yield* addUser("gil", "w-fay", viewer)
      const attempt = (name: string, given: string) =>
        ask("/api/session", { json: { email: `${name}@example.org`, password: given } })
      for (const _ of [1, 2, 3]) assert.strictEqual((yield* attempt("fay", "wrong")).status, 401)
      const limited = yield* attempt("fay", password)
      assert.strictEqual(limited.status, 429)
      assert.isAbove(Number(limited.headers.get("retry-after")), 0)
      assert.strictEqual((yield* attempt("gil", password)).status, 200)
      const unknown = yield* attempt("nobody", "wrong")
      const known = yield* attempt("gil", "wrong")
      assert.strictEqual(unknown.text, known.text, "the answer does not tell who has an account")
    })
  )

  it.effect("from one address are limited over all users", () =>
    Effect.gen(function* () {
      const statuses: Array<number> = []
      for (let n = 0; n < 40; n += 1) {
        const { status } = yield* ask("/api/session/link", { json: { secret: `guess${n}`, password } })
        statuses.push(status)
      }
      assert.strictEqual(statuses.at(-1), 429)
      assert.isAtMost(statuses.filter((status) => status !== 429).length, 30)
    })
  )
})

layer(apiWorld({ CONTROL_API_PUBLIC_URL: "https://millrace.example.org/" }), { excludeTestServices: true })(
  "behind https",
  (it) => {
    it.effect("the cookie is Secure, and only pages of the public address may sign in", () =>
      Effect.gen(function* () {
        yield* addUser("hal", "w-hal", viewer)
        const attempt = (origin: string) =>
          ask("/api/session", { json: { email: "hal@example.org", password }, headers: { origin } })
        const answer = yield* attempt("https://millrace.example.org")
        assert.strictEqual(answer.status, 200)
        assert.include(answer.headers.getSetCookie()[0], "Secure")
        assert.include(answer.headers.get("strict-transport-security"), "max-age=")
        assert.strictEqual((yield* attempt("http://127.0.0.1")).status, 403)
      })
    )
  }
)
