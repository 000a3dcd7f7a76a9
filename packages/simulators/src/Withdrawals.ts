/** Sats that go out: over Lightning to an invoice, on chain to an address. What is asked for is reserved at once. */
import { createHash } from "node:crypto"
import { Result } from "effect"
import { decodeBech32 } from "./Bech32.ts"
import { isSats, settleDeposit } from "./Deposits.ts"
import { readInvoice } from "./Invoice.ts"
import {
  type Account,
  badRequest,
  done,
  findAccount,
  type MarketState,
  nextId,
  notFound,
  type Outcome,
  putAccount
} from "./MarketState.ts"
import {
  findEntry,
  type LightningWithdrawal,
  notified,
  type OnChainWithdrawal,
  replaced,
  type Wallet,
  walletEvent,
  withWallet
} from "./Wallet.ts"

/** Most that routing may cost: a share of the amount, at least these sats. */
const MAX_FEE_RATE = 0.005
const MIN_MAX_FEES = 10
/** What routing and a transaction cost here. */
const ROUTING_FEE_RATE = 0.001
const ON_CHAIN_FEE_SATS = 500

/** Takes an invoice; paid at once, or by `finishLightning` where the market's withdrawals wait. */
export const withdrawLightning = (
  state: MarketState,
  accountId: string,
  text: string
): Outcome<LightningWithdrawal> => {
  const account = findAccount(state, accountId)
  if (!account) return notFound(`Account ${accountId} not found`)
  const invoice = readInvoice(text)
  if (!invoice) return badRequest("Send a correct BOLT 11 invoice")
  const { amountSats: amount, paymentHash, destination } = invoice
  const isKnown = account.wallet.lightningWithdrawals.some(
    (each) => each.paymentHash === paymentHash && each.status !== "failed"
  )
  if (isKnown) return badRequest("The invoice is paid already")
  const maxFees = Math.max(MIN_MAX_FEES, Math.ceil(amount * MAX_FEE_RATE))
  if (account.balance < amount + maxFees)
    return badRequest(`Insufficient balance: ${account.balance} sats, asked for ${amount} and up to ${maxFees} of fees`)
  const [id, next] = nextId(state, "withdrawal")
  const withdrawal: LightningWithdrawal = {
    network: "lightning",
    id,
    amount,
    maxFees,
    reserved: amount + maxFees,
    fee: 0,
    destination,
    paymentHash,
    status: "processing",
    createdAtMs: state.timeMs
  }
  const asked = reserve(next, account, withdrawal, {
    lightningWithdrawals: [...account.wallet.lightningWithdrawals, withdrawal]
  })
  if (state.settings.withdrawalsWait) return done(asked, [walletEvent("withdrawal", accountId, withdrawal)], withdrawal)
  return finishLightning(asked, id, "processed")
}

const reserve = (
  state: MarketState,
  account: Account,
  withdrawal: { readonly reserved: number },
  wallet: Partial<Wallet>
): MarketState => putAccount(state, { ...withWallet(account, wallet), balance: account.balance - withdrawal.reserved })

/** Ends a Lightning withdrawal. An invoice of a deposit of the exchange settles that deposit, free of routing. */
export const finishLightning = (
  state: MarketState,
  id: string,
  status: "processed" | "failed"
): Outcome<LightningWithdrawal> => {
  const found = findEntry(
    state,
    (wallet) => wallet.lightningWithdrawals,
    (each) => each.id === id
  )
  if (!found) return notFound("Withdrawal not found")
  const { account, entry } = found
  if (entry.status !== "processing") return badRequest(`Withdrawal ${id} is ${entry.status} already`)
  const own = status === "processed" ? settleDeposit(state, entry.paymentHash) : notFound("not paid")
  const isOwn = Result.isSuccess(own)
  if (!isOwn && own.failure.status === 400) return finishLightning(state, id, "failed")
  const fee = status === "failed" || isOwn ? 0 : Math.min(entry.maxFees, Math.floor(entry.amount * ROUTING_FEE_RATE))
  const withdrawal: LightningWithdrawal = { ...entry, status, fee, reserved: 0 }
  const paid = isOwn ? own.success.state : state
  const holder = isOwn ? findAccount(paid, account.id)! : account
  const sent = status === "failed" ? 0 : entry.amount + fee
  const lightningWithdrawals = replaced(holder.wallet.lightningWithdrawals, withdrawal)
  const next = settled(paid, withWallet(holder, { lightningWithdrawals }), withdrawal, entry.reserved - sent, sent)
  const events = isOwn ? own.success.events : []
  return done(next, [...events, walletEvent("withdrawal", account.id, withdrawal)], withdrawal)
}

const settled = (
  state: MarketState,
  account: Account,
  { id, amount, network, status }: LightningWithdrawal | OnChainWithdrawal,
  back: number,
  sent: number
): MarketState => {
  const told = notified(account, "withdrawal", id, { amount, network, status }, state.timeMs)
  const house = { ...state.house, withdrawn: state.house.withdrawn + sent }
  return { ...putAccount(state, { ...told, balance: told.balance + back }), house }
}

/** True for a SegWit address with a right checksum, or the form of an older address. */
const isAddress = (text: string): boolean => {
  if (/^[13mn2][1-9A-HJ-NP-Za-km-z]{25,34}$/u.test(text)) return true
  const decoded = decodeBech32(text)
  if (!decoded || !["bc", "tb", "bcrt"].includes(decoded.prefix)) return false
  return decoded.variant === (decoded.words[0] === 0 ? "bech32" : "bech32m")
}

/** Asks for a payment on chain; it is pending until `finishOnChain`. */
export const withdrawOnChain = (
  state: MarketState,
  accountId: string,
  address: string,
  amount: number
): Outcome<OnChainWithdrawal> => {
  const account = findAccount(state, accountId)
  if (!account) return notFound(`Account ${accountId} not found`)
  if (!isAddress(address)) return badRequest("Invalid address")
  if (!isSats(amount)) return badRequest(`Amount is ${amount}, expected whole satoshis`)
  const reserved = amount + ON_CHAIN_FEE_SATS
  if (account.balance < reserved)
    return badRequest(`Insufficient balance: ${account.balance} sats, asked for ${amount} and ${ON_CHAIN_FEE_SATS}`)
  const [id, next] = nextId(state, "withdrawal")
  const withdrawal: OnChainWithdrawal = {
    network: "bitcoin",
    id,
    address,
    amount,
    reserved,
    fee: null,
    status: "pending",
    txId: null,
    createdAtMs: state.timeMs,
    updatedAtMs: state.timeMs
  }
  const onChainWithdrawals = [...account.wallet.onChainWithdrawals, withdrawal]
  return done(
    reserve(next, account, withdrawal, { onChainWithdrawals }),
    [walletEvent("withdrawal", accountId, withdrawal)],
    withdrawal
  )
}

/** Moves an on-chain withdrawal on; canceled and rejected ones give back all of it. */
export const finishOnChain = (
  state: MarketState,
  id: string,
  status: Exclude<OnChainWithdrawal["status"], "pending">
): Outcome<OnChainWithdrawal> => {
  const found = findEntry(
    state,
    (wallet) => wallet.onChainWithdrawals,
    (each) => each.id === id
  )
  if (!found) return notFound("Withdrawal not found")
  const { account, entry } = found
  if (entry.status !== "pending" && entry.status !== "processing")
    return badRequest(`Withdrawal ${id} is ${entry.status} already`)
  const isPaid = status === "processed"
  const isOver = status !== "processing"
  const withdrawal: OnChainWithdrawal = {
    ...entry,
    status,
    reserved: isOver ? 0 : entry.reserved,
    fee: isPaid ? ON_CHAIN_FEE_SATS : null,
    txId: isPaid ? createHash("sha256").update(`${state.settings.seed}/transaction/${id}`).digest("hex") : null,
    updatedAtMs: state.timeMs
  }
  const kept = withWallet(account, { onChainWithdrawals: replaced(account.wallet.onChainWithdrawals, withdrawal) })
  const events = [walletEvent("withdrawal", account.id, withdrawal)]
  if (!isOver) return done(putAccount(state, kept), events, withdrawal)
  const sent = isPaid ? entry.reserved : 0
  return done(settled(state, kept, withdrawal, entry.reserved - sent, sent), events, withdrawal)
}
