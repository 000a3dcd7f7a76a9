import { Effect, Layer } from "effect"
import { type Intent, IntentLedger, type NewIntent, type SendPermit } from "./IntentLedger.ts"

/** The ledger of one process, for tests and replays: the same answers as PostgreSQL, gone with the process. */
export const layerMemoryIntentLedger = Layer.sync(IntentLedger, () => {
  const intents = new Map<string, Intent>()
  const isUnfinished = (intent: Intent) => intent.state === "sent" || intent.state === "unknown"
  const others = (intent: NewIntent) =>
    [...intents.values()].filter(
      (other) =>
        other.accountId === intent.accountId &&
        other.positionId === intent.positionId &&
        other.intentId !== intent.intentId
    )
  const verdict = (intent: Intent): SendPermit =>
    isFinal(intent) ? { _tag: "Settled", intent } : { _tag: "Unsettled", intent }

  const standsInTheWay = (intent: NewIntent): SendPermit | undefined => {
    const unfinished = others(intent).find(isUnfinished)
    if (unfinished !== undefined) {
      const reason = unfinished.state === "sent" ? "sent_intent" : "unknown_intent"
      return { _tag: "Blocked", reason, by: unfinished.intentId }
    }
    const applied = others(intent).find(
      (other) => other.state === "succeeded" && other.positionRevision >= intent.positionRevision
    )
    return applied === undefined ? undefined : { _tag: "Blocked", reason: "revision_superseded", by: applied.intentId }
  }

  const grant = (intent: NewIntent, before: Intent | undefined, signedAtMs: number, owner: string): SendPermit => {
    const fence = (before?.fence ?? 0) + 1
    const sends = (before?.sends ?? 0) + 1
    const { reason, effectId, outcome } = before ?? { reason: undefined, effectId: undefined, outcome: undefined }
    intents.set(intent.intentId, {
      ...intent,
      state: "sent",
      fence,
      owner,
      signedAtMs,
      sends,
      reason,
      effectId,
      outcome
    })
    return { _tag: "Granted", fence }
  }

  return IntentLedger.of({
    send: (intent, signedAtMs, owner) =>
      Effect.sync(() => {
        const before = intents.get(intent.intentId)
        if (before !== undefined && before.state !== "not_applied" && before.state !== "planned") return verdict(before)
        return standsInTheWay(intent) ?? grant(intent, before, signedAtMs, owner)
      }),
    resend: (intentId, fence, signedAtMs, owner) =>
      Effect.sync((): SendPermit => {
        const before = intents.get(intentId)
        if (before === undefined) return { _tag: "Blocked", reason: "unknown_id", by: intentId }
        if (before.fence !== fence || !isUnfinished(before)) return verdict(before)
        return grant(before, before, signedAtMs, owner)
      }),
    settle: (intentId, fence, result) =>
      Effect.sync(() => {
        const before = intents.get(intentId)
        if (before === undefined || before.fence !== fence || isFinal(before)) return false
        intents.set(intentId, {
          ...before,
          state: result.state,
          reason: result.reason,
          effectId: result.effectId,
          outcome: result.outcome
        })
        return true
      }),
    find: (intentId) => Effect.sync(() => intents.get(intentId)),
    unfinished: (limit) => Effect.sync(() => [...intents.values()].filter(isUnfinished).slice(0, limit))
  })
})

const isFinal = (intent: Intent): boolean => intent.state === "succeeded" || intent.state === "refused"
