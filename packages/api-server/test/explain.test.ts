/** Why a rule did or did not act, asked of a real server; what it goes by lies in Kafka in memory. */
import { assert, layer } from "@effect/vitest"
import {
  accountHistory,
  accountState,
  accountStateKey,
  type Decision,
  decisions,
  type MarketTick,
  marketTicks,
  RecordCodec,
  type Rights,
  type TopicContract
} from "@millrace/contracts"
import { outgoing, Publisher } from "@millrace/runtime"
import { Clock, Effect } from "effect"
import { addToken, addUser, apiWorld, ask } from "./apiWorld.ts"
import { account, guard, long, publish, tick } from "./tradedAccounts.ts"

const viewer: Rights = { role: "viewer", granted: [] }
const [accountId, ruleId, positionId] = ["a-explained", "r-explained", "p-explained"] as const
const contracts = [accountState, accountHistory, marketTicks, decisions] as ReadonlyArray<TopicContract<unknown>>

const member = Effect.fnUntraced(function* (name: string, workspaceId: string) {
  const { userId } = yield* addUser(name, workspaceId, viewer)
  return yield* addToken(userId, workspaceId, viewer)
})

const workspaceId = "w-explained"

/** Writes the account, its rule and its position as control-api and market-data do. */
const recordAccount = Effect.gen(function* () {
  yield* (yield* RecordCodec).prepare(contracts)
  const publisher = yield* Publisher
  for (const value of [account(accountId, workspaceId), guard(ruleId, accountId), long(positionId, accountId)])
    yield* publisher.publish([
      outgoing(accountState, { key: accountStateKey(value), value, workspaceId }),
      outgoing(accountHistory, { key: accountId, value, workspaceId })
    ])
})

/** Writes a price, and what the monitor decided with it; gives the wall time at which both are recorded. */
const recordTick = Effect.fnUntraced(function* (value: MarketTick, decided?: Decision) {
  const publisher = yield* Publisher
  yield* publisher.publish([outgoing(marketTicks, { key: value.market, value, workspaceId: "system" })])
  if (decided !== undefined)
    yield* publisher.publish([outgoing(decisions, { key: accountId, value: decided, workspaceId })])
  const recordedMs = yield* Clock.currentTimeMillis
  // The next one lies a moment later, so that each can be asked for by its time.
  yield* Effect.sleep("10 millis")
  return recordedMs
})

layer(apiWorld(), { excludeTestServices: true })("an explanation", (it) => {
  /**
   * @guarantee operation: The API tells of any time why a rule did or did not act, with the figures that decided
   * @how a real server over records in memory: a price that does not reach the guard, then one that does
   */
  it.effect("tells by the tick of the time why a rule did not act, or did, with the figures", () =>
    Effect.gen(function* () {
      const ann = yield* member("ann", workspaceId)
      yield* publish(accountId, workspaceId, ruleId)
      yield* recordAccount
      const startMs = yield* Clock.currentTimeMillis
      const calmMs = yield* recordTick(tick(58_000, startMs))
      const fired: Decision = {
        decisionId: "d-explained",
        accountId,
        ruleId,
        positionId,
        reason: "fired",
        commandId: "c-explained",
        threshold: 0.85,
        priceUsd: 55_000,
        marketTimeMs: startMs + 5
      }
      const firedMs = yield* recordTick(tick(55_000, startMs + 5), fired)
      const explain = (query: string, token = ann) => ask(`/api/trading/rules/${ruleId}/explain?${query}`, { token })

      const calm = yield* explain(`atMs=${calmMs}`)
      assert.strictEqual(calm.status, 200, calm.text)
      assert.deepInclude(calm.json, { accountName: accountId, dryRun: false })
      assert.strictEqual(calm.json.rule.threshold, 0.85)
      const [one] = calm.json.explanations
      assert.deepInclude(one, { positionId, reason: "condition_not_met", recorded: false, priceUsd: 58_000 })
      assert.strictEqual(one.position.entryPriceUsd, 60_000)
      assert.deepInclude(one.condition, { metric: "margin_loss", limit: 0.85, side: "at_least", holds: false })
      assert.approximately(one.condition.value, 0.345, 0.005)
      assert.approximately(one.condition.awayUsd, 58_000 - one.condition.triggerPriceUsd, 0.01)
      assert.approximately(one.figures.marginLoss, one.condition.value, 1e-9)

      const acted = yield* explain(`atMs=${firedMs}&positionId=${positionId}`)
      const [other] = acted.json.explanations
      assert.deepInclude(other, { reason: "fired", recorded: true, priceUsd: 55_000 })
      assert.isTrue(other.condition.holds)
      assert.deepStrictEqual(other.episode, [fired])
      assert.deepInclude(other.attempts[0], { commandId: "c-explained", outcomes: [] })
    })
  )

  it.effect(
    "says what there is to ask for, where there was nothing at the time, and tells other workspaces nothing",
    () =>
      Effect.gen(function* () {
        const ann = yield* member("ann-again", workspaceId)
        const bob = yield* member("bob", "w-other")
        const path = `/api/trading/rules/${ruleId}/explain`
        const unwatched = yield* ask(`${path}?positionId=p-none`, { token: ann })
        assert.deepStrictEqual([unwatched.status, unwatched.json._tag], [409, "Conflict"], unwatched.text)
        assert.include(unwatched.json.found, positionId, "the one that it watched")
        assert.strictEqual((yield* ask(`${path}?atMs=1`, { token: ann })).status, 409)
        assert.strictEqual((yield* ask(path, { token: bob })).status, 404)
      })
  )
})
