/** The exchange in memory: the market's state and what stands around it, without any socket. */
import { Result } from "effect"
import { openAccount } from "./Accounts.ts"
import { type ApiKey, type ApiKeys, deriveApiKey, makeApiKeys } from "./ApiKeys.ts"
import { addPrice, addVolume, type MinuteCandle } from "./Candles.ts"
import { type Crossings, makeCrossings } from "./Crossings.ts"
import { defaultExchangeSettings, type ExchangeSettings } from "./ExchangeSettings.ts"
import { type Faults, makeFaults } from "./Faults.ts"
import { settleFunding } from "./Funding.ts"
import { type Journal, makeJournal } from "./Journal.ts"
import {
  type AccountEvent,
  emptyMarket,
  findAccount,
  type MarketSettings,
  type MarketState,
  type Outcome,
  type Refusal
} from "./MarketState.ts"
import { makeRateLimits, type RateLimits } from "./RateLimits.ts"
import { applyTick, setPrice, type Tick } from "./Tick.ts"
import { wallNowMs } from "./WallClock.ts"

/** Told of what the exchange's stream has to push. */
export interface MarketListener {
  readonly price: (tick: Tick, state: MarketState, candle: MinuteCandle | undefined) => void
  readonly accounts: (events: ReadonlyArray<AccountEvent>, state: MarketState) => void
}

export interface NewAccount {
  readonly id: string
  readonly name: string
  readonly balance: number
  readonly permissions?: ReadonlyArray<string>
  readonly active?: boolean
}

export interface LocalExchange {
  readonly settings: ExchangeSettings
  readonly apiKeys: ApiKeys
  readonly faults: Faults
  readonly rateLimits: RateLimits
  readonly crossings: Crossings
  readonly journal: Journal
  readonly candles: ReadonlyArray<MinuteCandle>
  readonly state: () => MarketState
  /** Runs a command at the market's present state; a refusal changes nothing. */
  readonly run: <A>(command: (state: MarketState) => Outcome<A>) => Result.Result<A, Refusal>
  /** Evaluates the guards, applies the tick, and pushes price first, account events after. */
  readonly tick: (tick: Tick) => void
  /** Sets the price without applying or pushing anything, so that positions can be opened at it. */
  readonly prime: (tick: Tick) => void
  /** Changes settings of the market; what was computed before stays. */
  readonly setMarket: (settings: Partial<MarketSettings>) => void
  /** Settles funding now; gives the market's last settlement. */
  readonly settleFunding: (rate: number) => MarketState["settlements"][number] | undefined
  readonly openAccount: (account: NewAccount) => Result.Result<ApiKey, Refusal>
  readonly listen: (listener: MarketListener) => void
  /** The exchange's own id of an account. */
  readonly uid: (accountId: string) => string | undefined
  /** True while a lockstep feed waits for the confirmation of its last tick. */
  readonly lockstep: { waiting: boolean }
}

export const makeLocalExchange = (given: Partial<ExchangeSettings> = {}): LocalExchange => {
  const settings = { ...defaultExchangeSettings, ...given }
  const apiKeys = makeApiKeys(settings.signatureWindowMs)
  const parts = { crossings: makeCrossings(), journal: makeJournal(), candles: [] as MinuteCandle[] }
  const market = makeMarket(settings, parts)
  return {
    ...parts,
    ...market,
    settings,
    apiKeys,
    faults: makeFaults(settings.faultSeed),
    rateLimits: makeRateLimits(),
    settleFunding: (rate) => {
      market.run((state) => Result.succeed(settleFunding(state, rate)))
      return market.state().settlements.at(-1)
    },
    openAccount: (account) =>
      Result.map(
        market.run((state) => openAccount(state, account)),
        () => {
          const key = keyOf(account, market.state().settings.seed)
          apiKeys.add(key)
          return key
        }
      ),
    uid: (accountId) => findAccount(market.state(), accountId)?.uid,
    lockstep: { waiting: false }
  }
}

interface MarketParts {
  readonly crossings: Crossings
  readonly journal: Journal
  readonly candles: Array<MinuteCandle>
}

/** Holds the market's present state, and tells the listeners what commands and ticks brought. */
const makeMarket = (settings: ExchangeSettings, { crossings, journal, candles }: MarketParts) => {
  const listeners: Array<MarketListener> = []
  let state = emptyMarket(settings.market)
  const publish = (events: ReadonlyArray<AccountEvent>): void => {
    if (events.length === 0) return
    for (const event of events) {
      recordLiquidation(journal, event)
      addVolume(candles, tradedUsd(event))
    }
    for (const listener of listeners) listener.accounts(events, state)
  }
  return {
    state: () => state,
    run: <A>(command: (state: MarketState) => Outcome<A>): Result.Result<A, Refusal> => {
      const outcome = command(state)
      if (Result.isFailure(outcome)) return Result.fail(outcome.failure)
      state = outcome.success.state
      publish(outcome.success.events)
      return Result.succeed(outcome.success.value)
    },
    tick: (tick: Tick): void => {
      const found = crossings.evaluate(state, tick)
      const step = applyTick(state, tick)
      state = step.state
      addPrice(candles, tick)
      journal.tickSent(tick.timeMs, wallNowMs(), found)
      for (const listener of listeners) listener.price(tick, state, candles.at(-1))
      publish(step.events)
    },
    prime: (tick: Tick): void => {
      state = setPrice(state, tick)
    },
    setMarket: (changed: Partial<MarketSettings>): void => {
      state = { ...state, settings: { ...state.settings, ...changed } }
    },
    listen: (listener: MarketListener): void => void listeners.push(listener)
  }
}

const keyOf = (account: NewAccount, seed: string): ApiKey => ({
  ...deriveApiKey(seed, account.id),
  accountId: account.id,
  permissions: account.permissions ?? ["account:*", "futures:*", "synthetic-usd:*"],
  active: account.active ?? true
})

/** USD that an event's fill moved. */
const tradedUsd = (event: AccountEvent): number => {
  if (event._tag === "CrossOrder") return event.order.status === "filled" ? event.order.quantity : 0
  if (event._tag !== "Trade" || event.event === "open" || event.event === "canceled" || event.event === "funding")
    return 0
  return event.trade.quantity
}

const recordLiquidation = (journal: Journal, event: AccountEvent): void => {
  if (event._tag !== "Trade" || event.event !== "liquidation") return
  const { trade } = event
  journal.liquidated({
    account: trade.accountId,
    tradeId: trade.id,
    marketTimeMs: trade.closedAtMs ?? 0,
    price: trade.exitPrice ?? 0
  })
}
