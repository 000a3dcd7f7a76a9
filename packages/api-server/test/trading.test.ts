import { assert, layer } from "@effect/vitest"
import type { Rights } from "@millrace/contracts"
import { AccountStore, ControlStore } from "@millrace/store"
import { Effect } from "effect"
import { TradingView } from "../src/index.ts"
import { addToken, addUser, apiWorld, ask } from "./apiWorld.ts"
import { publish, tick } from "./tradedAccounts.ts"

const trader: Rights = { role: "operator", granted: ["trading"] }

/** A trader of a workspace with one account, by the names of both. */
const traderOf = Effect.fnUntraced(function* (name: string) {
  const user = yield* addUser(name, `w-${name}`, trader)
  yield* publish(`${name}-1`, `w-${name}`, `${name}-guard`)
  return yield* addToken(user.userId, `w-${name}`, trader)
})

layer(apiWorld(), { excludeTestServices: true })("trading", (it) => {
  it.effect("lists the accounts and positions of the workspace with their distance to where a rule acts", () =>
    Effect.gen(function* () {
      const token = yield* traderOf("ada")
      yield* traderOf("bob")
      const view = yield* TradingView
      view.tick(tick(60_000, 10_000))
      const listed = yield* ask("/api/trading/accounts?order=nearest", { token })
      assert.deepStrictEqual([listed.status, listed.json.total], [200, 1], listed.text)
      assert.strictEqual(listed.json.items[0].account.accountId, "ada-1")
      const { items } = (yield* ask("/api/trading/positions", { token })).json
      assert.deepStrictEqual(
        items.map((one: { position: { positionId: string } }) => one.position.positionId),
        ["p-ada-1"]
      )
      const [trigger] = items[0].triggers
      // 85 % of 166,667 sats are lost at 55,299.5, which is 7.8 % below 60,000.
      assert.closeTo(trigger.priceUsd, 55_299.5, 0.1)
      assert.closeTo(items[0].nearest, 0.0783, 0.0001)
      assert.strictEqual(items[0].figures.pnlSats, 0)
      view.tick(tick(55_000, 11_000))
      assert.isBelow((yield* ask("/api/trading/positions", { token })).json.items[0].nearest, 0)
      const prices = yield* ask("/api/trading/prices?market=btc_usd", { token })
      assert.deepStrictEqual(prices.json.points, [
        [10_000, 60_000],
        [11_000, 55_000]
      ])
    })
  )

  it.effect("searches by part of a name, and goes on where a page ended", () =>
    Effect.gen(function* () {
      const token = yield* traderOf("eve")
      for (const n of [2, 3, 4]) yield* publish(`eve-${n}`, "w-eve", `eve-guard-${n}`)
      const first = (yield* ask("/api/trading/accounts?limit=3", { token })).json
      assert.deepStrictEqual([first.items.length, first.total, first.next], [3, 4, "3"])
      const rest = (yield* ask(`/api/trading/accounts?limit=3&after=${first.next}`, { token })).json
      assert.deepStrictEqual([rest.items[0].account.accountId, rest.next], ["eve-4", undefined])
      const found = (yield* ask("/api/trading/accounts?search=EVE-3", { token })).json
      assert.deepStrictEqual([found.total, found.items[0].account.accountId], [1, "eve-3"])
    })
  )

  it.effect("switches accounts and rules as their store does, and none of another workspace", () =>
    Effect.gen(function* () {
      const token = yield* traderOf("kim")
      const stranger = yield* traderOf("leo")
      const change = (method: string, path: string, by: string, json: object) =>
        Effect.map(ask(`/api/trading/${path}`, { method, token: by, json }), ({ status }) => status)
      assert.strictEqual(yield* change("PUT", "accounts/kim-1/active", stranger, { active: false }), 404)
      assert.strictEqual(yield* change("PATCH", "rules/kim-guard", stranger, { dryRun: true }), 404)
      assert.strictEqual(yield* change("PUT", "accounts/kim-1/active", token, { active: false }), 200)
      assert.strictEqual(yield* change("PATCH", "rules/kim-guard", token, { dryRun: true }), 200)
      const store = yield* AccountStore
      assert.strictEqual((yield* store.account("kim-1"))?.active, false)
      assert.deepInclude((yield* store.rulesOf("kim-1"))[0], { dryRun: true, enabled: true })
    })
  )

  /** @guarantee operation: The kill switch of a workspace stops its accounts and no others
   * @how each account gets its own switch, and one for everything is for members of the installation only */
  it.effect("stops all accounts of a workspace, and the installation for its members only", () =>
    Effect.gen(function* () {
      const token = yield* traderOf("mia")
      yield* publish("mia-2", "w-mia", "mia-guard-2")
      const stranger = yield* traderOf("nora")
      const stop = (by: string, scope: object, mode = "HALTED") =>
        ask("/api/trading/switches", { token: by, json: { scope, mode, reason: "drill" } })
      assert.strictEqual((yield* stop(token, { of: "workspace" })).status, 200)
      const held = (yield* (yield* ControlStore).switches).map(({ accountId, mode }) => [accountId, mode])
      assert.deepStrictEqual(held, [
        ["mia-1", "HALTED"],
        ["mia-2", "HALTED"]
      ])
      assert.deepStrictEqual((yield* ask("/api/trading/switches", { token: stranger })).json, [])
      assert.strictEqual((yield* ask("/api/trading/accounts/mia-1", { token })).json.mode, "HALTED")
      assert.strictEqual((yield* stop(token, { of: "installation" })).status, 403)
      assert.strictEqual((yield* stop(stranger, { of: "account", accountId: "mia-1" }, "REDUCE_ONLY")).status, 404)
      const lifted = yield* ask("/api/trading/switches/lift", { token, json: { scope: { of: "workspace" } } })
      assert.strictEqual(lifted.status, 204, lifted.text)
      assert.deepStrictEqual(yield* (yield* ControlStore).switches, [])
    })
  )
})
