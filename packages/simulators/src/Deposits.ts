/** Sats that come in: over Lightning by an invoice, on chain to an address, from another account. */
import { createHash } from "node:crypto"
import { HashMap } from "effect"
import { encodeBech32, toWords } from "./Bech32.ts"
import { writeInvoice } from "./Invoice.ts"
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
  type BitcoinAddress,
  findEntry,
  type InternalTransfer,
  type LightningDeposit,
  notified,
  type OnChainDeposit,
  putWallet,
  replaced,
  walletEvent,
  withWallet
} from "./Wallet.ts"

export const MAX_UNUSED_ADDRESSES = 5
const LONGEST_COMMENT = 200

export const isSats = (amount: number): boolean => Number.isSafeInteger(amount) && amount > 0

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest()

/** Makes an invoice; nothing is paid in before it is settled. */
export const requestDeposit = (
  state: MarketState,
  accountId: string,
  input: { readonly amount: number; readonly comment?: string | undefined }
): Outcome<LightningDeposit> => {
  const account = findAccount(state, accountId)
  if (!account) return notFound(`Account ${accountId} not found`)
  if (!isSats(input.amount)) return badRequest(`Amount is ${input.amount}, expected whole satoshis`)
  if ((input.comment?.length ?? 0) > LONGEST_COMMENT) return badRequest(`Comment is longer than ${LONGEST_COMMENT}`)
  const [id, next] = nextId(state, "deposit")
  const paymentHash = sha256(`${state.settings.seed}/payment/${id}`).toString("hex")
  const deposit: LightningDeposit = {
    network: "lightning",
    id,
    amount: input.amount,
    comment: input.comment ?? null,
    paymentHash,
    paymentRequest: writeInvoice({
      amountSats: input.amount,
      paymentHash,
      description: input.comment ?? "Deposit",
      timeMs: state.timeMs
    }),
    createdAtMs: state.timeMs,
    settledAtMs: null
  }
  return done(
    putWallet(next, account, { lightningDeposits: [...account.wallet.lightningDeposits, deposit] }),
    [],
    deposit
  )
}

/** Pays the invoice of a deposit: found by its id, payment hash or text. A second payment is refused. */
export const settleDeposit = (state: MarketState, which: string): Outcome<LightningDeposit> => {
  const found = findEntry(
    state,
    (wallet) => wallet.lightningDeposits,
    (each) => each.id === which || each.paymentHash === which || each.paymentRequest === which
  )
  if (!found) return notFound("Deposit not found")
  if (found.entry.settledAtMs !== null) return badRequest(`Deposit ${found.entry.id} is paid already`)
  const deposit = { ...found.entry, settledAtMs: state.timeMs }
  const { lightningDeposits } = found.account.wallet
  const kept = withWallet(found.account, { lightningDeposits: replaced(lightningDeposits, deposit) })
  return credited(state, kept, deposit)
}

const credited = <A extends LightningDeposit | OnChainDeposit>(
  state: MarketState,
  account: Account,
  deposit: A
): Outcome<A> => {
  const { id, amount, network } = deposit
  const paid = notified(account, "deposit", id, { amount, network }, state.timeMs)
  const house = { ...state.house, deposits: state.house.deposits + amount }
  const next = { ...putAccount(state, { ...paid, balance: paid.balance + amount }), house }
  return done(next, [walletEvent("deposit", account.id, deposit)], deposit)
}

/** Adds an address; refused while too many of the account are unused. */
export const addAddress = (
  state: MarketState,
  accountId: string,
  format: "p2tr" | "p2wpkh"
): Outcome<BitcoinAddress> => {
  const account = findAccount(state, accountId)
  if (!account) return notFound(`Account ${accountId} not found`)
  const { addresses } = account.wallet
  if (addresses.filter((each) => !each.isUsed).length >= MAX_UNUSED_ADDRESSES)
    return badRequest("You have too many unused addresses. Please use one of them.")
  const program = sha256(`${state.settings.seed}/address/${accountId}/${addresses.length}`)
  const text =
    format === "p2tr"
      ? encodeBech32({ prefix: "tb", words: [1, ...toWords(program)], variant: "bech32m" })
      : encodeBech32({ prefix: "tb", words: [0, ...toWords(program.subarray(0, 20))], variant: "bech32" })
  const address: BitcoinAddress = { address: text, createdAtMs: state.timeMs, isUsed: false }
  return done(putWallet(state, account, { addresses: [...addresses, address] }), [], address)
}

/** The newest unused address; a first one is added. */
export const currentAddress = (state: MarketState, accountId: string): Outcome<BitcoinAddress> => {
  const unused = findAccount(state, accountId)?.wallet.addresses.findLast((each) => !each.isUsed)
  return unused ? done(state, [], unused) : addAddress(state, accountId, "p2tr")
}

/** A payment to an address is seen; it counts once it is confirmed. */
export const receiveOnChain = (state: MarketState, address: string, amount: number): Outcome<OnChainDeposit> => {
  const found = findEntry(
    state,
    (wallet) => wallet.addresses,
    (each) => each.address === address
  )
  if (!found) return notFound("Address not found")
  if (!isSats(amount)) return badRequest(`Amount is ${amount}, expected whole satoshis`)
  const [id, next] = nextId(state, "deposit")
  const deposit: OnChainDeposit = {
    network: "bitcoin",
    id,
    amount,
    address,
    txId: sha256(`${state.settings.seed}/transaction/${id}`).toString("hex"),
    status: "MEMPOOL",
    blockHeight: null,
    confirmations: 0,
    createdAtMs: state.timeMs,
    confirmedAtMs: null
  }
  const { addresses, onChainDeposits } = found.account.wallet
  const used = addresses.map((each) => (each.address === address ? { ...each, isUsed: true } : each))
  const changed = putWallet(next, found.account, {
    addresses: used,
    onChainDeposits: [...onChainDeposits, deposit]
  })
  return done(changed, [walletEvent("deposit", found.account.id, deposit)], deposit)
}

/** Moves an on-chain deposit on: MEMPOOL, CONFIRMED (credited), IRREVERSIBLE. */
export const confirmOnChain = (state: MarketState, id: string): Outcome<OnChainDeposit> => {
  const found = findEntry(
    state,
    (wallet) => wallet.onChainDeposits,
    (each) => each.id === id
  )
  if (!found) return notFound("Deposit not found")
  const { account, entry } = found
  if (entry.status === "IRREVERSIBLE") return badRequest(`Deposit ${id} is irreversible already`)
  const isFirst = entry.status === "MEMPOOL"
  const deposit: OnChainDeposit = {
    ...entry,
    status: isFirst ? "CONFIRMED" : "IRREVERSIBLE",
    confirmations: isFirst ? 1 : 6,
    blockHeight: entry.blockHeight ?? 900_000,
    confirmedAtMs: entry.confirmedAtMs ?? state.timeMs
  }
  const kept = withWallet(account, { onChainDeposits: replaced(account.wallet.onChainDeposits, deposit) })
  return isFirst
    ? credited(state, kept, deposit)
    : done(putAccount(state, kept), [walletEvent("deposit", account.id, deposit)], deposit)
}

/** Moves sats to the account of a username at once. */
export const transferTo = (
  state: MarketState,
  accountId: string,
  toUsername: string,
  amount: number
): Outcome<InternalTransfer> => {
  const from = findAccount(state, accountId)
  const to = HashMap.toValues(state.accounts).find((each) => each.name === toUsername)
  if (!from || !to) return notFound(`User ${toUsername} not found`)
  if (from.id === to.id) return badRequest("A transfer to oneself")
  if (!isSats(amount)) return badRequest(`Amount is ${amount}, expected whole satoshis`)
  if (from.balance < amount) return badRequest(`Insufficient balance: ${from.balance} sats, asked for ${amount}`)
  const [id, next] = nextId(state, "transfer")
  const transfer = { id, amount, fromAccountId: from.id, toAccountId: to.id, createdAtMs: state.timeMs }
  const moved = (account: Account, sats: number): Account => ({
    ...withWallet(account, { transfers: [...account.wallet.transfers, transfer] }),
    balance: account.balance + sats
  })
  return done(putAccount(putAccount(next, moved(from, -amount)), moved(to, amount)), [], transfer)
}
