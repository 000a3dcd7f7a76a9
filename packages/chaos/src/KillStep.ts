import { type TradeOutcome, tradeLog } from "@millrace/contracts"
import type { Outgoing, Publisher } from "@millrace/runtime"
import type { IntentLedger } from "@millrace/store"
import { Effect, Result, Schema } from "effect"

/**
 * A step of carrying an order out, at which an executor can be made to stand still: `send` writes the intent, `resend` takes
 * the fence of another send, `settle` records what is known of it, `publish` tells the outcome.
 */
export const KillStep = Schema.Struct({
  operation: Schema.Literals(["send", "resend", "settle", "publish"]),
  when: Schema.Literals(["before", "after"]),
  /** Which time it is taken for the same intent; the first by default. */
  nth: Schema.optionalKey(Schema.Int),
  /** Beginning of the ids of the commands that it is meant for. */
  commands: Schema.String
})
export type KillStep = typeof KillStep.Type

const KillStepText = Schema.fromJsonString(KillStep)
export const killStepText = Schema.encodeSync(KillStepText)
/** `undefined` for a text that is none. */
export const parseKillStep = (text: string): KillStep | undefined =>
  Result.getOrUndefined(Schema.decodeUnknownResult(KillStepText)(text))

/** Stands still at the step for good, after it was told; every other step passes. */
export const haltsAt = (step: KillStep | undefined, told: (intentId: string) => void) => {
  const taken = new Map<string, number>()
  const pass = (operation: KillStep["operation"], when: KillStep["when"], intentId: string) =>
    Effect.suspend(() => {
      if (step === undefined || step.operation !== operation || step.when !== when) return Effect.void
      if (!intentId.startsWith(step.commands)) return Effect.void
      const count = (taken.get(intentId) ?? 0) + 1
      taken.set(intentId, count)
      if (count !== (step.nth ?? 1)) return Effect.void
      told(intentId)
      return Effect.never
    })
  return <A, E, R>(operation: KillStep["operation"], intentId: string, self: Effect.Effect<A, E, R>) =>
    pass(operation, "before", intentId).pipe(
      Effect.andThen(self),
      Effect.tap(() => pass(operation, "after", intentId))
    )
}
type Halting = ReturnType<typeof haltsAt>

/** The ledger whose steps may stand still. */
export const haltingLedger = (ledger: IntentLedger["Service"], halting: Halting): IntentLedger["Service"] => ({
  ...ledger,
  send: (intent, signedAtMs, owner) => halting("send", intent.intentId, ledger.send(intent, signedAtMs, owner)),
  resend: (id, fence, signedAtMs, owner) => halting("resend", id, ledger.resend(id, fence, signedAtMs, owner)),
  settle: (id, fence, result) => halting("settle", id, ledger.settle(id, fence, result))
})

/** The publisher that may stand still around the outcome of a command. */
export const haltingPublisher = (publisher: Publisher["Service"], halting: Halting): Publisher["Service"] => ({
  ...publisher,
  publish: (records) => {
    const ended = records.map(outcomeIn).find((outcome) => outcome !== undefined && outcome.status !== "pending")
    const publish = publisher.publish(records)
    return ended === undefined ? publish : halting("publish", ended.commandId, publish)
  }
})

const outcomeIn = ({ contract, value }: Outgoing): TradeOutcome | undefined =>
  contract.name === tradeLog.name ? (value as TradeOutcome) : undefined
