/**
 * Accounts, rules and credentials are changed in one transaction with the outbox that tells of it: a change is seen by
 * the workers if and only if it was stored, and per account in the order in which it was.
 */
import { assert, layer } from "@effect/vitest"
import { AccountStore, Credentials, migrate, Secrets } from "@millrace/store"
import { Duration, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { accountPageSuite } from "../../../packages/testkit/src/AccountPageSuite.ts"
import { accountInput, drain, masterKey, newKey, ruleInput, runOf, stores } from "./storedAccounts.ts"

accountPageSuite("PostgreSQL", Layer.fresh(stores))

layer(stores, { excludeTestServices: true })("accounts and their outbox", (it) => {
  it.effect("starts a run of 1,000 accounts in less than 2 seconds and switches off the run before", () =>
    Effect.gen(function* () {
      const store = yield* AccountStore
      yield* store.startRun("run-1", runOf("run-1", 1000))
      assert.lengthOf(yield* drain, 2000)
      const [took, switchedOff] = yield* Effect.timed(store.startRun("run-2", runOf("run-2", 1000)))
      yield* Effect.logInfo(`1,000 accounts stored in ${Duration.format(took)}`)
      assert.isBelow(Duration.toMillis(took), 2000)
      assert.lengthOf(switchedOff, 1000)
      const active = yield* store.activeAccounts
      assert.lengthOf(active, 1000)
      assert.isTrue(active.every((account) => account.workspaceId === "run-2" && account.version === 1))
      const former = (yield* store.accountsOf("run-1"))[0]
      assert.deepInclude(former, { active: false, version: 2 })
      const told = yield* drain
      assert.lengthOf(told, 3000)
      assert.lengthOf(
        told.filter(
          (entry) => entry.topic === "account-state" && entry.value?._tag === "Account" && !entry.value.active
        ),
        1000
      )
    })
  )

  /** @guarantee effects: Credentials are encrypted and bound to their account */
  it.effect("decrypts stored credentials, and refuses empty ones before they are used", () =>
    Effect.gen(function* () {
      const store = yield* AccountStore
      yield* store.save(runOf("secret-run", 1))
      yield* store.save({
        accounts: [accountInput("empty.1", "secret-run"), accountInput("none.1", "secret-run")],
        credentials: [{ accountId: "empty.1", credentials: Redacted.make({ key: "k", secret: " ", passphrase: "p" }) }]
      })
      const credentials = yield* Credentials
      const found = Redacted.value(yield* credentials.find("secret-run.0"))
      assert.deepStrictEqual(found, { key: "key-secret-run.0", secret: "secret-secret-run.0", passphrase: "p" })
      const sql = yield* SqlClient
      const rows = yield* sql`select * from credentials where account_id = 'secret-run.0'`
      assert.notInclude(JSON.stringify(rows), "secret-secret-run.0")
      assert.deepInclude(yield* Effect.flip(credentials.find("empty.1")), {
        _tag: "CredentialsMissing",
        found: "empty"
      })
      assert.deepInclude(yield* Effect.flip(credentials.find("none.1")), { _tag: "CredentialsMissing", found: "none" })
    })
  )

  /**
   * @guarantee effects: A change of an account is stored and told, or neither, in order
   * @how a transactional outbox with one relay at a time
   */
  it.effect("stores nothing and tells nothing of a change that is refused", () =>
    Effect.gen(function* () {
      const store = yield* AccountStore
      yield* store.save({ accounts: [accountInput("refused.1", "w1")], rules: [ruleInput("refused.1")] })
      yield* drain
      const moved = { ...accountInput("refused.1", "w2"), name: "stolen" }
      const orphan = ruleInput("refused.none")
      const foreign = ruleInput("refused.2", { ruleId: "rule-refused.1" })
      for (const changes of [
        { accounts: [accountInput("refused.2", "w1"), moved] },
        { accounts: [accountInput("refused.2", "w1")], rules: [orphan] },
        { accounts: [accountInput("refused.2", "w1"), { ...accountInput("refused.3", "w1"), userId: "a/b" }] },
        { accounts: [accountInput("refused.2", "w1")], rules: [foreign] }
      ]) {
        const error = yield* Effect.flip(store.save(changes))
        assert.strictEqual(error._tag, "ChangeRefused")
      }
      assert.isUndefined(yield* store.account("refused.2"))
      assert.strictEqual((yield* store.account("refused.1"))?.workspaceId, "w1")
      assert.lengthOf(yield* drain, 0)
    })
  )

  /**
   * @guarantee effects: Of two changes of an account or rule at once, neither is lost
   * @how each locks the account, reads it, and stores what it makes of it, in one transaction
   */
  it.effect("makes changes that come at once one after the other, each on what the other left", () =>
    Effect.gen(function* () {
      const store = yield* AccountStore
      yield* store.save({ accounts: [accountInput("both.1", "w1")], rules: [ruleInput("both.1")] })
      const by = { actor: "user-1" }
      const times = Array.from({ length: 20 }, (_, n) => n)
      yield* Effect.forEach(
        times,
        () =>
          Effect.all([
            store.modifyAccount("both.1", ({ _tag, version, ...one }) => ({ ...one, name: `${one.name}+` }), by),
            store.modifyRule(
              "rule-both.1",
              ({ _tag, version, ...one }) => ({ ...one, retryAfterMs: one.retryAfterMs + 1 }),
              by
            )
          ]),
        { concurrency: 10 }
      )
      assert.deepInclude(yield* store.account("both.1"), { name: `both.1${"+".repeat(20)}`, version: 21 })
      assert.deepInclude((yield* store.rulesOf("both.1"))[0], { retryAfterMs: 60_020, version: 21 })
      assert.deepStrictEqual(
        (yield* store.list("w1"))
          .filter(({ account }) => account.accountId === "both.1")
          .map((one) => one.hasCredentials),
        [false]
      )
      const missing = yield* Effect.flip(store.modifyRule("absent", ({ _tag, version, ...one }) => one, by))
      assert.include(missing.message, "Rule absent: does not exist")
      assert.lengthOf(yield* drain, 42)
    })
  )

  it.effect(
    "puts all credentials under a new master key while the old one is known, and then needs the new one only",
    () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const [row] = yield* sql<{
          readonly stored: number
        }>`select count(*)::integer as stored from credentials`
        const current = newKey()
        const withKeys = (former: ReadonlyArray<typeof current>) =>
          Layer.fresh(Layer.mergeAll(AccountStore.layerPg, Credentials.layerPg)).pipe(
            Layer.provide(Layer.effect(Secrets, Secrets.make(current, former)))
          )
        const rotate = AccountStore.use((store) => store.rotateKeys)
        assert.strictEqual(yield* Effect.provide(rotate, withKeys([masterKey])), row?.stored)
        assert.strictEqual(yield* Effect.provide(rotate, withKeys([masterKey])), 0)
        const find = Credentials.use((credentials) => credentials.find("run-1.7"))
        assert.strictEqual(Redacted.value(yield* Effect.provide(find, withKeys([]))).secret, "secret-run-1.7")
      })
  )

  it.effect("migrates once when several instances start at the same time", () =>
    Effect.gen(function* () {
      yield* Effect.forEach(Array.from({ length: 6 }), () => migrate, { concurrency: 6 })
      const sql = yield* SqlClient
      const rows = yield* sql<{ readonly name: string }>`select name from millrace_migrations order by migration_id`
      const names = rows.map((row) => row.name)
      assert.includeMembers(names, ["intents", "accounts_leases_outbox", "controls"])
      assert.strictEqual(new Set(names).size, names.length)
    })
  )
})
