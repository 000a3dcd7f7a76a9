/** Synthetic dollars: sats swapped against the exchange at the present price, and back. */

import { fillPrice } from "./IsolatedTrades.ts"
import {
  badRequest,
  done,
  findAccount,
  type MarketState,
  nextId,
  notFound,
  type Outcome,
  putAccount,
  unavailable
} from "./MarketState.ts"
import { SATS_PER_BTC } from "./Maths.ts"
import { type Asset, type Swap, withWallet } from "./Wallet.ts"

export interface SwapInput {
  /** Whole satoshis, or dollars with at most two decimals. */
  readonly inAmount: number
  readonly inAsset: Asset
  readonly outAsset: Asset
}

/** Swaps one asset into the other; what is less than a satoshi or a cent stays with the exchange. */
export const swap = (state: MarketState, accountId: string, input: SwapInput): Outcome<Swap> => {
  const account = findAccount(state, accountId)
  if (!account) return notFound(`Account ${accountId} not found`)
  if (state.price === undefined) return unavailable()
  if (input.inAsset === input.outAsset) return badRequest("inAsset and outAsset are the same")
  const isSelling = input.inAsset === "BTC"
  const paid = isSelling ? input.inAmount : Math.round(input.inAmount * 100)
  const isWhole = isSelling ? Number.isSafeInteger(paid) : Math.abs(input.inAmount * 100 - paid) < 1e-6
  if (!isWhole || paid <= 0) return badRequest(`inAmount is ${input.inAmount}, expected whole satoshis or cents`)
  const price = fillPrice(state, state.price, isSelling ? "sell" : "buy")
  const got = isSelling ? centsFor(paid, price) : satsFor(paid, price)
  if (got <= 0) return badRequest(`inAmount ${input.inAmount} is worth nothing`)
  const sats = isSelling ? -paid : got
  const cents = isSelling ? got : -paid
  if (account.balance + sats < 0) return badRequest(`Insufficient balance: ${account.balance} sats`)
  if (account.wallet.usdCents + cents < 0)
    return badRequest(`Insufficient synthetic balance: ${account.wallet.usdCents / 100} USD`)
  const [id, next] = nextId(state, "swap")
  const made: Swap = {
    id,
    inAmount: input.inAmount,
    inAsset: input.inAsset,
    outAmount: isSelling ? got / 100 : got,
    outAsset: input.outAsset,
    createdAtMs: state.timeMs
  }
  const changed = withWallet(
    { ...account, balance: account.balance + sats },
    { usdCents: account.wallet.usdCents + cents, swaps: [...account.wallet.swaps, made] }
  )
  const house = {
    ...state.house,
    swapped: state.house.swapped - sats,
    usdCentsIssued: state.house.usdCentsIssued + cents
  }
  return done({ ...putAccount(next, changed), house }, [], made)
}

const centsFor = (sats: number, price: number): number => Math.floor((sats * price * 100) / SATS_PER_BTC)
const satsFor = (cents: number, price: number): number => Math.floor((cents * SATS_PER_BTC) / (price * 100))
