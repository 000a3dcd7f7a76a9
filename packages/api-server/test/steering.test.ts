import { assert, layer } from "@effect/vitest"
import type { Rights } from "@millrace/contracts"
import { CommandList, Credentials } from "@millrace/store"
import { Effect, Redacted } from "effect"
import { addToken, addUser, apiWorld, ask, signIn } from "./apiWorld.ts"
import { statedGuard as guard } from "./ownedThings.ts"

const trader: Rights = { role: "operator", granted: ["trading"] }
const root: Rights = { role: "admin", granted: ["trading"] }

layer(apiWorld(), { excludeTestServices: true })("accounts, rules and commands", (it) => {
  const tokens = new Map<string, string>()
  const as = Effect.fnUntraced(function* (name: string, workspaceId: string, rights = trader) {
    const known = tokens.get(name)
    if (known !== undefined) return known
    const { userId } = yield* addUser(name, workspaceId, rights)
    const token = yield* addToken(userId, workspaceId, rights)
    tokens.set(name, token)
    return token
  })
  const path = "/api/trading"

  it.effect("accounts begin switched off, act once their credentials are accepted, and never show them", () =>
    Effect.gen(function* () {
      const token = yield* as("ann", "w1")
      const change = (method: string, rest: string, json: unknown) =>
        ask(`${path}/accounts/${rest}`, { token, method, json })
      const made = yield* change("POST", "", { accountId: "a1", name: "First", network: "mainnet" })
      assert.strictEqual(made.status, 201, made.text)
      assert.deepInclude(made.json.account, { active: false, workspaceId: "w1", version: 1, userId: "user-ann" })
      assert.strictEqual((yield* change("POST", "", { accountId: "a1", name: "N", network: "mainnet" })).status, 409)
      assert.strictEqual((yield* change("PUT", "a1/active", { active: true })).status, 409, "no credentials yet")
      const give = (key: string) => change("PUT", "a1/credentials", { key, secret: "canary-1", passphrase: "canary-2" })
      const refused = yield* give("wrong")
      assert.deepStrictEqual([refused.status, refused.json.accepted], [200, false])
      const accepted = yield* give("right")
      assert.deepInclude(accepted.json, { accepted: true, username: "satoshi", warnings: ["a warning"] })
      const stored = yield* (yield* Credentials).find("a1")
      assert.deepStrictEqual(Redacted.value(stored), { key: "right", secret: "canary-1", passphrase: "canary-2" })
      assert.isTrue((yield* ask(`${path}/accounts/a1/check`, { token, method: "POST" })).json.accepted)
      assert.isTrue((yield* change("PUT", "a1/active", { active: true })).json.account.active)
      const shown = yield* ask(`${path}/accounts/a1/settings`, { token })
      assert.isTrue(shown.json.hasCredentials)
      assert.notMatch(shown.text, /canary|right/u)
      assert.strictEqual((yield* change("PUT", "a1/armed", { armed: true })).status, 409, "the id once more")
      assert.isTrue((yield* change("PUT", "a1/armed", { armed: true, confirm: "a1" })).json.account.armed)
    })
  )

  /**
   * @guarantee operation: A change of an account or rule that was made for another version than the stored one is refused
   * @how a real server, its stores in memory; the same on PostgreSQL with changes side by side
   */
  it.effect("changes name the version that they were made for", () =>
    Effect.gen(function* () {
      const token = yield* as("ann", "w1")
      const change = (json: unknown) => ask(`${path}/accounts/a1/settings`, { token, method: "PATCH", json })
      const { version } = (yield* ask(`${path}/accounts/a1/settings`, { token })).json.account
      const changed = yield* change({ name: "Renamed", caps: { hourOrders: 3 }, version })
      assert.deepInclude(changed.json.account, { name: "Renamed", caps: { hourOrders: 3 }, version: version + 1 })
      assert.strictEqual((yield* change({ name: "Late", version })).status, 409)
      assert.strictEqual((yield* change({ warningThreshold: 0.95 })).status, 400, "above the critical level")
      assert.strictEqual((yield* change({ name: "x", treshold: 0.5 })).status, 400, "no such field")
    })
  )

  it.effect("rules begin in dry run, and are replaced as the version that was seen", () =>
    Effect.gen(function* () {
      const token = yield* as("ann", "w1")
      const put = (rule: object, version?: number) =>
        ask(`${path}/rules/r1`, { token, method: "PUT", json: { rule, ...(version === undefined ? {} : { version }) } })
      assert.strictEqual((yield* put({ ...guard("a1"), dryRun: false })).status, 400)
      const wrong = yield* put(guard("a1", 1.5))
      assert.deepStrictEqual([wrong.status, wrong.json.where], [400, "payload.rule.threshold"])
      assert.strictEqual((yield* put(guard("a-none"))).status, 404)
      const made = yield* put(guard("a1"))
      assert.deepStrictEqual([made.status, made.json.version, made.json.dryRun], [200, 1, true])
      assert.strictEqual((yield* put(guard("a1"))).status, 409)
      assert.strictEqual((yield* put(guard("a1", 0.8), 1)).json.threshold, 0.8)
      assert.strictEqual((yield* put(guard("a1", 0.7), 1)).status, 409)
      const live = yield* ask(`${path}/rules/r1`, { token, method: "PATCH", json: { dryRun: false } })
      assert.deepStrictEqual([live.json.version, live.json.dryRun, live.json.enabled], [3, false, true])
      const put3 = (yield* put(guard("a1", 0.75), 3)).json
      assert.deepStrictEqual([put3.threshold, put3.dryRun], [0.75, false], "a definition switches nothing")
      const listed = yield* ask(`${path}/rules?accountId=a1`, { token })
      assert.deepStrictEqual([listed.json.total, listed.json.items[0].ruleId], [1, "r1"])
      assert.strictEqual((yield* ask(`${path}/rules/r1`, { token, method: "DELETE" })).status, 204)
      assert.strictEqual((yield* ask(`${path}/rules/r1`, { token })).status, 404)
    })
  )

  /**
   * @guarantee operation: The kill switch of everything needs the permission trading for the installation, whatever the caller may in a workspace
   * @how a real server, asked by a member of both with less for the installation than for his workspace
   */
  it.effect("a trader of a workspace who only looks at the installation can't halt everything", () =>
    Effect.gen(function* () {
      yield* addUser("both", "system", { role: "viewer", granted: [] })
      const { userId } = yield* addUser("both", "w1", trader)
      const session = yield* signIn("both")
      assert.strictEqual(userId, "user-both")
      const set = (asked: object) =>
        ask(`${path}/switches`, { ...asked, json: { scope: { of: "installation" }, mode: "HALTED" } })
      assert.strictEqual((yield* set({ session, headers: { "x-workspace": "w1" } })).status, 403)
      assert.strictEqual((yield* set({ token: yield* as("root", "system", root) })).status, 200)
      const lift = (asked: object) =>
        ask(`${path}/switches/lift`, { ...asked, json: { scope: { of: "installation" } } })
      assert.strictEqual((yield* lift({ session, headers: { "x-workspace": "w1" } })).status, 403)
      assert.strictEqual((yield* lift({ token: yield* as("root", "system", root) })).status, 204)
    })
  )

  it.effect("commands are withdrawn while they wait, and executed anew only once they were refused", () =>
    Effect.gen(function* () {
      const token = yield* as("ann", "w1")
      const list = yield* CommandList
      const put = (status: "pending" | "refused" | "unknown") =>
        list.put({
          commandId: "c1",
          workspaceId: "w1",
          accountId: "a1",
          ruleId: "r1",
          positionId: undefined,
          action: "new_trade",
          status,
          reason: "a_reason",
          detail: "",
          byHand: "do this",
          retryAtMs: undefined,
          command: {
            commandId: "c1",
            accountId: "a1",
            ruleId: "r1",
            ruleVersion: 1,
            positionRevision: 0,
            attempt: 1,
            action: { _tag: "close_position" },
            dryRun: false,
            marketTimeMs: 1,
            priceUsd: 1,
            tickReceivedAtMs: 1,
            decidedAtMs: 1
          },
          updatedAtMs: 1
        })
      yield* put("pending")
      const act = (name: string, json?: unknown) => ask(`${path}/commands/c1/${name}`, { token, method: "POST", json })
      assert.strictEqual((yield* ask(`${path}/commands?status=pending`, { token })).json.items[0].byHand, "do this")
      assert.strictEqual((yield* act("execute", {})).status, 409)
      const counts = yield* ask(`${path}/commands/counts`, { token })
      assert.deepStrictEqual(counts.json, { pending: 1, unknown: 0, refused: 0, failed: 0 })
      const elsewhere = yield* ask(`${path}/commands/counts`, { token: yield* as("eve", "w-elsewhere") })
      assert.strictEqual(elsewhere.json.pending, 0)
      assert.strictEqual((yield* act("cancel", { reason: "a test" })).status, 200)
      yield* put("unknown")
      assert.strictEqual((yield* act("cancel", {})).status, 409)
      assert.strictEqual((yield* act("settle", { verdict: "not_applied", effectId: "x" })).status, 409)
      assert.strictEqual((yield* act("settle", { verdict: "applied" })).status, 409, "the ledger has no order of it")
      yield* put("refused")
      const sent = yield* act("execute", { reason: "the balance is there now" })
      assert.isTrue(sent.json.sent, sent.text)
      assert.isFalse((yield* act("execute", {})).json.sent)
      const shown = yield* ask(`${path}/commands/c1`, { token })
      assert.deepStrictEqual(shown.json.orders, [])
      assert.notProperty(shown.json.command, "command")
      assert.deepInclude(shown.json.decided, { priceUsd: 1, attempt: 1, action: { _tag: "close_position" } })
    })
  )

  it.effect("topics and lanes are paused by operators of the installation only", () =>
    Effect.gen(function* () {
      const token = yield* as("ann", "w1")
      const everywhere = yield* as("root", "system", root)
      const pause = (who: string) =>
        ask("/api/controls/pauses", { token: who, json: { topic: "market-ticks", reason: "a test" } })
      assert.strictEqual((yield* pause(token)).status, 403)
      assert.deepInclude((yield* pause(everywhere)).json, { topic: "market-ticks", actor: "user-root" })
      assert.lengthOf((yield* ask("/api/controls/pauses", { token: everywhere })).json.pauses, 1)
      const resumed = yield* ask("/api/controls/pauses/resume", { token: everywhere, json: { topic: "market-ticks" } })
      assert.lengthOf(resumed.json.ended, 1)
    })
  )
})
