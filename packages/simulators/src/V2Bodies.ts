/** The market's values as the bodies of REST v2: snake_case, times in milliseconds, `m` and `l`, `b` and `s`. */
import { feeTier } from "./Accounts.ts"
import type { MinuteCandle } from "./Candles.ts"
import { type Account, findAccount, type MarketState, type Trade } from "./MarketState.ts"
import { tradeBody } from "./RestBodies.ts"
import type { BitcoinAddress, Notification, Swap } from "./Wallet.ts"

export const v2Trade = (state: MarketState, trade: Trade) => {
  const body = tradeBody(state, trade)
  return {
    id: body.id,
    uid: body.uid,
    type: trade.type === "market" ? "m" : "l",
    side: trade.side === "buy" ? "b" : "s",
    opening_fee: body.openingFee,
    closing_fee: body.closingFee,
    maintenance_margin: body.maintenanceMargin,
    quantity: body.quantity,
    margin: body.margin,
    leverage: body.leverage,
    price: body.price,
    liquidation: body.liquidation,
    stoploss: body.stoploss,
    takeprofit: body.takeprofit,
    exit_price: body.exitPrice,
    pl: body.pl,
    creation_ts: trade.createdAtMs,
    market_filled_ts: trade.filledAtMs,
    closed_ts: trade.closedAtMs,
    last_update_ts: trade.closedAtMs ?? trade.filledAtMs ?? trade.createdAtMs,
    entry_price: body.entryPrice,
    entry_margin: body.entryMargin,
    open: body.open,
    running: body.running,
    canceled: body.canceled,
    closed: body.closed,
    sum_carry_fees: body.sumFundingFees
  }
}

export const v2User = (state: MarketState, account: Account) => {
  const { profile, usdCents } = account.wallet
  return {
    uid: account.uid,
    role: "user",
    balance: account.balance,
    username: account.name,
    synthetic_usd_balance: usdCents / 100,
    linkingpublickey: null,
    show_leaderboard: profile.showLeaderboard,
    email: null,
    email_confirmed: false,
    use_taproot_addresses: profile.usesTaproot,
    account_type: "credentials",
    auto_withdraw_enabled: profile.autoWithdrawEnabled,
    auto_withdraw_lightning_address: profile.autoWithdrawAddress,
    nostr_pubkey: profile.nostrPubkey,
    totp_enabled: false,
    webauthn_enabled: false,
    fee_tier: feeTier(state, account),
    metrics: {}
  }
}

/** Every deposit of an account, of all three kinds, oldest first. */
export const v2Deposits = (state: MarketState, { id: accountId, wallet }: Account) => {
  const lightning = wallet.lightningDeposits.map((each) => ({
    type: "lightning" as const,
    id: each.id,
    timeMs: each.createdAtMs,
    body: {
      id: each.id,
      amount: each.amount,
      comment: each.comment,
      payment_hash: each.paymentHash,
      success: each.settledAtMs !== null,
      success_ts: each.settledAtMs,
      ts: each.createdAtMs
    }
  }))
  const onChain = wallet.onChainDeposits.map((each) => ({
    type: "bitcoin" as const,
    id: each.id,
    timeMs: each.createdAtMs,
    body: {
      id: each.id,
      amount: each.amount,
      block_id: null,
      confirmation_height: each.blockHeight,
      confirmed_ts: each.confirmedAtMs,
      is_confirmed: each.confirmedAtMs !== null,
      transaction_id: each.txId,
      ts: each.createdAtMs
    }
  }))
  const internal = wallet.transfers
    .filter((each) => each.toAccountId === accountId)
    .map((each) => ({
      type: "internal" as const,
      id: each.id,
      timeMs: each.createdAtMs,
      body: {
        id: each.id,
        amount: each.amount,
        from_username: nameOf(state, each.fromAccountId),
        to_username: nameOf(state, each.toAccountId),
        success: true,
        ts: each.createdAtMs
      }
    }))
  return [...lightning, ...onChain, ...internal].sort((a, b) => a.timeMs - b.timeMs)
}

const nameOf = (state: MarketState, accountId: string): string => findAccount(state, accountId)?.name ?? accountId

const onChainStatus = { processed: "confirmed", canceled: "failed", rejected: "failed" } as const

/** Every withdrawal of an account, of all three kinds, oldest first. */
export const v2Withdrawals = (state: MarketState, { id: accountId, wallet }: Account) => {
  const lightning = wallet.lightningWithdrawals.map((each) => ({
    id: each.id,
    timeMs: each.createdAtMs,
    body: {
      type: "lightning",
      id: each.id,
      amount: each.amount,
      destination: each.destination,
      fee: each.fee,
      payment_hash: each.paymentHash,
      success: each.status === "processed",
      ts: each.createdAtMs
    }
  }))
  const onChain = wallet.onChainWithdrawals.map((each) => ({
    id: each.id,
    timeMs: each.createdAtMs,
    body: {
      type: "bitcoin",
      id: each.id,
      address: each.address,
      amount: each.amount,
      fee: each.fee ?? 0,
      status:
        each.status === "pending" || each.status === "processing" ? ("pending" as const) : onChainStatus[each.status],
      transaction_id: each.txId,
      ts: each.createdAtMs
    }
  }))
  const internal = wallet.transfers
    .filter((each) => each.fromAccountId === accountId)
    .map((each) => ({
      id: each.id,
      timeMs: each.createdAtMs,
      body: {
        type: "internal",
        id: each.id,
        amount: each.amount,
        to_username: nameOf(state, each.toAccountId),
        success: true,
        ts: each.createdAtMs
      }
    }))
  return [...lightning, ...onChain, ...internal].sort((a, b) => a.timeMs - b.timeMs)
}

export const v2Swap = (account: Account, each: Swap) => ({
  id: each.id,
  uid: account.uid,
  in_amount: each.inAmount,
  in_asset: each.inAsset,
  out_amount: each.outAmount,
  out_asset: each.outAsset,
  creation_ts: each.createdAtMs,
  source: "swap"
})

export const v2Notification = (each: Notification) => ({
  id: each.id,
  creation_ts: each.createdAtMs,
  event: each.event,
  data: each.data
})

export const v2Address = (each: BitcoinAddress) => ({
  address: each.address,
  creation_ts: each.createdAtMs,
  is_used: each.isUsed
})

export const v2Candle = (candle: MinuteCandle) => ({
  time: candle.timeMs,
  open: candle.open,
  high: candle.high,
  low: candle.low,
  close: candle.close,
  volume: candle.volume
})
