/** Accounts: opening, balance, what is locked, and the fee tier that follows from the traded volume. */
import { HashMap } from "effect"
import {
  type Account,
  badRequest,
  done,
  findAccount,
  type MarketState,
  type Outcome,
  putAccount,
  type Trade,
  uuidOf
} from "./MarketState.ts"
import { emptyWallet, reservedOf } from "./Wallet.ts"

const DAY_MS = 86_400_000

export const openAccount = (
  state: MarketState,
  input: { readonly id: string; readonly name: string; readonly balance: number }
): Outcome<Account> => {
  if (findAccount(state, input.id)) return badRequest(`Account "${input.id}" exists already; choose another id`)
  if (!Number.isSafeInteger(input.balance) || input.balance < 0)
    return badRequest(`Account "${input.id}": balance is ${input.balance}, expected whole satoshis of 0 or more`)
  const account: Account = {
    id: input.id,
    uid: uuidOf(`${state.settings.seed}/account/${input.id}`),
    name: input.name,
    balance: input.balance,
    volume: [],
    liveTrades: [],
    endedTrades: [],
    cross: {
      id: uuidOf(`${state.settings.seed}/cross/${input.id}`),
      quantity: 0,
      leverage: 1,
      margin: 0,
      entryPrice: null,
      realisedPl: 0,
      fundingFees: 0,
      tradingFees: 0,
      updatedAtMs: state.timeMs
    },
    crossOrders: [],
    crossDone: [],
    transfers: [],
    fundingFees: [],
    wallet: emptyWallet
  }
  const house = { ...state.house, deposits: state.house.deposits + input.balance }
  return done({ ...putAccount(state, account), house }, [], account)
}

/** Pays sats in from outside. */
export const depositBalance = (state: MarketState, accountId: string, amount: number): MarketState => {
  const account = findAccount(state, accountId)
  if (!account) return state
  const house = { ...state.house, deposits: state.house.deposits + amount }
  return { ...putAccount(state, { ...account, balance: account.balance + amount }), house }
}

/** What a live isolated trade holds of its account's money. */
export const lockedBy = (trade: Trade): number => trade.margin + trade.maintenanceMargin

/**
 * Satoshis that were paid in, less all that can be accounted for: 0 in every state.
 *
 * Paid in − paid out + P&L paid − fees − funding − swapped = balances + locked in trades + cross margins + withdrawals under way.
 */
export const imbalance = (state: MarketState): number => {
  let held = 0
  for (const { balance, cross, wallet } of HashMap.values(state.accounts))
    held += balance + cross.margin + reservedOf(wallet)
  for (const trade of HashMap.values(state.live)) held += lockedBy(trade)
  const { deposits, withdrawn, plPaid, fees, funding, swapped } = state.house
  return deposits - withdrawn + plPaid - fees - funding - swapped - held
}

/** Synthetic cents that were issued, less those in accounts: 0 in every state. */
export const usdImbalance = (state: MarketState): number =>
  HashMap.reduce(state.accounts, state.house.usdCentsIssued, (left, { wallet }) => left - wallet.usdCents)

const volume30Days = (account: Account, nowMs: number): number => {
  const first = Math.floor(nowMs / DAY_MS) - 29
  return account.volume.reduce((sum, entry) => (entry.day >= first ? sum + entry.usd : sum), 0)
}

/** Tier from 0, by the volume of the last 30 days. */
export const feeTier = (state: MarketState, account: Account): number => {
  const usd = volume30Days(account, state.timeMs)
  const tier = state.settings.feeTiers.findLastIndex((each, i) => i === 0 || usd > each.aboveUsd)
  return Math.max(tier, 0)
}

export const feeRate = (state: MarketState, account: Account): number =>
  state.settings.feeTiers[feeTier(state, account)]?.rate ?? 0

export const withVolume = (account: Account, nowMs: number, usd: number): Account => {
  const day = Math.floor(nowMs / DAY_MS)
  const last = account.volume.at(-1)
  const volume =
    last?.day === day
      ? [...account.volume.slice(0, -1), { day, usd: last.usd + usd }]
      : [...account.volume.filter((entry) => entry.day > day - 30), { day, usd }]
  return { ...account, volume }
}
