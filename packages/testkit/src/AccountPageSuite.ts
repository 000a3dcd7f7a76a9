import { assert, layer as describeLayer } from "@effect/vitest"
import { AccountStore, type RuleInput } from "@millrace/store"
import { Effect, type Layer } from "effect"

const account = (accountId: string, workspaceId: string, name = accountId) => ({
  accountId,
  workspaceId,
  userId: "it",
  name,
  active: false,
  network: "simulator" as const,
  warningThreshold: 0.8,
  criticalThreshold: 0.9,
  hysteresis: 0.02
})
const rule = (ruleId: string, accountId: string): RuleInput => ({
  ruleId,
  accountId,
  kind: "margin_guard",
  enabled: true,
  dryRun: true,
  retryAfterMs: 60_000,
  metric: "margin_loss",
  threshold: 0.9,
  action: "close_position"
})

/** What every store of accounts promises of its lists and of changes to a version that was seen. */
export const accountPageSuite = <E>(name: string, store: Layer.Layer<AccountStore, E>): void =>
  describeLayer(store, { excludeTestServices: true })(`pages of accounts: ${name}`, (it) => {
    it.effect("lists a workspace's accounts and rules by id, a part at a time, found by part of id or name", () =>
      Effect.gen(function* () {
        const accounts = yield* AccountStore
        const ids = ["it-p-1", "it-p-2", "it-p-3"]
        yield* accounts.save({
          accounts: [...ids.map((id) => account(id, "it-page")), account("it-p-x", "it-elsewhere", "100%_odd")],
          rules: [
            rule("it-r-1", "it-p-1"),
            rule("it-r-2", "it-p-1"),
            rule("it-r-3", "it-p-2"),
            rule("it-r-x", "it-p-x")
          ]
        })
        const page = (filter: { readonly search?: string; readonly after?: string; readonly limit: number }) =>
          Effect.map(accounts.page("it-page", filter), ({ items, total }) => [
            items.map((one) => one.account.accountId),
            total
          ])
        assert.deepStrictEqual(yield* page({ limit: 2 }), [["it-p-1", "it-p-2"], 3])
        assert.deepStrictEqual(yield* page({ limit: 2, after: "it-p-2" }), [["it-p-3"], 3])
        assert.deepStrictEqual(yield* page({ limit: 2, search: "P-3" }), [["it-p-3"], 1])
        assert.deepStrictEqual(yield* page({ limit: 2, search: "%" }), [[], 0])
        assert.strictEqual((yield* accounts.page("it-elsewhere", { limit: 9, search: "%_ODD" })).total, 1)
        const rules = (filter: { readonly accountId?: string; readonly after?: string; readonly search?: string }) =>
          Effect.map(accounts.rulesPage("it-page", { limit: 2, ...filter }), ({ items, total }) => [
            items.map(({ ruleId }) => ruleId),
            total
          ])
        assert.deepStrictEqual(yield* rules({}), [["it-r-1", "it-r-2"], 3])
        assert.deepStrictEqual(yield* rules({ after: "it-r-2" }), [["it-r-3"], 3])
        assert.deepStrictEqual(yield* rules({ accountId: "it-p-2" }), [["it-r-3"], 1])
        assert.deepStrictEqual(yield* rules({ accountId: "it-p-x" }), [[], 0])
        assert.deepStrictEqual(yield* rules({ search: "P-2" }), [["it-r-3"], 1])
      })
    )

    it.effect("finds one with its workspace, or none", () =>
      Effect.gen(function* () {
        const accounts = yield* AccountStore
        yield* accounts.save({ accounts: [account("it-one", "it-found")], rules: [rule("it-one-r", "it-one")] })
        const found = yield* accounts.listed("it-one")
        assert.deepStrictEqual([found?.account.workspaceId, found?.hasCredentials], ["it-found", false])
        assert.strictEqual((yield* accounts.rule("it-one-r"))?.workspaceId, "it-found")
        assert.isUndefined(yield* accounts.listed("it-none"))
        assert.isUndefined(yield* accounts.rule("it-none"))
      })
    )

    it.effect("of changes made for one version the first is stored, the others are refused", () =>
      Effect.gen(function* () {
        const accounts = yield* AccountStore
        yield* accounts.save({ accounts: [account("it-seen", "it-seen")], rules: [rule("it-seen-r", "it-seen")] })
        const change = (name: string) =>
          accounts.modifyAccount("it-seen", ({ _tag, version, ...one }) => ({ ...one, name }), {
            actor: "it",
            seenVersion: 1
          })
        const made = yield* Effect.forEach(["a", "b", "c"], (one) => Effect.result(change(one)), {
          concurrency: "unbounded"
        })
        assert.lengthOf(
          made.filter((one) => one._tag === "Success"),
          1
        )
        const changeRule = (seenVersion: number) =>
          accounts.modifyRule("it-seen-r", ({ _tag, version, ...one }) => ({ ...one, enabled: false }), {
            actor: "it",
            seenVersion
          })
        const refused = yield* Effect.flip(changeRule(2))
        assert.include(refused.message, "it is version 1, not 2")
        assert.strictEqual((yield* changeRule(1)).version, 2)
      })
    )
  })
