import type { TradeOutcome } from "@millrace/contracts"
import type { AccountSession, ExchangeError, SignedOrder } from "@millrace/exchange"
import type { StoreError } from "@millrace/store"
import { Effect } from "effect"
import type { CommandContext } from "./CommandContext.ts"
import type { OutcomeReason } from "./OutcomeReason.ts"

/** What an applied order changed, as the outcome tells it. */
export type AppliedEffect = Pick<
  TradeOutcome,
  "effectId" | "after" | "pnlSats" | "addedMarginSats" | "reducedQuantityUsd"
>

/** What a look at the exchange proves about an order whose reply was lost. */
export type Judgement =
  | { readonly _tag: "Applied"; readonly effect: AppliedEffect }
  /** It was not applied and never will be. */
  | { readonly _tag: "Void"; readonly reason: OutcomeReason }
  /** Not applied so far; a copy of the request may still be on its way. */
  | { readonly _tag: "NotYet" }
  /** What is seen proves neither. */
  | { readonly _tag: "Ambiguous" }

/** What is known of the command from before its effect; market times on the exchange's side as on the command's. */
export type OrderFacts = Pick<CommandContext, "before" | "marginBeforeSats"> & { readonly marketTimeMs: number }

/**
 * All that the executor must know of one kind of order: how it is signed, how a lost reply is judged by what the exchange
 * shows afterwards, what the outcome tells, and whether it may be sent again as soon as it is seen not to be applied.
 */
export interface OrderDefinition<Order, Reply, Seen> {
  /** A late copy of the request changes nothing more; others wait until the exchange would refuse it. */
  readonly repeatable: boolean
  readonly sign: (session: AccountSession, order: Order) => Effect.Effect<SignedOrder<Reply>, ExchangeError>
  /** What an answered order changed. */
  readonly applied: (order: Order, reply: Reply) => AppliedEffect
  readonly look: (session: AccountSession, order: Order, facts: OrderFacts) => Effect.Effect<Seen, ExchangeError>
  /** Effects that could be this order's; those recorded of other intents are taken out before it is judged. */
  readonly candidates?: (order: Order, seen: Seen, facts: OrderFacts) => ReadonlyArray<string>
  /** Pure. `known`: candidates that are other intents' effects. */
  readonly judge: (order: Order, seen: Seen, facts: OrderFacts, known: ReadonlyArray<string>) => Judgement
  /** Why the exchange refused it, where the position's present state says so. */
  readonly end: (seen: Seen) => OutcomeReason | undefined
}

/** An order of any kind, ready to be signed and read back. */
export interface OrderAction {
  readonly repeatable: boolean
  readonly sign: (session: AccountSession) => Effect.Effect<SignedOrder<AppliedEffect>, ExchangeError>
  readonly readBack: (
    session: AccountSession,
    facts: OrderFacts,
    knownEffects: (effectIds: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<string>, StoreError>
  ) => Effect.Effect<ReadBack, ExchangeError | StoreError>
}

export interface ReadBack {
  readonly judgement: Judgement
  readonly end: OutcomeReason | undefined
}

/** Joins an order with its definition. */
export const actionOf = <Order, Reply, Seen>(
  definition: OrderDefinition<Order, Reply, Seen>,
  order: Order
): OrderAction => ({
  repeatable: definition.repeatable,
  sign: (session) =>
    Effect.map(definition.sign(session, order), ({ operation, send, signedAtMs }) => ({
      operation,
      signedAtMs,
      send: Effect.map(send, (reply) => definition.applied(order, reply))
    })),
  readBack: Effect.fnUntraced(function* (session, facts, knownEffects) {
    const seen = yield* definition.look(session, order, facts)
    const candidates = definition.candidates?.(order, seen, facts) ?? []
    const known = candidates.length === 0 ? [] : yield* knownEffects(candidates)
    return { judgement: definition.judge(order, seen, facts, known), end: definition.end(seen) }
  })
})
