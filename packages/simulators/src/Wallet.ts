/** What an account holds beside its trades: deposits, withdrawals, addresses, synthetic dollars, notifications. */
import { HashMap } from "effect"
import type { Account, AccountEvent, MarketState } from "./MarketState.ts"
import { putAccount } from "./MarketState.ts"

export interface LightningDeposit {
  readonly network: "lightning"
  readonly id: string
  readonly amount: number
  readonly comment: string | null
  readonly paymentHash: string
  readonly paymentRequest: string
  readonly createdAtMs: number
  readonly settledAtMs: number | null
}

export interface OnChainDeposit {
  readonly network: "bitcoin"
  readonly id: string
  readonly amount: number
  readonly address: string
  readonly txId: string
  readonly status: "MEMPOOL" | "CONFIRMED" | "IRREVERSIBLE"
  readonly blockHeight: number | null
  readonly confirmations: number
  readonly createdAtMs: number
  readonly confirmedAtMs: number | null
}

/** `reserved`: satoshis that left the balance and are neither paid nor given back yet. */
export interface LightningWithdrawal {
  readonly network: "lightning"
  readonly id: string
  readonly amount: number
  readonly maxFees: number
  readonly reserved: number
  readonly fee: number
  readonly destination: string | null
  readonly paymentHash: string
  readonly status: "processing" | "processed" | "failed"
  readonly createdAtMs: number
}

export interface OnChainWithdrawal {
  readonly network: "bitcoin"
  readonly id: string
  readonly address: string
  readonly amount: number
  readonly reserved: number
  readonly fee: number | null
  readonly status: "pending" | "processing" | "processed" | "canceled" | "rejected"
  readonly txId: string | null
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** Satoshis from one account of the exchange to another; both keep it. */
export interface InternalTransfer {
  readonly id: string
  readonly amount: number
  readonly fromAccountId: string
  readonly toAccountId: string
  readonly createdAtMs: number
}

export type Asset = "BTC" | "USD"

/** Amounts in satoshis, or in dollars with cents. */
export interface Swap {
  readonly id: string
  readonly inAmount: number
  readonly inAsset: Asset
  readonly outAmount: number
  readonly outAsset: Asset
  readonly createdAtMs: number
}

export interface Notification {
  readonly id: string
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
  readonly createdAtMs: number
  readonly isRead: boolean
}

export interface BitcoinAddress {
  readonly address: string
  readonly createdAtMs: number
  readonly isUsed: boolean
}

/** What users set about themselves; only API v2 shows and changes it. */
export interface Profile {
  readonly showLeaderboard: boolean
  readonly usesTaproot: boolean
  readonly autoWithdrawEnabled: boolean
  readonly autoWithdrawAddress: string | null
  readonly nostrPubkey: string | null
}

export interface Wallet {
  readonly usdCents: number
  readonly lightningDeposits: ReadonlyArray<LightningDeposit>
  readonly onChainDeposits: ReadonlyArray<OnChainDeposit>
  readonly lightningWithdrawals: ReadonlyArray<LightningWithdrawal>
  readonly onChainWithdrawals: ReadonlyArray<OnChainWithdrawal>
  readonly transfers: ReadonlyArray<InternalTransfer>
  readonly swaps: ReadonlyArray<Swap>
  readonly notifications: ReadonlyArray<Notification>
  readonly addresses: ReadonlyArray<BitcoinAddress>
  readonly profile: Profile
}

export const emptyWallet: Wallet = {
  usdCents: 0,
  lightningDeposits: [],
  onChainDeposits: [],
  lightningWithdrawals: [],
  onChainWithdrawals: [],
  transfers: [],
  swaps: [],
  notifications: [],
  addresses: [],
  profile: {
    showLeaderboard: true,
    usesTaproot: true,
    autoWithdrawEnabled: false,
    autoWithdrawAddress: null,
    nostrPubkey: null
  }
}

/** Satoshis of withdrawals under way. */
export const reservedOf = ({ lightningWithdrawals, onChainWithdrawals }: Wallet): number =>
  [...lightningWithdrawals, ...onChainWithdrawals].reduce((sum, each) => sum + each.reserved, 0)

export const withWallet = (account: Account, change: Partial<Wallet>): Account => ({
  ...account,
  wallet: { ...account.wallet, ...change }
})

export const putWallet = (state: MarketState, account: Account, change: Partial<Wallet>): MarketState =>
  putAccount(state, withWallet(account, change))

/** The list with the entry of this id put in its place. */
export const replaced = <A extends { readonly id: string }>(list: ReadonlyArray<A>, entry: A): ReadonlyArray<A> =>
  list.map((each) => (each.id === entry.id ? entry : each))

/** The account and entry for which the predicate holds, of all accounts. */
export const findEntry = <A>(
  state: MarketState,
  list: (wallet: Wallet) => ReadonlyArray<A>,
  isWanted: (entry: A) => boolean
): { readonly account: Account; readonly entry: A } | undefined => {
  for (const account of HashMap.values(state.accounts)) {
    const entry = list(account.wallet).find(isWanted)
    if (entry !== undefined) return { account, entry }
  }
  return undefined
}

/** The account with a notice to its user; `id` is that of what it is about. */
export const notified = (
  account: Account,
  event: string,
  id: string,
  data: Readonly<Record<string, unknown>>,
  createdAtMs: number
): Account =>
  withWallet(account, {
    notifications: [
      ...account.wallet.notifications,
      { id: `${event}/${id}`, event, data: { id, ...data }, createdAtMs, isRead: false }
    ]
  })

export const markNotificationsRead = (account: Account): Account =>
  withWallet(account, { notifications: account.wallet.notifications.map((each) => ({ ...each, isRead: true })) })

/** The stream's word of a deposit or withdrawal that changed. */
export const walletEvent = (
  topic: "deposit" | "withdrawal",
  accountId: string,
  entry: LightningDeposit | OnChainDeposit | LightningWithdrawal | OnChainWithdrawal
): AccountEvent => ({ _tag: "Wallet", topic, accountId, entry })
