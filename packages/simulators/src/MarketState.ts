/** The exchange's whole state as one immutable value, and the small steps every command is made of. */
import { createHash } from "node:crypto"
import { HashMap, HashSet, Option, Result, Schema } from "effect"
import { defaultSettings, type MarketSettings } from "./MarketSettings.ts"
import type { Side } from "./Maths.ts"
import type { QuietBand } from "./QuietBand.ts"
import type { LightningDeposit, LightningWithdrawal, OnChainDeposit, OnChainWithdrawal, Wallet } from "./Wallet.ts"

export { defaultSettings, type FeeTier, type MarketSettings } from "./MarketSettings.ts"

export type TradeStatus = "open" | "running" | "closed" | "canceled"

export interface Trade {
  readonly id: string
  /** Order of creation; same-tick effects happen in it. */
  readonly sequence: number
  readonly accountId: string
  readonly clientId: string | null
  readonly type: "market" | "limit"
  readonly side: Side
  readonly status: TradeStatus
  readonly quantity: number
  readonly price: number
  readonly leverage: number
  readonly margin: number
  readonly entryMargin: number
  readonly maintenanceMargin: number
  readonly entryPrice: number
  readonly liquidation: number
  /** 0: not set. */
  readonly stopLoss: number
  readonly takeProfit: number
  readonly trailingDistance: number
  readonly exitPrice: number | null
  readonly pl: number
  readonly openingFee: number
  readonly closingFee: number
  readonly sumFundingFees: number
  readonly sumCashInPl: number
  readonly sumCashInMargin: number
  readonly createdAtMs: number
  readonly filledAtMs: number | null
  readonly closedAtMs: number | null
}

export interface CrossOrder {
  readonly id: string
  readonly sequence: number
  readonly accountId: string
  readonly clientId: string | null
  readonly type: "market" | "limit" | "liquidation"
  readonly side: Side
  readonly status: "open" | "filled" | "canceled"
  readonly quantity: number
  readonly price: number
  readonly tradingFee: number
  readonly createdAtMs: number
  readonly filledAtMs: number | null
  readonly canceledAtMs: number | null
}

export interface CrossPosition {
  readonly id: string
  /** Signed: negative for a short, 0 for none. */
  readonly quantity: number
  readonly leverage: number
  readonly margin: number
  readonly entryPrice: number | null
  readonly realisedPl: number
  readonly fundingFees: number
  readonly tradingFees: number
  readonly updatedAtMs: number
}

export interface Transfer {
  readonly id: string
  readonly amount: number
  readonly timeMs: number
}

export interface FundingFee {
  readonly fee: number
  readonly settlementId: string
  readonly timeMs: number
  readonly tradeId: string | null
}

export interface Account {
  readonly id: string
  readonly uid: string
  readonly name: string
  readonly balance: number
  /** Traded USD per UTC day, newest last, 30 days at most. */
  readonly volume: ReadonlyArray<{ readonly day: number; readonly usd: number }>
  readonly liveTrades: ReadonlyArray<string>
  readonly endedTrades: ReadonlyArray<string>
  readonly cross: CrossPosition
  readonly crossOrders: ReadonlyArray<CrossOrder>
  readonly crossDone: ReadonlyArray<CrossOrder>
  readonly transfers: ReadonlyArray<Transfer>
  readonly fundingFees: ReadonlyArray<FundingFee>
  readonly wallet: Wallet
}

/** Where the satoshis came from, and went that are neither in a balance nor locked or reserved. */
export interface House {
  readonly deposits: number
  /** Paid out, with what it cost. */
  readonly withdrawn: number
  readonly fees: number
  readonly plPaid: number
  readonly funding: number
  /** Taken for synthetic dollars, less what was given for them. */
  readonly swapped: number
  /** Synthetic dollars that are out, in cents. */
  readonly usdCentsIssued: number
}

export interface MarketState {
  readonly settings: MarketSettings
  readonly sequence: number
  /** Last price; undefined before the first. */
  readonly price: number | undefined
  readonly index: number | undefined
  /** Market time: that of the last tick. */
  readonly timeMs: number
  readonly accounts: HashMap.HashMap<string, Account>
  readonly live: HashMap.HashMap<string, Trade>
  readonly ended: HashMap.HashMap<string, Trade>
  readonly settlements: ReadonlyArray<{ id: string; timeMs: number; rate: number; price: number }>
  readonly house: House
  /** Accounts with a cross position or open cross orders. */
  readonly crossAccounts: HashSet.HashSet<string>
  /** No trigger lies strictly between these prices; undefined: not known since a change. */
  readonly quiet: QuietBand | undefined
}

export const emptyMarket = (settings: Partial<MarketSettings> = {}): MarketState => ({
  settings: { ...defaultSettings, ...settings },
  sequence: 0,
  price: undefined,
  index: undefined,
  timeMs: 0,
  accounts: HashMap.empty(),
  live: HashMap.empty(),
  ended: HashMap.empty(),
  settlements: [],
  house: { deposits: 0, withdrawn: 0, fees: 0, plPaid: 0, funding: 0, swapped: 0, usdCentsIssued: 0 },
  crossAccounts: HashSet.empty(),
  quiet: undefined
})

export type TradeEventName =
  | "open"
  | "filled"
  | "closed"
  | "stoploss"
  | "takeprofit"
  | "liquidation"
  | "canceled"
  | "funding"
export type CrossEventName =
  | "new"
  | "limit"
  | "cancel"
  | "leverage"
  | "deposit"
  | "withdraw"
  | "liquidation"
  | "funding"

/** What happened to an account; the shell pushes it to the account's private topics. */
export type AccountEvent =
  | { readonly _tag: "Trade"; readonly event: TradeEventName; readonly trade: Trade; readonly fee: number }
  | { readonly _tag: "CrossOrder"; readonly event: "new" | "limit" | "canceled"; readonly order: CrossOrder }
  | { readonly _tag: "CrossPosition"; readonly event: CrossEventName; readonly accountId: string }
  | {
      readonly _tag: "Wallet"
      readonly topic: "deposit" | "withdrawal"
      readonly accountId: string
      readonly entry: LightningDeposit | OnChainDeposit | LightningWithdrawal | OnChainWithdrawal
    }

/** The exchange refuses a request; status and code as in its REST answers. */
export class Refusal extends Schema.TaggedError<Refusal>()("Refusal", {
  status: Schema.Int,
  code: Schema.String,
  message: Schema.String
}) {
  readonly kind = "business"
}

/** A command's result: the state after it, what happened, and its answer. */
export interface Step<A> {
  readonly state: MarketState
  readonly events: ReadonlyArray<AccountEvent>
  readonly value: A
}
export type Outcome<A> = Result.Result<Step<A>, Refusal>

export const done = <A>(state: MarketState, events: ReadonlyArray<AccountEvent>, value: A): Outcome<A> =>
  Result.succeed({ state, events, value })
export const badRequest = (message: string): Result.Result<never, Refusal> =>
  Result.fail(new Refusal({ status: 400, code: "BAD_REQUEST", message }))
export const notFound = (message: string): Result.Result<never, Refusal> =>
  Result.fail(new Refusal({ status: 404, code: "NOT_FOUND", message }))
export const unavailable = (): Result.Result<never, Refusal> =>
  Result.fail(
    new Refusal({ status: 503, code: "SERVICE_UNAVAILABLE", message: "Trading engine is temporarily unavailable" })
  )

/** The next id of a kind, in the form of a UUID, and the state that has used it up. */
export const nextId = (state: MarketState, kind: string): readonly [string, MarketState] => {
  const sequence = state.sequence + 1
  return [uuidOf(`${state.settings.seed}/${kind}/${sequence}`), { ...state, sequence }]
}

export const uuidOf = (text: string): string => {
  const h = createHash("sha256").update(text).digest("hex")
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`
}

export const findAccount = (state: MarketState, id: string): Account | undefined =>
  Option.getOrUndefined(HashMap.get(state.accounts, id))

export const findTrade = (state: MarketState, id: string): Trade | undefined =>
  Option.getOrUndefined(HashMap.get(state.live, id)) ?? Option.getOrUndefined(HashMap.get(state.ended, id))

export const putAccount = (state: MarketState, account: Account): MarketState => {
  const isActive = account.cross.quantity !== 0 || account.crossOrders.length > 0
  const wasActive = HashSet.has(state.crossAccounts, account.id)
  const accounts = HashMap.set(state.accounts, account.id, account)
  if (!isActive && !wasActive) return { ...state, accounts }
  const change = isActive ? HashSet.add : HashSet.remove
  return { ...state, accounts, crossAccounts: change(state.crossAccounts, account.id), quiet: undefined }
}
