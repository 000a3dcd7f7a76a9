/** Deposits, withdrawals, swaps and notifications as the bodies of REST v3. */
import { type Account, findAccount, type MarketState } from "./MarketState.ts"
import { iso, isoOrNull } from "./RestBodies.ts"
import type {
  BitcoinAddress,
  InternalTransfer,
  LightningDeposit,
  LightningWithdrawal,
  Notification,
  OnChainDeposit,
  OnChainWithdrawal,
  Swap
} from "./Wallet.ts"

export const lightningDepositBody = (deposit: LightningDeposit) => ({
  id: deposit.id,
  createdAt: iso(deposit.createdAtMs),
  amount: deposit.amount,
  paymentHash: deposit.paymentHash,
  settledAt: isoOrNull(deposit.settledAtMs),
  comment: deposit.comment
})

export const onChainDepositBody = (deposit: OnChainDeposit) => ({
  id: deposit.id,
  createdAt: iso(deposit.createdAtMs),
  amount: deposit.amount,
  txId: deposit.txId,
  status: deposit.status,
  blockHeight: deposit.blockHeight,
  confirmations: deposit.confirmations
})

export const lightningWithdrawalBody = (withdrawal: LightningWithdrawal) => ({
  id: withdrawal.id,
  createdAt: iso(withdrawal.createdAtMs),
  amount: withdrawal.amount,
  fee: withdrawal.fee,
  destination: withdrawal.destination,
  paymentHash: withdrawal.paymentHash,
  status: withdrawal.status
})

export const onChainWithdrawalBody = (withdrawal: OnChainWithdrawal) => ({
  id: withdrawal.id,
  createdAt: iso(withdrawal.createdAtMs),
  address: withdrawal.address,
  amount: withdrawal.amount,
  fee: withdrawal.fee,
  status: withdrawal.status,
  txId: withdrawal.txId
})

/** Answer to a new on-chain withdrawal: pending, with its times and owner. */
export const newOnChainWithdrawalBody = (account: Account, withdrawal: OnChainWithdrawal) => ({
  ...onChainWithdrawalBody(withdrawal),
  uid: account.uid,
  updatedAt: iso(withdrawal.updatedAtMs)
})

const nameOf = (state: MarketState, accountId: string): string => findAccount(state, accountId)?.name ?? accountId

export const internalDepositBody = (state: MarketState, transfer: InternalTransfer) => ({
  id: transfer.id,
  createdAt: iso(transfer.createdAtMs),
  amount: transfer.amount,
  fromUsername: nameOf(state, transfer.fromAccountId),
  success: true
})

export const internalWithdrawalBody = (state: MarketState, transfer: InternalTransfer) => ({
  id: transfer.id,
  createdAt: iso(transfer.createdAtMs),
  amount: transfer.amount,
  toUsername: nameOf(state, transfer.toAccountId),
  success: true
})

export const newTransferBody = (state: MarketState, transfer: InternalTransfer) => ({
  id: transfer.id,
  createdAt: iso(transfer.createdAtMs),
  amount: transfer.amount,
  fromUid: findAccount(state, transfer.fromAccountId)?.uid,
  toUid: findAccount(state, transfer.toAccountId)?.uid
})

export const addressBody = (address: BitcoinAddress) => ({
  address: address.address,
  createdAt: iso(address.createdAtMs)
})

export const swapBody = (each: Swap) => ({
  id: each.id,
  createdAt: iso(each.createdAtMs),
  inAmount: each.inAmount,
  inAsset: each.inAsset,
  outAmount: each.outAmount,
  outAsset: each.outAsset
})

export const notificationBody = (each: Notification) => ({
  id: each.id,
  createdAt: iso(each.createdAtMs),
  event: each.event,
  data: each.data
})
