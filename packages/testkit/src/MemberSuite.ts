import { assert, layer as describeLayer } from "@effect/vitest"
import { type Rights, systemWorkspace } from "@millrace/contracts"
import { type ApiToken, MemberStore, SignInStore, TokenStore } from "@millrace/store"
import { Effect, type Layer } from "effect"

const viewer: Rights = { role: "viewer", granted: [] }
const admin: Rights = { role: "admin", granted: ["replay"] }
const someone = (name: string, rights: Rights = viewer) => ({
  userId: `user-${name}`,
  email: `${name}@example.org`,
  name: name.toUpperCase(),
  rights
})

/** What every store of members, sign-ins and tokens promises; each test has workspaces and names of its own. */
export const memberSuite = <E>(name: string, stores: Layer.Layer<MemberStore | SignInStore | TokenStore, E>): void =>
  describeLayer(stores, { excludeTestServices: true })(`members: ${name}`, (it) => {
    const opened = Effect.fnUntraced(function* (workspaceId: string) {
      const members = yield* MemberStore
      yield* members.createWorkspace({ workspaceId, name: workspaceId }, "it")
      return members
    })

    it.effect("makes one first administrator of several at once, and none once there are users", () =>
      Effect.gen(function* () {
        const members = yield* MemberStore
        assert.isFalse(yield* members.hasUsers)
        const made = yield* Effect.forEach(
          ["one", "two", "three"],
          (id) => Effect.result(members.createFirstAdmin({ ...someone(`first-${id}`), password: "hash" })),
          { concurrency: "unbounded" }
        )
        assert.lengthOf(
          made.filter((one) => one._tag === "Success"),
          1
        )
        assert.isTrue(yield* members.hasUsers)
        const [first] = yield* members.members(systemWorkspace, { limit: 10 })
        assert.deepStrictEqual(first?.rights, { role: "admin", granted: ["replay", "trading"] })
        const refused = yield* Effect.flip(members.changeMember(systemWorkspace, first!.userId, viewer, "it"))
        assert.include(refused.message, "last administrator")
        yield* Effect.flip(members.removeMember(systemWorkspace, first!.userId, "it"))
        yield* members.addMember(systemWorkspace, someone("second-admin", admin), "it")
        yield* members.changeMember(systemWorkspace, first!.userId, viewer, "it")
      })
    )

    it.effect("keeps workspaces apart: a member is seen in his own only, with the rights of each", () =>
      Effect.gen(function* () {
        const members = yield* opened("it-apart-a")
        yield* opened("it-apart-b")
        yield* members.addMember("it-apart-a", someone("ann", admin), "it")
        yield* members.addMember("it-apart-b", { ...someone("ann"), userId: "user-other" }, "it")
        yield* members.addMember("it-apart-b", someone("bob"), "it")
        const of = (workspaceId: string) =>
          Effect.map(members.members(workspaceId, { limit: 10 }), (all) =>
            all.map((one) => [one.userId, one.rights.role])
          )
        assert.deepStrictEqual(yield* of("it-apart-a"), [["user-ann", "admin"]])
        assert.deepStrictEqual(yield* of("it-apart-b"), [
          ["user-ann", "viewer"],
          ["user-bob", "viewer"]
        ])
        const ann = yield* members.userByEmail("ANN@example.org")
        assert.deepStrictEqual(
          ann?.memberships.map(({ workspaceId }) => workspaceId),
          ["it-apart-a", "it-apart-b"]
        )
        assert.deepStrictEqual(yield* members.user("user-ann"), ann)
        yield* members.removeMember("it-apart-a", "user-ann", "it")
        assert.deepStrictEqual(yield* of("it-apart-a"), [])
        assert.lengthOf(yield* of("it-apart-b"), 2)
        yield* Effect.flip(members.changeMember("it-apart-a", "user-bob", admin, "it"))
        yield* Effect.flip(members.addMember("it-apart-b", someone("bob"), "it"))
      })
    )

    it.effect("lists members by page and by part of name or address, signs of patterns included", () =>
      Effect.gen(function* () {
        const members = yield* opened("it-pages")
        for (const n of [1, 2, 3, 4, 5]) yield* members.addMember("it-pages", someone(`page${n}`), "it")
        yield* members.addMember("it-pages", { ...someone("odd"), name: "100%_sure" }, "it")
        const emails = (filter: { readonly search?: string; readonly after?: string; readonly limit: number }) =>
          Effect.map(members.members("it-pages", filter), (all) => all.map(({ email }) => email.split("@")[0]))
        assert.deepStrictEqual(yield* emails({ limit: 2 }), ["odd", "page1"])
        assert.deepStrictEqual(yield* emails({ limit: 2, after: "page1@example.org" }), ["page2", "page3"])
        assert.deepStrictEqual(yield* emails({ limit: 9, search: "PAGE3" }), ["page3"])
        assert.deepStrictEqual(yield* emails({ limit: 9, search: "%_s" }), ["odd"])
        assert.strictEqual(yield* members.countMembers("it-pages", "page"), 5)
        assert.strictEqual(yield* members.countMembers("it-pages"), 6)
      })
    )

    it.effect("refuses a workspace that is there, and to rename one that is not", () =>
      Effect.gen(function* () {
        const members = yield* opened("it-named")
        yield* Effect.flip(members.createWorkspace({ workspaceId: "it-named", name: "again" }, "it"))
        yield* members.renameWorkspace({ workspaceId: "it-named", name: "renamed" }, "it")
        yield* Effect.flip(members.renameWorkspace({ workspaceId: "it-none", name: "renamed" }, "it"))
        const all = yield* members.workspaces
        assert.deepInclude(all, { workspaceId: "it-named", name: "renamed" })
      })
    )

    it.effect("keeps a session until it ends, is closed, or its user chooses another password", () =>
      Effect.gen(function* () {
        const members = yield* opened("it-sessions")
        const signIns = yield* SignInStore
        const user = yield* members.addMember("it-sessions", someone("cas"), "it")
        const session = { userId: user.userId, workspaceId: "it-sessions", expiresAtMs: 1_000 }
        for (const hash of ["s1", "s2", "s3", "s4"]) yield* signIns.open(`it-${hash}`, session)
        assert.deepStrictEqual(yield* signIns.session("it-s1", 999), session)
        assert.isUndefined(yield* signIns.session("it-s1", 1_000))
        yield* signIns.close("it-s2")
        assert.isUndefined(yield* signIns.session("it-s2", 0))
        yield* signIns.issueLink(
          "it-link-kept",
          { kind: "password", userId: user.userId, expiresAtMs: 1_000 },
          { actor: "it", workspaceId: "it-sessions" }
        )
        yield* members.setPassword(user.userId, "hash", "it-s3")
        assert.isUndefined(yield* signIns.session("it-s1", 0))
        assert.deepStrictEqual(yield* signIns.session("it-s3", 0), session)
        assert.isUndefined(yield* signIns.useLink("it-link-kept", 0))
        assert.isTrue((yield* members.members("it-sessions", { limit: 1 }))[0]?.hasPassword)
        yield* signIns.open("it-s5", session)
        yield* members.removeMember("it-sessions", user.userId, "it")
        assert.isUndefined(yield* signIns.session("it-s5", 0))
        yield* Effect.flip(members.setPassword("user-nobody", "hash"))
      })
    )

    it.effect("gives a link once, to one of several, and not after its end", () =>
      Effect.gen(function* () {
        const signIns = yield* SignInStore
        const link = { kind: "first_admin", userId: undefined, expiresAtMs: 1_000 } as const
        const by = { actor: "it", workspaceId: systemWorkspace }
        yield* signIns.issueLink("it-link-1", link, by)
        yield* signIns.issueLink("it-link-2", link, by)
        const got = yield* Effect.all(
          [1, 2, 3].map(() => signIns.useLink("it-link-1", 0)),
          {
            concurrency: "unbounded"
          }
        )
        assert.deepStrictEqual(
          got.filter((one) => one !== undefined),
          [link]
        )
        assert.isUndefined(yield* signIns.useLink("it-link-2", 1_000))
      })
    )

    it.effect("counts attempts before they are made, side by side too, and lets them again after the time", () =>
      Effect.gen(function* () {
        const signIns = yield* SignInStore
        const limit = { attempts: 3, withinMs: 1_000 }
        const waits = yield* Effect.all(
          [1, 2, 3, 4, 5].map(() => signIns.attempt("it-attempts", limit, 100)),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(waits.toSorted(), [0, 0, 0, 1_000, 1_000])
        assert.strictEqual(yield* signIns.attempt("it-attempts", limit, 600), 500)
        assert.strictEqual(yield* signIns.attempt("it-attempts", limit, 1_100), 0)
        yield* signIns.forgetAttempts("it-attempts")
        assert.strictEqual(yield* signIns.attempt("it-attempts", limit, 1_101), 0)
        yield* signIns.prune(5_000)
      })
    )

    it.effect("knows a token by its hash until it ends, is removed, or its owner is no member any more", () =>
      Effect.gen(function* () {
        const members = yield* opened("it-tokens")
        const tokens = yield* TokenStore
        const user = yield* members.addMember("it-tokens", someone("dan"), "it")
        const token = (tokenId: string, expiresAtMs: number | undefined): ApiToken => ({
          tokenId,
          workspaceId: "it-tokens",
          userId: user.userId,
          name: tokenId,
          rights: viewer,
          createdAtMs: 0,
          expiresAtMs,
          lastUsedAtMs: undefined
        })
        yield* tokens.create("it-h1", token("it-t1", undefined), "it")
        yield* tokens.create("it-h2", token("it-t2", 100_000), "it")
        yield* tokens.create("it-h3", token("it-t3", undefined), "it")
        assert.strictEqual((yield* tokens.use("it-h1", 99_000))?.tokenId, "it-t1")
        assert.strictEqual((yield* tokens.use("it-h1", 100_000))?.lastUsedAtMs, 99_000)
        assert.isUndefined(yield* tokens.use("it-h2", 100_000))
        assert.isUndefined(yield* tokens.use("it-nothing", 0))
        const remove = (of: { readonly workspaceId: string; readonly userId?: string }) =>
          tokens.remove({ tokenId: "it-t3", ...of }, "it")
        assert.isFalse(yield* remove({ workspaceId: systemWorkspace }))
        assert.isFalse(yield* remove({ workspaceId: "it-tokens", userId: "user-ann" }))
        assert.isTrue(yield* remove({ workspaceId: "it-tokens", userId: user.userId }))
        assert.isFalse(yield* remove({ workspaceId: "it-tokens" }))
        const listed = yield* tokens.list("it-tokens")
        assert.deepStrictEqual(
          listed.map(({ tokenId, lastUsedAtMs }) => [tokenId, lastUsedAtMs]),
          [
            ["it-t1", 99_000],
            ["it-t2", undefined]
          ]
        )
        assert.deepStrictEqual(yield* tokens.list("it-tokens", "user-ann"), [])
        yield* members.removeMember("it-tokens", user.userId, "it")
        assert.isUndefined(yield* tokens.use("it-h1", 0))
      })
    )
  })
