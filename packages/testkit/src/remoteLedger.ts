import { IntentLedger, layerMemoryIntentLedger, type NewIntent, type SendPermit, StoreError } from "@millrace/store"
import { Effect, Exit } from "effect"
import type { SimulatedWorld } from "./SimulatedWorld.ts"

/**
 * A ledger outside of all processes, as PostgreSQL is: a call that was sent is done whatever becomes of its caller. Until
 * all is healed some calls fail, and of some only the answer is lost. `granted` hears of each request that may be sent,
 * the first one of an intent and every further one.
 */
export const remoteLedger = (
  world: SimulatedWorld,
  healedMs: number,
  granted: (intent: NewIntent, signedAtMs: number) => void = () => {}
): IntentLedger["Service"] => {
  const ledger = world.built(layerMemoryIntentLedger, IntentLedger)
  const random = world.random("ledger")
  const intents = new Map<string, NewIntent>()
  const remote = <A>(operation: string, call: Effect.Effect<A, StoreError>): Effect.Effect<A, StoreError> =>
    Effect.suspend(() => {
      const drawn = world.nowMs < healedMs ? random.nextDoubleUnsafe() : 1
      const wayMs = 1 + Math.round(40 * random.nextDoubleUnsafe())
      const failed = Exit.fail(new StoreError({ operation, cause: new Error("the connection broke") }))
      return world.outside(wayMs, wayMs, () => {
        if (drawn < 0.03) return failed
        const exit = Effect.runSyncExit(call)
        return drawn < 0.07 ? failed : exit
      })
    })
  const noted = (permit: Effect.Effect<SendPermit, StoreError>, intentId: string, signedAtMs: number) =>
    Effect.tap(permit, ({ _tag }) =>
      Effect.sync(() => {
        const intent = intents.get(intentId)
        if (_tag === "Granted" && intent !== undefined) granted(intent, signedAtMs)
      })
    )
  return {
    send: (intent, signedAtMs, owner) =>
      remote(
        "write an intent",
        Effect.suspend(() => {
          intents.set(intent.intentId, intent)
          return noted(ledger.send(intent, signedAtMs, owner), intent.intentId, signedAtMs)
        })
      ),
    exceeds: (intent, signedAtMs) => remote("ask the caps", ledger.exceeds(intent, signedAtMs)),
    resend: (id, fence, signedAtMs, owner) =>
      remote("take a fence", noted(ledger.resend(id, fence, signedAtMs, owner), id, signedAtMs)),
    settle: (id, fence, result) => remote("settle an intent", ledger.settle(id, fence, result)),
    refuse: (intent, owner, result) => remote("refuse an intent", ledger.refuse(intent, owner, result)),
    find: (id) => remote("find an intent", ledger.find(id)),
    unfinished: (limit) => remote("list intents", ledger.unfinished(limit)),
    knownEffects: (account, id, ids) => remote("find effects", ledger.knownEffects(account, id, ids)),
    lastUncertainClose: (account, lock) => remote("find uncertain closes", ledger.lastUncertainClose(account, lock)),
    settleByOperator: (id, verdict, actor, remark) =>
      remote("settle by hand", ledger.settleByOperator(id, verdict, actor, remark))
  }
}
