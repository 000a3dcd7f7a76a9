/** The control port's side of money and keys: payments that arrive or fail, keys with chosen permissions, market settings. */
import { Effect, Result, Schema } from "effect"
import type { ApiKey } from "./ApiKeys.ts"
import { deriveApiKey } from "./ApiKeys.ts"
import { ControlError, type ControlHandler, type ControlRoutes, fromRefusal, take } from "./ControlRoutes.ts"
import { confirmOnChain, currentAddress, receiveOnChain, settleDeposit } from "./Deposits.ts"
import { MarketInput } from "./MarketInput.ts"
import { findAccount, notFound } from "./MarketState.ts"
import { findEntry } from "./Wallet.ts"
import { finishLightning, finishOnChain } from "./Withdrawals.ts"

const Text = Schema.NonEmptyString
const Sats = Schema.Int.check(Schema.isGreaterThan(0))

/** `deposit`: its id, payment hash or invoice. */
const pay = take(Schema.Struct({ deposit: Text }), ({ deposit }, { exchange }) =>
  fromRefusal(exchange.run((state) => settleDeposit(state, deposit)))
)

/** To an address, or to the present one of an account. */
const payOnChain = take(
  Schema.Struct({ address: Schema.optionalKey(Text), account: Schema.optionalKey(Text), amount: Sats }),
  ({ address, account, amount }, { exchange }) => {
    const target = address
      ? Result.succeed(address)
      : Result.map(
          exchange.run((state) => currentAddress(state, account ?? "")),
          (found) => found.address
        )
    return fromRefusal(Result.flatMap(target, (known) => exchange.run((state) => receiveOnChain(state, known, amount))))
  }
)

const confirm = take(Schema.Struct({ id: Text }), ({ id }, { exchange }) =>
  fromRefusal(exchange.run((state) => confirmOnChain(state, id)))
)

const WithdrawalInput = Schema.Struct({
  id: Text,
  status: Schema.Literals(["processing", "processed", "failed", "canceled", "rejected"])
})

const finish = take(WithdrawalInput, ({ id, status }, { exchange }) => {
  const isLightning = findEntry(
    exchange.state(),
    (wallet) => wallet.lightningWithdrawals,
    (each) => each.id === id
  )
  if (!isLightning) {
    return status === "failed"
      ? Effect.fail(new ControlError({ status: 400, message: "On chain: processing, processed, canceled, rejected" }))
      : fromRefusal(exchange.run((state) => finishOnChain(state, id, status)))
  }
  return status === "processed" || status === "failed"
    ? fromRefusal(exchange.run((state) => finishLightning(state, id, status)))
    : Effect.fail(new ControlError({ status: 400, message: "Over Lightning: processed, failed" }))
})

const wallet: ControlHandler = ({ exchange }, { query }) => {
  const account = findAccount(exchange.state(), query.get("account") ?? "")
  return fromRefusal(account ? Result.succeed(account.wallet) : notFound("Account not found"))
}

const KeyInput = Schema.Struct({
  account: Text,
  /** Tells an account's keys apart; the same name gives the same key. */
  name: Text,
  permissions: Schema.optionalKey(Schema.Array(Schema.String)),
  active: Schema.optionalKey(Schema.Boolean)
})

const shown = ({ accountId, key, secret, passphrase, permissions, active }: ApiKey) => ({
  account: accountId,
  key,
  secret,
  passphrase,
  permissions,
  active
})

const addKey = take(KeyInput, ({ account, name, permissions, active }, { exchange }) => {
  const { seed } = exchange.state().settings
  if (!findAccount(exchange.state(), account)) return fromRefusal(notFound("Account not found"))
  const key: ApiKey = {
    ...deriveApiKey(seed, `${account}/${name}`),
    accountId: account,
    permissions: permissions ?? ["*"],
    active: active ?? true
  }
  exchange.apiKeys.add(key)
  return Effect.succeed(shown(key))
})

const KeyChange = Schema.Struct({
  key: Text,
  permissions: Schema.optionalKey(Schema.Array(Schema.String)),
  active: Schema.optionalKey(Schema.Boolean)
})

const changeKey = take(KeyChange, ({ key, ...change }, { exchange }) => {
  const found = exchange.apiKeys.find(key)
  if (!found) return fromRefusal(notFound("API key not found"))
  const changed = { ...found, ...change }
  exchange.apiKeys.add(changed)
  return Effect.succeed(shown(changed))
})

const listKeys: ControlHandler = ({ exchange }, { query }) =>
  Effect.sync(() => ({ keys: exchange.apiKeys.ofAccount(query.get("account") ?? "").map(shown) }))

const setMarket = take(MarketInput, (settings, { exchange }) =>
  Effect.sync(() => {
    exchange.setMarket(settings)
    return exchange.state().settings
  })
)

export const walletControls: ControlRoutes = {
  "POST /deposits/pay": pay,
  "POST /deposits/on-chain": payOnChain,
  "POST /deposits/confirm": confirm,
  "POST /withdrawals": finish,
  "GET /wallet": wallet,
  "POST /keys": addKey,
  "PUT /keys": changeKey,
  "GET /keys": listKeys,
  "POST /market": setMarket
}
