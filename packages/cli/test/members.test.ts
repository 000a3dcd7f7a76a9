/** `millrace users`, `workspaces` and `tokens` over stores in memory. */
import { assert, it } from "@effect/vitest"
import { hashSecret, layerMemoryMembers, MemberStore, SignInStore, TokenStore } from "@millrace/store"
import { ConfigProvider, Context, Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { runMillrace } from "./runMillrace.ts"

const publicUrl = "https://millrace.example.org"

/** Runs the command where `CONTROL_API_PUBLIC_URL` is set, or is not. */
const runWith = Effect.fnUntraced(function* (
  settings: Readonly<Record<string, string>>,
  ...args: ReadonlyArray<string>
) {
  const stores = yield* Effect.context<MemberStore | SignInStore | TokenStore>()
  const members = Layer.succeedContext(Context.pick(MemberStore, SignInStore, TokenStore)(stores))
  return yield* runMillrace({ members }, args).pipe(
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: settings })))
  )
})
const run = (...args: ReadonlyArray<string>) => runWith({ CONTROL_API_PUBLIC_URL: `${publicUrl}/` }, ...args)
const json = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
  const { error, exitCode, out } = yield* run(...args, "--json")
  assert.strictEqual(exitCode, 0, error)
  return JSON.parse(out)
})

const secretIn = (url: string) => Redacted.make(url.split("#")[1] ?? "")

/** An installation with an administrator, a workspace, and a trader of it. */
const begun = Effect.gen(function* () {
  const members = yield* MemberStore
  yield* members.createFirstAdmin({ userId: "root", email: "root@example.org", name: "Root", password: "hash" })
  yield* json("workspaces", "add", "acme", "--name", "Acme")
  const trader = ["--workspace", "acme", "--role", "operator", "--grant", "trading"]
  return yield* json("users", "invite", "Ann@example.org", ...trader, "--name", "Ann")
})

/**
 * @guarantee operation: Whoever holds the database invites members and makes links by the command line; a link's and a token's secret is printed once and stored as a hash
 * @how stores in memory; what was printed is looked up by its hash
 */
it.effect("invites a member with a link that works once, changes the role, and removes him", () =>
  Effect.gen(function* () {
    yield* TestClock.setTime(1_000)
    const { link, member } = yield* begun
    assert.deepInclude(member, {
      email: "ann@example.org",
      workspaceId: "acme",
      role: "operator",
      granted: ["trading"]
    })
    assert.isTrue(link.url.startsWith(`${publicUrl}/link#`), link.url)
    assert.strictEqual(link.expiresAtMs, 1_000 + 86_400_000)
    const signIns = yield* SignInStore
    const used = yield* signIns.useLink(hashSecret(secretIn(link.url)), 2_000)
    assert.deepInclude(used, { kind: "password", userId: member.userId })

    const kept = yield* run("users", "role", "ann@example.org", "viewer", "--workspace", "acme")
    assert.include(kept.out, "viewer + trading")
    assert.include(kept.out, "(before: operator + trading)")
    const fewer = yield* json("users", "role", member.userId, "viewer", "--workspace", "acme", "--no-grants")
    assert.deepStrictEqual(fewer.granted, [])
    const listed = yield* json("users", "list", "--workspace", "acme")
    assert.deepStrictEqual(
      listed.map(({ email, hasPassword, role }: Record<string, unknown>) => [email, role, hasPassword]),
      [["ann@example.org", "viewer", false]]
    )
    assert.lengthOf(yield* json("users", "list"), 2, "of every workspace")
    assert.include((yield* run("users", "remove", "ann@example.org", "--workspace", "acme")).out, "removed: ")
    const none = yield* run("users", "list", "--workspace", "acme")
    assert.include(none.out, "Nobody may sign in there")
  }).pipe(Effect.provide(layerMemoryMembers))
)

it.effect("makes tokens of at most their owner's rights, shows their secret once, and revokes them", () =>
  Effect.gen(function* () {
    yield* begun
    const ofAnn = ["--user", "ann@example.org", "--workspace", "acme"]
    const tooMuch = yield* run("tokens", "create", "ci", ...ofAnn, "--role", "admin")
    assert.strictEqual(tooMuch.exitCode, 1)
    assert.include(tooMuch.error, "ann@example.org may operator + trading in acme; a token can't have more: admin")
    const { secret, token } = yield* json("tokens", "create", "ci", ...ofAnn, "--role", "viewer", "--days", "30")
    assert.deepInclude(token, { name: "ci", workspaceId: "acme", role: "viewer", expiresAtMs: 30 * 86_400_000 })
    const tokens = yield* TokenStore
    assert.strictEqual((yield* tokens.use(hashSecret(Redacted.make(secret)), 0))?.tokenId, token.tokenId)
    const { out } = yield* run("tokens", "list")
    assert.notInclude(out, secret)
    assert.include(out, `${token.tokenId}  ci  `)
    const everywhere = ["--user", "root@example.org", "--workspace", "acme", "--role", "admin"]
    assert.strictEqual(
      (yield* run("tokens", "create", "ops", ...everywhere)).exitCode,
      0,
      "by the installation's rights"
    )
    assert.include((yield* run("tokens", "revoke", token.tokenId)).out, "it is refused from now on")
    assert.isUndefined(yield* tokens.use(hashSecret(Redacted.make(secret)), 0))
    const again = yield* run("tokens", "revoke", token.tokenId)
    assert.deepStrictEqual([again.exitCode, again.error.includes("There is no token")], [1, true])
  }).pipe(Effect.provide(layerMemoryMembers))
)

it.effect("makes the first administrator's link while nobody can sign in, and password links afterwards", () =>
  Effect.gen(function* () {
    const first = yield* json("users", "first-admin", "--for", "1 hour")
    assert.isTrue(first.url.startsWith(`${publicUrl}/link?first#`))
    const signIns = yield* SignInStore
    assert.strictEqual((yield* signIns.useLink(hashSecret(secretIn(first.url)), 0))?.kind, "first_admin")
    yield* begun
    const late = yield* run("users", "first-admin")
    assert.deepStrictEqual([late.exitCode, late.error.includes("There are users already")], [1, true])
    const link = yield* json("users", "link", "root@example.org", "--url", "http://127.0.0.1:3080")
    assert.isTrue(link.url.startsWith("http://127.0.0.1:3080/link#"))
    assert.strictEqual((yield* signIns.useLink(hashSecret(secretIn(link.url)), 0))?.userId, "root")
  }).pipe(Effect.provide(layerMemoryMembers))
)

it.effect("adds and renames workspaces", () =>
  Effect.gen(function* () {
    yield* begun
    assert.include((yield* run("workspaces", "rename", "acme", "Acme Ltd")).out, "Acme Ltd (before: Acme)")
    assert.include((yield* run("workspaces", "list")).out, "acme  Acme Ltd")
    const twice = yield* run("workspaces", "add", "acme", "--name", "Other")
    assert.deepStrictEqual([twice.exitCode, twice.error], [1, "Workspace acme: exists already. Nothing was stored."])
  }).pipe(Effect.provide(layerMemoryMembers))
)

it.effect("says what is wrong and what there is, and stores nothing then", () =>
  Effect.gen(function* () {
    const { member } = yield* begun
    const invite = ["users", "invite", "bob@example.org", "--workspace", "acme", "--role", "viewer"]
    const wrong = [
      [1, "Do you mean acme", yield* run(...invite.with(4, "akme"))],
      [2, "expected an e-mail address", yield* run(...invite.with(2, "bob"))],
      [2, "--for found soon", yield* run(...invite, "--for", "soon")],
      [2, "CONTROL_API_PUBLIC_URL", yield* runWith({}, ...invite)],
      [2, "A link needs the address", yield* run(...invite, "--url", "ftp://example.org")],
      [1, "There is no user eve@example.org", yield* run("users", "link", "eve@example.org")],
      [1, "is no member of system; of acme", yield* run("users", "remove", member.userId, "--workspace", "system")],
      [1, "is the last administrator", yield* run("users", "role", "root", "viewer", "--workspace", "system")],
      [
        2,
        "contradict",
        yield* run("users", "role", "root", "admin", "--workspace", "system", "--grant", "replay", "--no-grants")
      ],
      [2, "Found the id no/slash", yield* run("workspaces", "add", "no/slash", "--name", "N")],
      [
        2,
        "expected 1 to 3650",
        yield* run("tokens", "create", "t", "--user", "root", "--workspace", "acme", "--role", "viewer", "--days", "0")
      ]
    ] as const
    for (const [exitCode, words, ended] of wrong) {
      assert.include(ended.error, words)
      assert.strictEqual(ended.exitCode, exitCode, words)
    }
    assert.lengthOf(yield* json("users", "list"), 2)
    assert.lengthOf(yield* json("tokens", "list"), 0)
  }).pipe(Effect.provide(layerMemoryMembers))
)
