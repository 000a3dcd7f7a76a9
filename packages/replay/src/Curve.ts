import { type LocalExchange, Market } from "@millrace/simulators"
import { equitySats } from "./Equity.ts"

/** Price and equity at a market time. */
export interface Sample {
  readonly marketTimeMs: number
  readonly priceUsd: number
  /** Satoshis of each account, in the order of the accounts. */
  readonly equitySats: ReadonlyArray<number>
}

/** The equities of a replay's accounts at some points: every so many ticks, and wherever something was decided. */
export class Curve {
  readonly samples: Array<Sample> = []
  private readonly market: LocalExchange
  private readonly accountIds: ReadonlyArray<string>
  private readonly every: number
  private ticks = 0
  private entries = 0

  constructor(market: LocalExchange, accountIds: ReadonlyArray<string>, every: number) {
    this.market = market
    this.accountIds = accountIds
    this.every = every
    this.take()
  }

  /** A tick was worked off; `entries`: what is in the log by now. */
  note(entries: number): void {
    this.ticks += 1
    if (entries === this.entries && this.ticks % this.every !== 0) return
    this.entries = entries
    this.take()
  }

  /** The last tick was worked off. */
  end(): void {
    if (this.samples.at(-1)?.marketTimeMs !== this.market.state().timeMs) this.take()
  }

  /** Deepest fall below the highest point before, of one account, in satoshis. */
  drawdownSats(index: number): number {
    let highest = Number.NEGATIVE_INFINITY
    let deepest = 0
    for (const sample of this.samples) {
      const equity = sample.equitySats[index]!
      highest = Math.max(highest, equity)
      deepest = Math.max(deepest, highest - equity)
    }
    return deepest
  }

  private take(): void {
    const state = this.market.state()
    const equities = this.accountIds.map((id) => {
      const account = Market.findAccount(state, id)
      return account === undefined ? 0 : equitySats(state, account)
    })
    this.samples.push({ marketTimeMs: state.timeMs, priceUsd: state.price ?? 0, equitySats: equities })
  }
}
