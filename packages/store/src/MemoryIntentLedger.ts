import { Clock, Effect, Layer } from "effect"
import { type CapUse, exceededCap } from "./exceededCap.ts"
import {
  type Capped,
  capWindowMs,
  type Intent,
  type IntentExposure,
  IntentLedger,
  type NewIntent,
  type SendPermit
} from "./IntentLedger.ts"

/** The ledger of one process, for tests and replays: the same answers as PostgreSQL, gone with the process. */
export const layerMemoryIntentLedger = Layer.sync(IntentLedger, () => {
  const intents = new Map<string, Intent>()
  const exposures = new Map<string, IntentExposure>()
  const ofAccount = (intent: NewIntent) =>
    [...intents.values()].filter((other) => other.accountId === intent.accountId && other.intentId !== intent.intentId)
  const verdict = (intent: Intent): Extract<SendPermit, { readonly intent: Intent }> =>
    isFinal(intent) ? { _tag: "Settled", intent } : { _tag: "Unsettled", intent }

  const standsInTheWay = (intent: NewIntent): SendPermit | undefined => {
    const unfinished = ofAccount(intent).find((other) => isUnfinished(other) && lockOf(other) === lockOf(intent))
    if (unfinished !== undefined) {
      const reason = unfinished.state === "sent" ? "sent_intent" : "unknown_intent"
      return { _tag: "Blocked", reason, by: unfinished.intentId }
    }
    if (intent.positionRevision === 0) return undefined
    const applied = ofAccount(intent).find(
      (other) =>
        other.positionId === intent.positionId &&
        other.state === "succeeded" &&
        other.positionRevision >= intent.positionRevision
    )
    return applied === undefined ? undefined : { _tag: "Blocked", reason: "revision_superseded", by: applied.intentId }
  }

  const exceeds = (intent: NewIntent, signedAtMs: number): Capped | undefined => {
    if (intent.exposure === undefined) return undefined
    const use: CapUse = { quantityUsd: 0, orders: 0, marginSats: 0 }
    for (const other of ofAccount(intent)) {
      const exposure = exposures.get(other.intentId)
      const counts = isUnfinished(other) || other.state === "succeeded"
      if (exposure === undefined || !counts || (other.signedAtMs ?? 0) <= signedAtMs - capWindowMs) continue
      use.quantityUsd += exposure.quantityUsd
      use.orders += exposure.quantityUsd > 0 ? 1 : 0
      use.marginSats += exposure.marginSats
    }
    return exceededCap(intent.exposure, use)
  }

  const grant = (given: NewIntent, before: Intent | undefined, signedAtMs: number, owner: string): SendPermit => {
    const { exposure, ...intent } = given
    const fence = (before?.fence ?? 0) + 1
    if (exposure !== undefined) exposures.set(intent.intentId, exposure)
    intents.set(intent.intentId, {
      ...intent,
      state: "sent",
      fence,
      owner,
      signedAtMs,
      sends: (before?.sends ?? 0) + 1,
      reason: before?.reason,
      effectId: before?.effectId,
      outcome: before?.outcome,
      operator: before?.operator
    })
    return { _tag: "Granted", fence }
  }

  return IntentLedger.of({
    send: (intent, signedAtMs, owner) =>
      Effect.sync(() => {
        const before = intents.get(intent.intentId)
        if (before !== undefined && !isOpen(before)) return verdict(before)
        return exceeds(intent, signedAtMs) ?? standsInTheWay(intent) ?? grant(intent, before, signedAtMs, owner)
      }),
    exceeds: (intent, signedAtMs) =>
      Effect.sync(() => (isOpen(intents.get(intent.intentId)) ? exceeds(intent, signedAtMs) : undefined)),
    resend: (intentId, fence, signedAtMs, owner) =>
      Effect.sync((): SendPermit => {
        const before = intents.get(intentId)
        if (before === undefined) return { _tag: "Blocked", reason: "unknown_id", by: intentId }
        if (before.fence !== fence || !isUnfinished(before) || before.operator !== undefined) return verdict(before)
        return grant(before, before, signedAtMs, owner)
      }),
    refuse: ({ exposure: _, ...intent }, owner, { outcome, reason }) =>
      Effect.sync(() => {
        const before = intents.get(intent.intentId)
        if (before !== undefined && !isOpen(before)) return verdict(before)
        const { fence = 1, sends = 0, signedAtMs } = before ?? {}
        const refused: Intent = {
          ...intent,
          ...{ state: "refused", fence, sends, signedAtMs, owner, reason, outcome },
          effectId: undefined,
          operator: undefined
        }
        intents.set(intent.intentId, refused)
        return verdict(refused)
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
          outcome: result.outcome ?? undefined
        })
        return true
      }),
    find: (intentId) => Effect.sync(() => intents.get(intentId)),
    unfinished: (limit) =>
      Effect.sync(() => {
        const found = [...intents.values()].filter(isUnfinished)
        const byHand = (intent: Intent) => (intent.operator === undefined ? 1 : 0)
        return found.sort((one, other) => byHand(one) - byHand(other)).slice(0, limit)
      }),
    knownEffects: (accountId, intentId, effectIds) =>
      Effect.sync(() => {
        const others = [...intents.values()].filter(
          (other) => other.accountId === accountId && other.intentId !== intentId && other.state === "succeeded"
        )
        return effectIds.filter((effectId) => others.some((other) => other.effectId === effectId))
      }),
    lastUncertainClose: (accountId, lock) =>
      Effect.sync(() => {
        const signed = [...intents.values()]
          .filter((one) => one.accountId === accountId && one.lock === lock && one.action === "close_position")
          .filter(({ sends, state }) => sends > 1 || (sends === 1 && state === "refused"))
          .map(({ signedAtMs }) => signedAtMs ?? 0)
        return signed.length === 0 ? undefined : Math.max(...signed)
      }),
    settleByOperator: (intentId, given, actor, remark = {}) =>
      Effect.map(Clock.currentTimeMillis, (atMs) => {
        const before = intents.get(intentId)
        if (before === undefined) return { _tag: "Missing" } as const
        if (before.state !== "unknown") return { _tag: "NotUnknown", state: before.state } as const
        if (before.operator === undefined)
          intents.set(intentId, {
            ...before,
            operator: { verdict: given, actor, atMs, ...remark }
          })
        return { _tag: "Recorded" } as const
      })
  })
})

/** Never sent, or surely not applied. */
const isOpen = (intent: Intent | undefined): boolean =>
  intent === undefined || intent.state === "not_applied" || intent.state === "planned"
const isFinal = (intent: Intent): boolean => intent.state === "succeeded" || intent.state === "refused"
const isUnfinished = (intent: Intent): boolean => intent.state === "sent" || intent.state === "unknown"
const lockOf = (intent: Pick<NewIntent, "lock" | "positionId">): string => intent.lock ?? intent.positionId
