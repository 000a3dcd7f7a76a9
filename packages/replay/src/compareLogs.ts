import type { LogEntry } from "./DecisionLog.ts"
import { type Happening, happeningsOf } from "./Happening.ts"
import type { AccountResult } from "./replay.ts"

/** The n-th happening of a rule with a position (or of a position alone) in one log and in the other. */
export interface Difference {
  readonly kind: Happening["kind"]
  readonly accountId: string
  readonly ruleId?: string
  readonly position?: string
  /** Absent: it happens in the other log only. */
  readonly first?: Happening
  readonly second?: Happening
}

/** How an account ended in one run and in the other, in satoshis. */
export interface AccountDifference {
  readonly accountId: string
  readonly name: string
  readonly first: AccountResult
  readonly second: AccountResult
  readonly pnlDifferenceSats: number
  readonly equityDifferenceSats: number
}

export interface LogDifference {
  readonly same: boolean
  /** In the order of market time. */
  readonly differences: ReadonlyArray<Difference>
  /** Happenings that are the same in both. */
  readonly alike: number
}

/**
 * What two logs decide differently: each rule's n-th act on a position is held against the other's n-th.
 *
 * The same are two that happen at the same tick with the same words; ids and figures follow from them.
 */
export const compareLogs = (first: ReadonlyArray<LogEntry>, second: ReadonlyArray<LogEntry>): LogDifference => {
  const one = grouped(happeningsOf(first))
  const other = grouped(happeningsOf(second))
  const differences: Array<Difference> = []
  let alike = 0
  for (const key of new Set([...one.keys(), ...other.keys()])) {
    const ones = one.get(key) ?? []
    const others = other.get(key) ?? []
    for (let index = 0; index < Math.max(ones.length, others.length); index++) {
      const [a, b] = [ones[index], others[index]]
      if (a !== undefined && b !== undefined && isSame(a, b)) alike += 1
      else differences.push(differenceOf(a, b))
    }
  }
  return {
    same: differences.length === 0,
    differences: differences.sort((a, b) => timeOf(a) - timeOf(b)),
    alike
  }
}

/** The accounts of two runs, side by side. */
export const compareAccounts = (
  first: ReadonlyArray<AccountResult>,
  second: ReadonlyArray<AccountResult>
): ReadonlyArray<AccountDifference> => {
  const others = new Map(second.map((account) => [account.accountId, account]))
  return first.flatMap((account) => {
    const other = others.get(account.accountId)
    if (other === undefined) return []
    return {
      accountId: account.accountId,
      name: account.name,
      first: account,
      second: other,
      pnlDifferenceSats: other.pnlSats - account.pnlSats,
      equityDifferenceSats: other.endEquitySats - account.endEquitySats
    }
  })
}

const grouped = (happenings: ReadonlyArray<Happening>): ReadonlyMap<string, ReadonlyArray<Happening>> =>
  Map.groupBy(happenings, ({ accountId, kind, position, ruleId }) =>
    [kind, accountId, ruleId ?? "", position ?? ""].join("\u0000")
  )

const isSame = (one: Happening, other: Happening): boolean =>
  one.atMs === other.atMs && one.priceUsd === other.priceUsd && one.what === other.what

const differenceOf = (first: Happening | undefined, second: Happening | undefined): Difference => {
  const { accountId, kind, position, ruleId } = (first ?? second)!
  return {
    kind,
    accountId,
    ...(ruleId === undefined ? {} : { ruleId }),
    ...(position === undefined ? {} : { position }),
    ...(first === undefined ? {} : { first }),
    ...(second === undefined ? {} : { second })
  }
}

const timeOf = ({ first, second }: Difference): number =>
  Math.min(first?.atMs ?? Number.POSITIVE_INFINITY, second?.atMs ?? Number.POSITIVE_INFINITY)
