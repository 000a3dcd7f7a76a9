/** Routes of the user and of money in REST v2. */
import { Result, Schema } from "effect"
import { addAddress, requestDeposit, transferTo } from "./Deposits.ts"
import { type Account, badRequest, done, findAccount, notFound, putAccount, type Refusal } from "./MarketState.ts"
import { type Listed, listOf } from "./Pages.ts"
import { order, type Route, type RouteInput, type Routes, read, withBody } from "./RestRoutes.ts"
import { swap } from "./SyntheticUsd.ts"
import * as V2 from "./V2Bodies.ts"
import { markNotificationsRead, type Profile, withWallet } from "./Wallet.ts"
import { withdrawLightning } from "./Withdrawals.ts"

const READ = "account:read"
const WRITE = "account:write"
const DEPOSIT = "account:deposit"
const WITHDRAW = "account:withdraw"

/** An invoice is good for an hour, in seconds. */
const INVOICE_EXPIRY = 3600

const ofAccount =
  (answer: (account: Account, input: RouteInput) => Result.Result<unknown, Refusal>): Route["handle"] =>
  (input) => {
    const account = findAccount(input.exchange.state(), input.accountId)
    return account ? answer(account, input) : notFound("User not found")
  }

const user = ofAccount((account, { exchange }) => Result.succeed(V2.v2User(exchange.state(), account)))

const UserInput = Schema.Struct({
  username: Schema.optionalKey(Schema.NonEmptyString),
  show_leaderboard: Schema.optionalKey(Schema.Boolean),
  use_taproot_addresses: Schema.optionalKey(Schema.Boolean),
  auto_withdraw_enabled: Schema.optionalKey(Schema.Boolean),
  auto_withdraw_lightning_address: Schema.optionalKey(Schema.NullOr(Schema.String)),
  nostr_pubkey: Schema.optionalKey(Schema.NullOr(Schema.String))
})

const withProfile = (account: Account, input: typeof UserInput.Type): Account => {
  const { profile } = account.wallet
  const changed: Profile = {
    showLeaderboard: input.show_leaderboard ?? profile.showLeaderboard,
    usesTaproot: input.use_taproot_addresses ?? profile.usesTaproot,
    autoWithdrawEnabled: input.auto_withdraw_enabled ?? profile.autoWithdrawEnabled,
    autoWithdrawAddress: input.auto_withdraw_lightning_address ?? profile.autoWithdrawAddress,
    nostrPubkey: input.nostr_pubkey ?? profile.nostrPubkey
  }
  return { ...withWallet(account, { profile: changed }), name: input.username ?? account.name }
}

const update = withBody(UserInput, (body, { exchange, accountId }) =>
  Result.map(
    exchange.run((state) => {
      const account = findAccount(state, accountId)
      return account ? done(putAccount(state, withProfile(account, body)), [], accountId) : notFound("User not found")
    }),
    (id) => V2.v2User(exchange.state(), findAccount(exchange.state(), id)!)
  )
)

const deposit = withBody(Schema.Struct({ amount: Schema.Finite }), ({ amount }, { exchange, accountId }) =>
  Result.map(
    exchange.run((state) => requestDeposit(state, accountId, { amount })),
    (made) => ({ deposit_id: made.id, payment_request: made.paymentRequest, expiry: INVOICE_EXPIRY })
  )
)

const bodies = (
  entries: ReadonlyArray<{ id: string; timeMs: number; body: unknown }>
): ReadonlyArray<Listed<unknown>> => entries.map(({ id, timeMs, body }) => ({ id, timeMs, value: () => body }))

const deposits = ofAccount((account, { exchange, query }) => {
  const type = query.get("type")
  if (type !== null && !["bitcoin", "internal", "lightning"].includes(type))
    return badRequest(`type is "${type}", expected bitcoin, internal or lightning`)
  const entries = V2.v2Deposits(exchange.state(), account)
  return listOf(bodies(type === null ? entries : entries.filter((each) => each.type === type)), query)
})

const found = (entries: ReadonlyArray<{ readonly id: string; readonly body: unknown }>, id: string, what: string) => {
  const entry = entries.find((each) => each.id === id)
  return entry ? Result.succeed(entry.body) : notFound(`${what} ${id} not found`)
}

const withdraw = withBody(Schema.Struct({ invoice: Schema.String }), ({ invoice }, { exchange, accountId }) =>
  Result.map(
    exchange.run((state) => withdrawLightning(state, accountId, invoice)),
    ({ id, amount, fee, paymentHash, status }) => ({
      id,
      amount,
      fee,
      payment_hash: paymentHash,
      success_time: status === "processed" ? exchange.state().timeMs : null
    })
  )
)

/** The official client sends the receiver in camelCase, alone of its fields. */
const TransferInput = Schema.Struct({
  amount: Schema.Finite,
  toUsername: Schema.optionalKey(Schema.String),
  to_username: Schema.optionalKey(Schema.String)
})

const transfer = withBody(TransferInput, ({ amount, toUsername, to_username }, { exchange, accountId }) => {
  const to = to_username ?? toUsername
  if (to === undefined) return badRequest("to_username is missing")
  return Result.map(
    exchange.run((state) => transferTo(state, accountId, to, amount)),
    () => ({ amount, to })
  )
})

const AddressInput = Schema.Struct({ format: Schema.optionalKey(Schema.Literals(["p2tr", "p2wpkh"])) })

const newAddress = withBody(AddressInput, ({ format }, { exchange, accountId }) =>
  Result.map(
    exchange.run((state) => {
      const usesTaproot = findAccount(state, accountId)?.wallet.profile.usesTaproot ?? true
      return addAddress(state, accountId, format ?? (usesTaproot ? "p2tr" : "p2wpkh"))
    }),
    ({ address, createdAtMs }) => ({ address, creation_ts: createdAtMs })
  )
)

const addresses = ofAccount(({ wallet }, { query }) => {
  const unused = wallet.addresses.filter((each) => !each.isUsed)
  return Result.succeed((query.get("current") === "true" ? unused.slice(-1) : wallet.addresses).map(V2.v2Address))
})

const AssetInput = Schema.Literals(["BTC", "USD"])
const SwapInput = Schema.Struct({ in_amount: Schema.Finite, in_asset: AssetInput, out_asset: AssetInput })

const newSwap = withBody(SwapInput, ({ in_amount, in_asset, out_asset }, { exchange, accountId }) =>
  Result.map(
    exchange.run((state) => swap(state, accountId, { inAmount: in_amount, inAsset: in_asset, outAsset: out_asset })),
    (made) => V2.v2Swap(findAccount(exchange.state(), accountId)!, made)
  )
)

const swapEntries = (account: Account) =>
  account.wallet.swaps.map((each) => ({ id: each.id, timeMs: each.createdAtMs, body: V2.v2Swap(account, each) }))

const notifications = ofAccount(({ wallet }) =>
  Result.succeed(
    wallet.notifications
      .filter((each) => !each.isRead)
      .toReversed()
      .map(V2.v2Notification)
  )
)

const readAll: Route["handle"] = ({ exchange, accountId }) =>
  Result.map(
    exchange.run((state) => {
      const account = findAccount(state, accountId)
      return account ? done(putAccount(state, markNotificationsRead(account)), [], null) : notFound("User not found")
    }),
    () => null
  )

export const v2UserRoutes: Routes = {
  "GET /v2/user": read(READ, user),
  "PUT /v2/user": read(WRITE, update),
  "POST /v2/user/deposit": order(DEPOSIT, "deposit", deposit),
  "GET /v2/user/deposit": read(READ, deposits),
  "GET /v2/user/deposit/:id": read(
    READ,
    ofAccount((account, { exchange, id }) => found(V2.v2Deposits(exchange.state(), account), id, "Deposit"))
  ),
  "POST /v2/user/withdraw": order(WITHDRAW, "withdraw", withdraw),
  "GET /v2/user/withdraw": read(
    READ,
    ofAccount((account, { exchange, query }) => listOf(bodies(V2.v2Withdrawals(exchange.state(), account)), query))
  ),
  "GET /v2/user/withdrawals/:id": read(
    READ,
    ofAccount((account, { exchange, id }) => found(V2.v2Withdrawals(exchange.state(), account), id, "Withdrawal"))
  ),
  "POST /v2/user/transfer": order(WITHDRAW, "withdraw", transfer),
  "POST /v2/user/bitcoin/address": order(DEPOSIT, "new_address", newAddress),
  "GET /v2/user/bitcoin/addresses": read(READ, addresses),
  "POST /v2/swap": order("synthetic-usd:write", "swap", newSwap),
  "GET /v2/swap": read(
    "synthetic-usd:read",
    ofAccount((account, { query }) => listOf(bodies(swapEntries(account)), query))
  ),
  "GET /v2/swap/:id": read(
    "synthetic-usd:read",
    ofAccount((account, { id }) => found(swapEntries(account), id, "Swap"))
  ),
  "GET /v2/notifications": read(READ, notifications),
  "DELETE /v2/notifications/all": read(WRITE, readAll)
}
