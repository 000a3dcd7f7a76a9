/** Routes of an account's money: deposits, withdrawals, addresses, transfers, swaps, and its notifications. */
import { Result, Schema } from "effect"
import { addAddress, currentAddress, requestDeposit, transferTo } from "./Deposits.ts"
import { fillPrice } from "./IsolatedTrades.ts"
import { badRequest, done, findAccount, type MarketState, notFound, putAccount, unavailable } from "./MarketState.ts"
import { pageOf } from "./Pages.ts"
import { accountBody } from "./RestBodies.ts"
import { order, type Route, type Routes, read, withBody } from "./RestRoutes.ts"
import { swap } from "./SyntheticUsd.ts"
import { markNotificationsRead, type Wallet } from "./Wallet.ts"
import * as Bodies from "./WalletBodies.ts"
import { withdrawLightning, withdrawOnChain } from "./Withdrawals.ts"

const READ = "account:read"
const WRITE = "account:write"
const DEPOSIT = "account:deposit"
const WITHDRAW = "account:withdraw"
const SWAP_READ = "synthetic-usd:read"
const SWAP_WRITE = "synthetic-usd:write"

const account: Route["handle"] = ({ exchange, accountId }) => {
  const state = exchange.state()
  const found = findAccount(state, accountId)
  return found ? Result.succeed(accountBody(state, found)) : notFound("Account not found")
}

type Filter = { readonly name: string; readonly values: ReadonlyArray<string> }

/** A page of one of the wallet's lists, whose entries a query parameter of few values may pick. */
const page =
  <A extends { readonly id: string; readonly createdAtMs: number }>(
    listOf: (wallet: Wallet, accountId: string) => ReadonlyArray<A>,
    body: (entry: A, state: MarketState) => unknown,
    filter?: Filter,
    valueOf?: (entry: A) => string
  ): Route["handle"] =>
  ({ exchange, accountId, query }) => {
    const state = exchange.state()
    const wanted = filter ? query.get(filter.name) : null
    if (filter && wanted !== null && !filter.values.includes(wanted))
      return badRequest(`${filter.name} is "${wanted}", expected ${filter.values.join(", ")}`)
    const wallet = findAccount(state, accountId)?.wallet
    const entries = wallet ? listOf(wallet, accountId) : []
    const chosen = wanted === null ? entries : entries.filter((entry) => valueOf?.(entry) === wanted)
    const items = chosen.map((entry) => ({
      id: entry.id,
      timeMs: entry.createdAtMs,
      value: () => body(entry, state)
    }))
    return pageOf(items, query)
  }

const oneOf = (name: string, ...values: ReadonlyArray<string>): Filter => ({ name, values })
const boolean = (name: string): Filter => ({ name, values: ["true", "false"] })

const LightningInput = Schema.Struct({
  amount: Schema.Finite,
  comment: Schema.optionalKey(Schema.String),
  descriptionHash: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/iu)))
})

const deposit = withBody(LightningInput, (body, { exchange, accountId }) =>
  Result.map(
    exchange.run((state) => requestDeposit(state, accountId, body)),
    (made) => ({ depositId: made.id, paymentRequest: made.paymentRequest })
  )
)

const withdraw = withBody(Schema.Struct({ invoice: Schema.String }), ({ invoice }, { exchange, accountId }) =>
  Result.map(
    exchange.run((state) => withdrawLightning(state, accountId, invoice)),
    ({ id, amount, maxFees, paymentHash }) => ({ id, amount, maxFees, paymentHash })
  )
)

const OnChainInput = Schema.Struct({ address: Schema.String, amount: Schema.Finite })

const payOnChain = withBody(OnChainInput, ({ address, amount }, { exchange, accountId }) =>
  Result.map(
    exchange.run((state) => withdrawOnChain(state, accountId, address, amount)),
    (made) => Bodies.newOnChainWithdrawalBody(findAccount(exchange.state(), accountId)!, made)
  )
)

const TransferInput = Schema.Struct({ toUsername: Schema.String, amount: Schema.Finite })

const transfer = withBody(TransferInput, ({ toUsername, amount }, { exchange, accountId }) =>
  Result.map(
    exchange.run((state) => transferTo(state, accountId, toUsername, amount)),
    (made) => Bodies.newTransferBody(exchange.state(), made)
  )
)

const AddressInput = Schema.Struct({ format: Schema.optionalKey(Schema.Literals(["p2tr", "p2wpkh"])) })

const newAddress: Route["handle"] = (input) =>
  withBody(AddressInput, ({ format }, { exchange, accountId }) =>
    Result.map(
      exchange.run((state) => addAddress(state, accountId, format ?? "p2tr")),
      Bodies.addressBody
    )
  )({ ...input, body: input.body ?? {} })

const presentAddress: Route["handle"] = ({ exchange, accountId }) =>
  Result.map(
    exchange.run((state) => currentAddress(state, accountId)),
    ({ address }) => ({ address })
  )

const readAll: Route["handle"] = ({ exchange, accountId }) =>
  Result.map(
    exchange.run((state) => {
      const found = findAccount(state, accountId)
      return found
        ? done(putAccount(state, markNotificationsRead(found)), [], undefined)
        : notFound("Account not found")
    }),
    () => null
  )

const bestPrice: Route["handle"] = ({ exchange }) => {
  const state = exchange.state()
  return state.price === undefined
    ? unavailable()
    : Result.succeed({
        askPrice: fillPrice(state, state.price, "buy"),
        bidPrice: fillPrice(state, state.price, "sell")
      })
}

const AssetInput = Schema.Literals(["BTC", "USD"])
const SwapInput = Schema.Struct({ inAmount: Schema.Finite, inAsset: AssetInput, outAsset: AssetInput })

const newSwap = withBody(SwapInput, (body, { exchange, accountId }) =>
  Result.map(
    exchange.run((state) => swap(state, accountId, body)),
    ({ inAmount, inAsset, outAmount, outAsset }) => ({ inAmount, inAsset, outAmount, outAsset })
  )
)

export const accountRoutes: Routes = {
  "GET /v3/account": read(READ, account),
  "POST /v3/account/deposit/lightning": order(DEPOSIT, "deposit", deposit),
  "POST /v3/account/withdraw/lightning": order(WITHDRAW, "withdraw", withdraw),
  "POST /v3/account/withdraw/on-chain": order(WITHDRAW, "withdraw", payOnChain),
  "POST /v3/account/withdraw/internal": order(WITHDRAW, "withdraw", transfer),
  "GET /v3/account/address/bitcoin": read(READ, presentAddress),
  "POST /v3/account/address/bitcoin": order(DEPOSIT, "new_address", newAddress),
  "GET /v3/account/deposits/lightning": read(
    READ,
    page(
      (wallet) => wallet.lightningDeposits,
      Bodies.lightningDepositBody,
      boolean("settled"),
      (each) => String(each.settledAtMs !== null)
    )
  ),
  "GET /v3/account/deposits/on-chain": read(
    READ,
    page(
      (wallet) => wallet.onChainDeposits,
      Bodies.onChainDepositBody,
      oneOf("status", "MEMPOOL", "CONFIRMED", "IRREVERSIBLE"),
      (each) => each.status
    )
  ),
  "GET /v3/account/deposits/internal": read(
    READ,
    page(
      (wallet, id) => wallet.transfers.filter((each) => each.toAccountId === id),
      (each, state) => Bodies.internalDepositBody(state, each)
    )
  ),
  "GET /v3/account/withdrawals/lightning": read(
    READ,
    page(
      (wallet) => wallet.lightningWithdrawals,
      Bodies.lightningWithdrawalBody,
      oneOf("status", "failed", "processed", "processing"),
      (each) => each.status
    )
  ),
  "GET /v3/account/withdrawals/on-chain": read(
    READ,
    page(
      (wallet) => wallet.onChainWithdrawals,
      Bodies.onChainWithdrawalBody,
      oneOf("status", "canceled", "pending", "processed", "processing", "rejected"),
      (each) => each.status
    )
  ),
  "GET /v3/account/withdrawals/internal": read(
    READ,
    page(
      (wallet, id) => wallet.transfers.filter((each) => each.fromAccountId === id),
      (each, state) => Bodies.internalWithdrawalBody(state, each)
    )
  ),
  "GET /v3/account/notifications": read(
    READ,
    page(
      (wallet) => wallet.notifications,
      Bodies.notificationBody,
      boolean("read"),
      (each) => String(each.isRead)
    )
  ),
  "PUT /v3/account/notifications": read(WRITE, readAll),
  "GET /v3/synthetic-usd/best-price": read(undefined, bestPrice),
  "POST /v3/synthetic-usd/swap": order(SWAP_WRITE, "swap", newSwap),
  "GET /v3/synthetic-usd/swaps": read(
    SWAP_READ,
    page((wallet) => wallet.swaps, Bodies.swapBody)
  )
}
