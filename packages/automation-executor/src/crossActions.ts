import type { PositionAfter, Side } from "@millrace/contracts"
import type { AccountSession, ExchangeCrossOrder, ExchangeCrossPosition, ExchangeTransfer } from "@millrace/exchange"
import { Effect } from "effect"
import type { AppliedEffect, Judgement, OrderDefinition, OrderFacts } from "./OrderAction.ts"
import type { OutcomeReason } from "./OutcomeReason.ts"

interface SeenOrders {
  readonly position: ExchangeCrossPosition
  readonly orders: ReadonlyArray<ExchangeCrossOrder>
}

const lookAtOrders = (session: AccountSession, _: unknown, { marketTimeMs }: OrderFacts) =>
  Effect.gen(function* () {
    // Orders after the position: one that is filled in between is then among them.
    const position = yield* session.crossPosition
    return { position, orders: yield* session.crossOrders(marketTimeMs) }
  })

const isOurs =
  (side: Side | undefined, quantityUsd: number | undefined) =>
  (order: ExchangeCrossOrder): boolean =>
    order.type !== "liquidation" && order.side === side && order.quantityUsd === quantityUsd

/** Exactly one that is no other intent's: ours; none: not yet; several: nobody can tell which. */
const only = <A>(found: ReadonlyArray<A>, applied: (one: A) => AppliedEffect, none: Judgement): Judgement => {
  const one = found[0]
  if (one === undefined) return none
  return found.length === 1 ? { _tag: "Applied", effect: applied(one) } : { _tag: "Ambiguous" }
}

const endOfPosition = ({ position, orders }: SeenOrders): OutcomeReason | undefined => {
  if (position.quantityUsd > 0) return undefined
  return orders.some(({ type }) => type === "liquidation") ? "position_liquidated" : "position_closed"
}

const closingSide = (side: Side | undefined): Side | undefined => {
  if (side === undefined) return undefined
  return side === "buy" ? "sell" : "buy"
}

/** The order that was carried out last. */
const lastFilled = (orders: ReadonlyArray<ExchangeCrossOrder>): ExchangeCrossOrder | undefined =>
  orders
    .filter(({ filledAtMs }) => filledAtMs !== undefined)
    .reduce<ExchangeCrossOrder | undefined>(
      (last, one) => (last === undefined || one.filledAtMs! >= last.filledAtMs! ? one : last),
      undefined
    )

/**
 * By the order that closed it: of the other side and the position's quantity, since the deciding tick. Where the quantity had
 * changed right before, the last order that was carried out, when it left no position.
 */
export const closeCross: OrderDefinition<unknown, ExchangeCrossOrder, SeenOrders> = {
  repeatable: true,
  sign: (session) => session.signCloseCross,
  applied: (_, order) => ({ effectId: order.orderId }),
  look: lookAtOrders,
  candidates: (_, { orders }, { before }) =>
    orders.filter(({ side }) => side === closingSide(before?.side)).map(({ orderId }) => orderId),
  judge: (order, seen, { before }, known) => {
    const side = closingSide(before?.side)
    const isFree = ({ orderId }: ExchangeCrossOrder) => !known.includes(orderId)
    const found = seen.orders.filter(isOurs(side, before?.quantityUsd)).filter(isFree)
    const end = endOfPosition(seen)
    if (found.length === 0 && end === "position_closed") {
      const last = lastFilled(seen.orders)
      if (last !== undefined && isFree(last) && isOurs(side, last.quantityUsd)(last)) {
        return { _tag: "Applied", effect: closeCross.applied(order, last) }
      }
    }
    const none: Judgement = end === undefined ? { _tag: "NotYet" } : { _tag: "Void", reason: end }
    return only(found, (one) => closeCross.applied(order, one), none)
  },
  end: endOfPosition
}

export interface CrossOrder {
  readonly side: Side
  readonly quantityUsd: number
  readonly orderType: "market" | "limit"
  readonly priceUsd: number | undefined
  /** It takes off an exposure. */
  readonly reduces: boolean
}

/** By the orders since the deciding tick with the same side and quantity. */
export const crossOrder: OrderDefinition<CrossOrder, ExchangeCrossOrder, SeenOrders> = {
  repeatable: false,
  sign: (session, { orderType, priceUsd, quantityUsd, side }) =>
    session.signCrossOrder({ orderType, priceUsd, quantityUsd, side }),
  applied: ({ reduces }, order) => ({
    effectId: order.orderId,
    ...(reduces ? { reducedQuantityUsd: order.quantityUsd } : {})
  }),
  look: lookAtOrders,
  candidates: ({ quantityUsd, side }, { orders }) =>
    orders.filter(isOurs(side, quantityUsd)).map(({ orderId }) => orderId),
  judge: (order, { orders }, _, known) => {
    const ours = isOurs(order.side, order.quantityUsd)
    const found = orders.filter((one) => ours(one) && !known.includes(one.orderId))
    return only(found, (one) => crossOrder.applied(order, one), { _tag: "NotYet" })
  },
  end: () => undefined
}

interface SeenTransfers {
  readonly position: ExchangeCrossPosition
  readonly transfers: ReadonlyArray<ExchangeTransfer>
}

/** By the transfers into the margin since the deciding tick with the same amount. */
export const crossDeposit: OrderDefinition<{ readonly amountSats: number }, ExchangeCrossPosition, SeenTransfers> = {
  repeatable: false,
  sign: (session, { amountSats }) => session.signCrossDeposit(amountSats),
  applied: ({ amountSats }, position) => ({ ...shownPosition(position), addedMarginSats: amountSats }),
  look: (session, _, { marketTimeMs }) =>
    Effect.gen(function* () {
      // The position after the transfers, so that an applied one is in its margin.
      const transfers = yield* session.crossTransfers(marketTimeMs)
      return { position: yield* session.crossPosition, transfers }
    }),
  candidates: (order, { transfers }) =>
    transfers.filter(({ amountSats }) => amountSats === order.amountSats).map(({ transferId }) => transferId),
  judge: (order, { position, transfers }, _, known) =>
    only(
      transfers.filter(({ amountSats, transferId }) => amountSats === order.amountSats && !known.includes(transferId)),
      ({ transferId }) => ({ ...crossDeposit.applied(order, position), effectId: transferId }),
      { _tag: "NotYet" }
    ),
  end: ({ position }) => (position.quantityUsd > 0 ? undefined : "position_closed")
}

/** The same for an entry, which needs no position; its own outcome shows none. */
export const payEntryMargin: typeof crossDeposit = {
  ...crossDeposit,
  applied: ({ amountSats }) => ({ addedMarginSats: amountSats }),
  judge: (order, seen, facts, known) => {
    const judgement = crossDeposit.judge(order, seen, facts, known)
    if (judgement._tag !== "Applied") return judgement
    const { addedMarginSats, effectId } = judgement.effect
    return {
      _tag: "Applied",
      effect: { ...(effectId === undefined ? {} : { effectId }), addedMarginSats: addedMarginSats! }
    }
  },
  end: () => undefined
}

/** By its value, as of an account without a position it changes nothing else. */
export const setCrossLeverage: OrderDefinition<
  { readonly leverage: number },
  ExchangeCrossPosition,
  ExchangeCrossPosition
> = {
  repeatable: true,
  sign: (session, { leverage }) => session.signSetCrossLeverage(leverage),
  applied: (_, position) => ({ effectId: position.exchangeId }),
  look: (session) => session.crossPosition,
  judge: (order, position) =>
    position.leverage === order.leverage
      ? { _tag: "Applied", effect: setCrossLeverage.applied(order, position) }
      : { _tag: "NotYet" },
  end: () => undefined
}

/** Figures of an open position only; without one there is no entry or liquidation price to tell. */
const shownPosition = (position: ExchangeCrossPosition): AppliedEffect => {
  const { entryPriceUsd, liquidationPriceUsd } = position
  if (entryPriceUsd === undefined || liquidationPriceUsd === undefined) return {}
  const after: PositionAfter = {
    open: position.quantityUsd > 0,
    marginSats: position.marginSats,
    maintenanceMarginSats: position.maintenanceMarginSats,
    leverage: position.leverage,
    entryPriceUsd,
    liquidationPriceUsd,
    ...(position.quantityUsd > 0 ? { quantityUsd: position.quantityUsd } : {})
  }
  return { after }
}
