import type { Account, Position } from "@millrace/contracts"
import type { ExchangeError } from "@millrace/exchange"
import { Effect, Metric } from "effect"
import type { ExchangeAlerts } from "./ExchangeAlerts.ts"
import {
  changedByHand,
  type Difference,
  describeDifferences,
  differences,
  liquidationDifference,
  pnlDifference
} from "./figureChecks.ts"
import type { Correction, PositionBook } from "./PositionBook.ts"
import type { RecentPrices } from "./RecentPrices.ts"

/** What one read of an account's positions showed. */
export interface AccountRead {
  /** No event or outcome asked for it, so what it changed nobody told. */
  readonly unasked: boolean
  readonly corrections: ReadonlyArray<Correction>
  /** Positions that were gone from the exchange. */
  readonly missing: ReadonlyArray<Position>
  /** Running P&L in satoshis as the exchange shows it, by position. */
  readonly runningPnl: ReadonlyMap<string, number>
  /** Monotonic times, in milliseconds. */
  readonly startedAtMs: number
  readonly endedAtMs: number
}

/** The safety net of an account: compares what the exchange shows with what we hold, and tells of disagreements. */
export interface AccountCheck {
  readonly onRead: (read: AccountRead) => Effect.Effect<void>
  /** The stream told of this trade: a read that saw it first was no disagreement. */
  readonly explain: (tradeId: string) => void
  /** The stream was away: everything that it would have told is explained. */
  readonly explainAll: () => void
  readonly onFailure: (error: ExchangeError, nowMs: number) => void
}

export interface AccountCheckOptions {
  readonly account: Account
  readonly book: PositionBook
  readonly alerts: ExchangeAlerts
  readonly prices: RecentPrices
  readonly nowMs: () => number
  readonly outOfReachAfterMs: number
  /** Share of the price by which the exchange's valuation may differ from the last price. */
  readonly priceTolerance: number
}

/** Time for the prices that the exchange used to reach us. */
const pricesSettledMs = 2_000

/** A price of our own that lags shows in every account at once: only what lasts is told. */
const pnlConfirmations = 3

interface Suspicion {
  readonly position: Position
  readonly found: ReadonlyArray<Difference>
  readonly what: "corrected" | "appeared" | "gone"
}

const checks = Metric.counter("millrace_market_data_checks_total", {
  description: "reads of accounts with positions that were compared with our own figures, by result",
  incremental: true
})
const corrections = Metric.counter("millrace_market_data_corrections_total", {
  description: "positions in which a read changed something that no event had told",
  incremental: true
})

export const makeAccountCheck = (options: AccountCheckOptions): AccountCheck => {
  const { account, alerts, book } = options
  let suspicions: ReadonlyArray<Suspicion> = []
  let explained = new Set<string>()
  let everythingExplained = false
  let lastReadAtMs = options.nowMs()
  let valued: { readonly read: AccountRead; readonly positions: ReadonlyArray<Position> } | undefined
  const inDispute = new Map<string, number>()

  /** What the read before found is told, unless the stream or an outcome has explained it since. */
  const tellSuspicions = (): number => {
    const now = new Map(book.ofAccount(account.accountId).map((position) => [position.positionId, position]))
    const left = suspicions.filter(({ position, what }) => {
      const explainedByStream = explained.has(position.positionId) || (everythingExplained && what !== "corrected")
      return !explainedByStream && now.get(position.positionId)?.commandId === undefined
    })
    for (const suspicion of left) alerts.notice(noticeOf(account, suspicion))
    suspicions = []
    explained = new Set()
    everythingExplained = false
    return left.length
  }

  const suspectedIn = (read: AccountRead): ReadonlyArray<Suspicion> => [
    ...read.corrections.flatMap(({ after, before }): ReadonlyArray<Suspicion> => {
      if (before === undefined) return [{ position: after, found: [], what: "appeared" }]
      const found = differences(before, after)
      return found.length === 0 ? [] : [{ position: after, found, what: "corrected" }]
    }),
    ...read.missing.map((position): Suspicion => ({ position, found: [], what: "gone" }))
  ]

  const compare = (
    position: Position,
    cause: string,
    found: Difference | undefined,
    confirmations: number
  ): boolean => {
    const key = `${position.positionId}/${cause}`
    const of = { account, positionId: position.positionId, cause }
    if (found === undefined) {
      inDispute.delete(key)
      alerts.clear({ ...of, body: `The figures of position ${position.positionId} agree again.` })
      return false
    }
    const times = (inDispute.get(key) ?? 0) + 1
    inDispute.set(key, times)
    if (times >= confirmations) alerts.raise({ ...of, ...disputeOf(position, found) })
    return true
  }

  /** P&L of the read before: by now the prices that the exchange may have used are all known. */
  const comparePnl = (nowMs: number): number => {
    if (valued === undefined || nowMs - valued.read.endedAtMs < pricesSettledMs) return 0
    const { positions, read } = valued
    valued = undefined
    const range = options.prices.between(read.startedAtMs - pricesSettledMs, read.endedAtMs + pricesSettledMs)
    if (range === undefined) return 0
    return positions.filter((position) => {
      const theirs = read.runningPnl.get(position.positionId)
      if (theirs === undefined) return false
      const found = pnlDifference(position, theirs, range, options.priceTolerance)
      return compare(position, "pnl", found, pnlConfirmations)
    }).length
  }

  return {
    onRead: (read) =>
      Effect.suspend(() => {
        lastReadAtMs = read.endedAtMs
        alerts.clear({ account, cause: "out_of_reach", body: "The account's positions were read again." })
        let found = read.unasked ? tellSuspicions() : 0
        const suspected = read.unasked ? suspectedIn(read) : []
        if (read.unasked) suspicions = suspected
        found += comparePnl(read.endedAtMs)
        const positions = book.ofAccount(account.accountId)
        for (const position of positions) {
          if (compare(position, "liquidation_price", liquidationDifference(position), 1)) found += 1
        }
        if (valued === undefined && read.runningPnl.size > 0) valued = { read, positions }
        if (positions.length === 0) return Effect.void
        const result = found > 0 ? "disagreed" : suspected.length > 0 ? "corrected" : "agreed"
        return Effect.andThen(
          Metric.update(Metric.withAttributes(checks, { result }), 1),
          suspected.length === 0 ? Effect.void : Metric.update(corrections, suspected.length)
        )
      }),
    explain: (tradeId) => {
      explained.add(tradeId)
    },
    explainAll: () => {
      everythingExplained = true
    },
    onFailure: (error, nowMs) => {
      const awayMs = nowMs - lastReadAtMs
      const positions = book.ofAccount(account.accountId).length
      if (awayMs < options.outOfReachAfterMs || positions === 0) return
      alerts.raise({ account, cause: "out_of_reach", ...outOfReach(account, positions, awayMs, error) })
    }
  }
}

const noticeOf = (account: Account, { found, position, what }: Suspicion) => {
  const { positionId, revision } = position
  const texts = {
    corrected: `differed from the exchange and was corrected: ${describeDifferences(found)}`,
    appeared: "runs at the exchange and nothing had told of it; it is followed now",
    gone: "was gone from the exchange and nothing had told of its end"
  } as const
  return {
    account,
    positionId,
    cause: what,
    since: String(revision),
    level: what === "corrected" && changedByHand(found) ? ("info" as const) : ("warning" as const),
    title: `Position ${positionId} of ${account.name} ${what === "corrected" ? "was corrected" : what}`,
    body: `Position ${positionId} ${texts[what]}.`
  }
}

const disputeOf = (position: Position, found: Difference) => ({
  since: String(position.revision),
  level: "warning" as const,
  title: `The exchange's figures of position ${position.positionId} are not ours`,
  body:
    `Position ${position.positionId}: ${describeDifferences([found])}. Rules go on with our figures: look at the ` +
    "position at the exchange, and set its stop loss there if in doubt."
})

const outOfReach = (account: Account, positions: number, awayMs: number, error: { readonly message: string }) => ({
  since: "reach",
  level: "critical" as const,
  title: `The positions of ${account.name} can't be read at the exchange`,
  body:
    `${positions} open positions were last read ${Math.round(awayMs / 1000)} s ago (${error.message}). Rules go on with ` +
    "the last known figures; commands may fail. Log in at the exchange and watch the positions by hand."
})
