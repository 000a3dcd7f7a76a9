import { assert, layer as describeLayer } from "@effect/vitest"
import type { AccountCaps } from "@millrace/contracts"
import { capWindowMs, IntentLedger, type NewIntent } from "@millrace/store"
import { Effect, type Layer } from "effect"

const opening = (id: string, quantityUsd: number, caps: AccountCaps, changes: Partial<NewIntent> = {}): NewIntent => ({
  intentId: id,
  workspaceId: "workspace-1",
  accountId: `account-${id.split(".")[0]}`,
  ruleId: "rule-1",
  positionId: `position-${id}`,
  action: "open_position",
  positionRevision: 0,
  repeatable: false,
  request: {},
  exposure: { quantityUsd, marginSats: 0, caps },
  ...changes
})

const adding = (id: string, marginSats: number, caps: AccountCaps): NewIntent =>
  opening(id, 0, caps, { action: "add_margin", exposure: { quantityUsd: 0, marginSats, caps } })

const settled = (state: "succeeded" | "refused" | "not_applied" | "unknown") => ({
  state,
  reason: "test",
  outcome: null
})

/** What every intent ledger promises of caps, locks and operators' verdicts; each test has an account of its own. */
export const ledgerCapSuite = <E>(name: string, ledger: Layer.Layer<IntentLedger, E>): void =>
  describeLayer(ledger, { excludeTestServices: true })(`caps of the intent ledger: ${name}`, (it) => {
    /**
     * @guarantee protection: Hard caps per order, account and hour hold in the ledger's own transaction
     * @how counted in the statement that gives the permission to send, one intent of an account after the other
     */
    it.effect("refuses an order above the cap of one order, and writes nothing", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        const permit = yield* store.send(opening("order.1", 1001, { orderQuantityUsd: 1000 }), 1, "e")
        assert.deepStrictEqual(permit, { _tag: "Capped", cap: "orderQuantityUsd", limit: 1000, used: 0, asked: 1001 })
        assert.isUndefined(yield* store.find("order.1"))
        assert.strictEqual(
          (yield* store.send(opening("order.1", 1000, { orderQuantityUsd: 1000 }), 1, "e"))._tag,
          "Granted"
        )
        const margin = yield* store.send(adding("order.2", 501, { addMarginSats: 500 }), 1, "e")
        assert.deepInclude(margin, { _tag: "Capped", cap: "addMarginSats", limit: 500, asked: 501 })
      })
    )

    /** @guarantee protection: Hard caps per order, account and hour hold in the ledger's own transaction */
    it.effect("counts an account's orders, quantity and margin of the hour before, and no other account's", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        const caps = { hourQuantityUsd: 3000, hourOrders: 2, hourAddMarginSats: 100 }
        yield* store.send(opening("hour.1", 1000, caps), 1000, "e")
        assert.deepInclude(yield* store.send(opening("hour.2", 2001, caps), 2000, "e"), {
          cap: "hourQuantityUsd",
          used: 1000,
          asked: 2001
        })
        assert.strictEqual((yield* store.send(opening("hour.2", 1000, caps), 2000, "e"))._tag, "Granted")
        const asked = yield* store.exceeds(opening("hour.3", 1000, caps), 3000)
        assert.deepInclude(asked, { cap: "hourOrders", limit: 2, used: 2, asked: 1 }, "asked beforehand")
        assert.isUndefined(yield* store.exceeds(opening("hour.2", 1000, caps), 3000), "it is counted already")
        assert.isUndefined(yield* store.find("hour.3"), "asking writes nothing")
        assert.deepInclude(yield* store.send(opening("hour.3", 1000, caps), 3000, "e"), {
          cap: "hourOrders",
          limit: 2,
          used: 2,
          asked: 1
        })
        yield* store.send(adding("hour.m1", 60, caps), 3000, "e")
        assert.deepInclude(yield* store.send(adding("hour.m2", 41, caps), 3000, "e"), {
          cap: "hourAddMarginSats",
          used: 60
        })
        assert.strictEqual((yield* store.send(adding("hour.m2", 40, caps), 3000, "e"))._tag, "Granted")
        assert.strictEqual((yield* store.send(opening("elsewhere.1", 3000, caps), 3000, "e"))._tag, "Granted")
        const later = 1000 + capWindowMs
        assert.strictEqual((yield* store.send(opening("hour.3", 1000, caps), later, "e"))._tag, "Granted")
      })
    )

    it.effect("counts what is under way, unknown or applied, and gives back what was refused or not applied", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        const caps = { hourQuantityUsd: 1000 }
        for (const state of ["refused", "not_applied"] as const) {
          yield* store.send(opening(`back.${state}`, 1000, caps), 1, "e")
          assert.strictEqual((yield* store.send(opening("back.next", 1000, caps), 2, "e"))._tag, "Capped")
          yield* store.settle(`back.${state}`, 1, settled(state))
        }
        yield* store.send(opening("back.next", 1000, caps), 2, "e")
        for (const state of ["unknown", "succeeded"] as const) {
          yield* store.settle("back.next", 1, settled(state))
          const again = yield* store.send(opening("back.not_applied", 1000, caps), 3, "e")
          assert.deepInclude(again, { _tag: "Capped", used: 1000 })
        }
        assert.strictEqual((yield* store.find("back.not_applied"))?.state, "not_applied")
        assert.strictEqual((yield* store.send(opening("back.next", 1000, caps), 4, "e"))._tag, "Settled")
      })
    )

    /** @guarantee protection: Hard caps per order, account and hour hold in the ledger's own transaction */
    it.effect("never caps what closes, however much was opened", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        const caps = { hourOrders: 1, hourQuantityUsd: 1000 }
        yield* store.send(opening("closes.1", 1000, caps), 1, "e")
        const { exposure: _, ...close } = opening("closes.2", 0, caps, { action: "close_position" })
        assert.strictEqual((yield* store.send(close, 1, "e"))._tag, "Granted")
      })
    )

    /** @guarantee protection: Hard caps per order, account and hour hold in the ledger's own transaction */
    it.effect("lets no more through when many executors ask at once", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        for (let round = 0; round < 15; round++) {
          const caps = { hourQuantityUsd: 3500, hourOrders: 5 }
          const permits = yield* Effect.forEach(
            Array.from({ length: 8 }, (_, index) => opening(`crowd${round}.${index}`, 1000, caps)),
            (intent, index) => store.send(intent, 1, `executor.${index}`),
            { concurrency: 8 }
          )
          const granted = permits.filter((permit) => permit._tag === "Granted")
          assert.lengthOf(granted, 3)
          assert.lengthOf(
            permits.filter((permit) => permit._tag === "Capped"),
            5
          )
        }
      })
    )

    it.effect(
      "admits one unfinished intent per lock, whatever their positions, and grants again after it is settled",
      () =>
        Effect.gen(function* () {
          const store = yield* IntentLedger
          const lock = { lock: "cross/btc_usd" }
          yield* store.send(opening("lock.1", 10, {}, lock), 1, "e")
          const permit = yield* store.send(opening("lock.2", 10, {}, lock), 1, "e")
          assert.deepStrictEqual(permit, { _tag: "Blocked", reason: "sent_intent", by: "lock.1" })
          assert.strictEqual((yield* store.send(opening("lock.3", 10, {}), 1, "e"))._tag, "Granted")
          yield* store.settle("lock.1", 1, settled("succeeded"))
          assert.strictEqual((yield* store.send(opening("lock.2", 10, {}, lock), 1, "e"))._tag, "Granted")
          assert.strictEqual((yield* store.find("lock.2"))?.lock, "cross/btc_usd")
        })
    )

    it.effect("does not compare revisions of what has none", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        const entry = { positionId: "rule-entry" }
        yield* store.send(opening("entry.1", 10, {}, entry), 1, "e")
        yield* store.settle("entry.1", 1, settled("succeeded"))
        assert.strictEqual((yield* store.send(opening("entry.2", 10, {}, entry), 1, "e"))._tag, "Granted")
      })
    )

    /**
     * @guarantee effects: Nothing is sent for a command after it was told as refused
     * @how a refusal is an end in the ledger, also of what never went out
     */
    it.effect("gives no permission after a refusal, and refuses nothing that was sent", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        const refusal = { reason: "expired", outcome: { status: "refused" } }
        const refused = yield* store.refuse(opening("no.1", 10, {}), "e", refusal)
        assert(refused._tag === "Settled")
        assert.deepInclude(refused.intent, { state: "refused", reason: "expired", sends: 0, outcome: refusal.outcome })
        assert.strictEqual((yield* store.send(opening("no.1", 10, {}), 1, "e"))._tag, "Settled")
        yield* store.send(opening("no.2", 10, {}), 1, "e")
        assert.strictEqual((yield* store.refuse(opening("no.2", 10, {}), "e", refusal))._tag, "Unsettled")
        yield* store.settle("no.2", 1, settled("not_applied"))
        const again = yield* store.refuse(opening("no.2", 10, {}), "e", refusal)
        assert.deepInclude(again.intent, { state: "refused", sends: 1 })
        yield* store.send(opening("no.3", 10, {}), 1, "e")
        yield* store.settle("no.3", 1, settled("succeeded"))
        assert.strictEqual((yield* store.refuse(opening("no.3", 10, {}), "e", refusal)).intent.state, "succeeded")
      })
    )

    it.effect("knows which effects other intents of the account have, once they have succeeded", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        for (const id of ["known.1", "known.2"]) yield* store.send(opening(id, 10, {}), 1, "e")
        yield* store.settle("known.1", 1, { ...settled("succeeded"), effectId: "order-1" })
        yield* store.settle("known.2", 1, { ...settled("unknown"), effectId: "order-2" })
        const asked = ["order-1", "order-2", "order-3"]
        assert.deepStrictEqual(yield* store.knownEffects("account-known", "known.3", asked), ["order-1"])
        assert.deepStrictEqual(yield* store.knownEffects("account-known", "known.1", asked), [])
        assert.deepStrictEqual(yield* store.knownEffects("account-elsewhere", "known.3", asked), [])
        assert.deepStrictEqual(yield* store.knownEffects("account-known", "known.3", []), [])
      })
    )

    it.effect("knows when the last close of a lock was signed of which a copy may be on its way", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        const close = (id: string, lock: string) => {
          const { exposure: _, ...intent } = opening(id, 0, {}, { lock, action: "close_position", repeatable: true })
          return intent
        }
        const twice = Effect.fnUntraced(function* (intent: NewIntent, first: number, second: number) {
          yield* store.send(intent, first, "e")
          yield* store.settle(intent.intentId, 1, settled("unknown"))
          yield* store.resend(intent.intentId, 1, second, "e")
          yield* store.settle(intent.intentId, 2, settled("succeeded"))
        })
        yield* store.send(close("twice.1", "cross"), 900, "e")
        yield* store.settle("twice.1", 1, settled("succeeded"))
        assert.isUndefined(yield* store.lastUncertainClose("account-twice", "cross"))
        yield* twice(close("twice.2", "cross"), 100, 300)
        yield* twice(close("twice.3", "cross"), 110, 200)
        yield* twice(close("twice.4", "other"), 400, 500)
        yield* twice(opening("twice.5", 10, {}, { lock: "cross" }), 600, 700)
        assert.strictEqual(yield* store.lastUncertainClose("account-twice", "cross"), 300)
        yield* store.send(close("twice.6", "cross"), 800, "e")
        yield* store.settle("twice.6", 1, settled("refused"))
        assert.strictEqual(yield* store.lastUncertainClose("account-twice", "cross"), 800)
        yield* store.refuse(close("twice.7", "cross"), "e", { reason: "expired", outcome: null })
        assert.strictEqual(yield* store.lastUncertainClose("account-twice", "cross"), 800)
        assert.isUndefined(yield* store.lastUncertainClose("account-else", "cross"))
      })
    )

    /**
     * @guarantee effects: An unknown effect is settled by an operator once, and never sent again after that
     * @how the first verdict holds; the fence for a resend is not given out after it
     */
    it.effect("keeps the first verdict of an operator on an unknown intent, lists it first, and gives no resend", () =>
      Effect.gen(function* () {
        const store = yield* IntentLedger
        assert.deepStrictEqual(yield* store.settleByOperator("hand.1", "applied", "ann"), { _tag: "Missing" })
        yield* store.send(opening("hand.0", 10, {}), 1, "e")
        yield* store.send(opening("hand.1", 10, {}), 1, "e")
        assert.deepStrictEqual(yield* store.settleByOperator("hand.1", "applied", "ann"), {
          _tag: "NotUnknown",
          state: "sent"
        })
        yield* store.settle("hand.1", 1, settled("unknown"))
        for (const [verdict, actor] of [
          ["not_applied", "ann"],
          ["applied", "bob"]
        ] as const) {
          assert.deepStrictEqual(
            yield* store.settleByOperator("hand.1", verdict, actor, { reason: `${actor} looked` }),
            {
              _tag: "Recorded"
            }
          )
        }
        const found = yield* store.find("hand.1")
        assert.deepInclude(found?.operator, { verdict: "not_applied", actor: "ann", reason: "ann looked" })
        assert.isAbove(found?.operator?.atMs ?? 0, 0)
        assert.strictEqual((yield* store.unfinished(1))[0]?.intentId, "hand.1")
        assert.strictEqual((yield* store.resend("hand.1", 1, 2, "e"))._tag, "Unsettled")
        assert.isTrue(yield* store.settle("hand.1", 1, settled("refused")))
        assert.deepInclude(yield* store.settleByOperator("hand.1", "applied", "bob"), { state: "refused" })
      })
    )
  })
