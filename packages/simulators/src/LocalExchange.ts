/** The exchange in memory: the market's state and what stands around it, without any socket. */
import { Result } from "effect"
import { openAccount } from "./Accounts.ts"
import { type ApiKey, type ApiKeys, deriveApiKey, makeApiKeys } from "./ApiKeys.ts"
import { addPrice, type MinuteCandle } from "./Candles.ts"
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
  const crossings = makeCrossings()
  const journal = makeJournal()
  const candles: Array<MinuteCandle> = []
  const listeners: Array<MarketListener> = []
  let state = emptyMarket(settings.market)
  const publish = (events: ReadonlyArray<AccountEvent>): void => {
    if (events.length === 0) return
    for (const event of events) recordLiquidation(journal, event)
    for (const listener of listeners) listener.accounts(events, state)
  }
  const run = <A>(command: (state: MarketState) => Outcome<A>): Result.Result<A, Refusal> => {
    const outcome = command(state)
    if (Result.isFailure(outcome)) return Result.fail(outcome.failure)
    state = outcome.success.state
    publish(outcome.success.events)
    return Result.succeed(outcome.success.value)
  }
  return {
    settings,
    apiKeys,
    crossings,
    journal,
    candles,
    faults: makeFaults(settings.faultSeed),
    rateLimits: makeRateLimits(),
    state: () => state,
    run,
    tick: (tick) => {
      const found = crossings.evaluate(state, tick)
      const step = applyTick(state, tick)
      state = step.state
      addPrice(candles, tick.timeMs, tick.price)
      journal.tickSent(tick.timeMs, wallNowMs(), found)
      for (const listener of listeners) listener.price(tick, state, candles.at(-1))
      publish(step.events)
    },
    prime: (tick) => {
      state = setPrice(state, tick)
    },
    setMarket: (changed) => {
      state = { ...state, settings: { ...state.settings, ...changed } }
    },
    settleFunding: (rate) => {
      run((current) => Result.succeed(settleFunding(current, rate)))
      return state.settlements.at(-1)
    },
    openAccount: (account) => {
      const opened = run((current) => openAccount(current, account))
      if (Result.isFailure(opened)) return Result.fail(opened.failure)
      const key: ApiKey = {
        ...deriveApiKey(state.settings.seed, account.id),
        accountId: account.id,
        permissions: account.permissions ?? ["account:*", "futures:*"],
        active: account.active ?? true
      }
      apiKeys.add(key)
      return Result.succeed(key)
    },
    listen: (listener) => void listeners.push(listener),
    uid: (accountId) => findAccount(state, accountId)?.uid,
    lockstep: { waiting: false }
  }
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
