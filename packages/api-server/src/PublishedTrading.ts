import type { Account, AccountState, MarginLevel, MarginState, MarketTick, Position, Rule } from "@millrace/contracts"
import { PriceTrail } from "./PriceTrail.ts"

/** A row that was written, or removed: `value` absent. */
export interface Change<Value> {
  readonly key: string
  readonly value: Value | undefined
}

/** An account with what belongs to it. */
export interface ViewedAccount {
  readonly accountId: string
  account: Account | undefined
  readonly rules: Map<string, Rule>
  readonly positions: Map<string, Position>
}

/** The last price of a market and its trail. */
export interface ViewedMarket {
  last: MarketTick
  readonly trail: PriceTrail
}

/**
 * What the workers know of accounts and prices, as it was published: accounts, rules, open positions, levels, last prices.
 * Plain and immediate; some 2 kB of memory for an account with a position and two rules.
 */
export class PublishedTrading {
  private readonly accounts = new Map<string, ViewedAccount>()
  private readonly levels = new Map<string, MarginLevel>()
  private readonly markets = new Map<string, ViewedMarket>()

  /** A row of `account-state` has changed. */
  readonly accountChanged = ({ key, value }: Change<AccountState>): void => {
    const [kind, accountId, id] = key.split("/") as [string, string, string]
    const known = this.accounts.get(accountId) ?? this.open(accountId)
    if (kind === "account") known.account = value?._tag === "Account" ? value : undefined
    if (kind === "rule") put(known.rules, id, value?._tag === "Rule" ? value : undefined)
    if (kind === "position")
      put(known.positions, id, value?._tag === "Position" && value.status === "open" ? value : undefined)
  }

  /** A row of `margin-state` has changed. Returns whether anything that is shown has. */
  readonly evaluated = ({ key, value }: Change<MarginState>): boolean => {
    if (!key.startsWith("level/")) return false
    const positionId = key.slice(key.lastIndexOf("/") + 1)
    put(this.levels, positionId, value?._tag === "LevelState" ? value.level : undefined)
    return true
  }

  /** The workspace of the account that a row of `account-state` or `margin-state` is about. */
  workspaceOf(key: string): string | undefined {
    return this.accounts.get(key.split("/")[1] ?? "")?.account?.workspaceId
  }

  /** An account of this workspace; undefined where another one has it. */
  accountOf(workspaceId: string, accountId: string): (ViewedAccount & { readonly account: Account }) | undefined {
    const found = this.accounts.get(accountId)
    return found?.account?.workspaceId === workspaceId
      ? (found as ViewedAccount & { readonly account: Account })
      : undefined
  }

  /** A price has come. */
  readonly tick = (tick: MarketTick): void => {
    const known = this.markets.get(tick.market) ?? { last: tick, trail: new PriceTrail() }
    this.markets.set(tick.market, known)
    if (tick.marketTimeMs < known.last.marketTimeMs) return
    known.last = tick
    known.trail.add(tick.marketTimeMs, tick.priceUsd)
  }

  /** Accounts of a workspace; those of all workspaces are never given out together. */
  accountsOf(workspaceId: string): ReadonlyArray<ViewedAccount & { readonly account: Account }> {
    const found: Array<ViewedAccount & { readonly account: Account }> = []
    for (const one of this.accounts.values()) {
      if (one.account?.workspaceId === workspaceId) found.push(one as ViewedAccount & { readonly account: Account })
    }
    return found
  }

  market(name: string): ViewedMarket | undefined {
    return this.markets.get(name)
  }

  levelOf(positionId: string): MarginLevel {
    return this.levels.get(positionId) ?? "normal"
  }

  private open(accountId: string): ViewedAccount {
    const made: ViewedAccount = { accountId, account: undefined, rules: new Map(), positions: new Map() }
    this.accounts.set(accountId, made)
    return made
  }
}

const put = <A>(map: Map<string, A>, key: string, value: A | undefined): void => {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}
