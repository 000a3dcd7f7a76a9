import { DateTime } from "effect"
import type { AccountDifference, Difference, LogDifference } from "./compareLogs.ts"
import { type Happening, happeningsOf } from "./Happening.ts"
import type { AccountResult, ReplayRun } from "./replay.ts"

/** Acts that are shown one by one; all of them are in the JSON and in the log. */
const mostShown = 40

const time = (ms: number): string => DateTime.formatIso(DateTime.makeUnsafe(ms))
const signed = (sats: number): string => `${sats > 0 ? "+" : ""}${sats}`

/** A replay in some lines: what was decided, and where the accounts ended. */
export const runLines = (run: ReplayRun): ReadonlyArray<string> => {
  const acts = happeningsOf(run.log).filter(({ kind }) => kind === "act")
  return [
    `${run.source}: ${run.ticks} ticks, ${time(run.fromMs)} to ${time(run.toMs)}, ${run.rules.length} rules`,
    "",
    acts.length === 0 ? "No rule acted." : `${acts.length} acts:`,
    ...shownAtMost(acts, (act) => [`  ${time(act.atMs)}  ${subjectOf(act)}  ${wordsOf(act)}`]),
    "",
    ...table(
      ["account", "equity before", "equity after", "P&L sats", "drawdown", "open", "liquidated"],
      run.accounts.map(accountRow)
    ),
    ...troubleLines(run)
  ]
}

/** Two runs, or a run and what happened live: what differs, and by how much. */
export const differenceLines = (
  names: { readonly first: string; readonly second: string },
  difference: LogDifference,
  accounts: ReadonlyArray<AccountDifference>
): ReadonlyArray<string> => {
  const acts = difference.differences.filter(({ kind }) => kind === "act")
  const others = Map.groupBy(
    difference.differences.filter(({ kind }) => kind !== "act"),
    ({ kind }) => kind
  )
  const title = difference.same
    ? `The same: ${difference.alike} happenings in both.`
    : `Different: ${difference.differences.length} happenings, ${acts.length} of them acts; ${difference.alike} are the same.`
  return [
    title,
    ...shownAtMost(acts, (one) => actLines(one, names)),
    ...[...others].map(
      ([kind, list]) =>
        `  ${list.length} of kind ${kind}, the first at ${time((list[0]!.first ?? list[0]!.second)!.atMs)}`
    ),
    ...(accounts.length === 0
      ? []
      : [
          "",
          ...table(
            ["account", `P&L ${names.first}`, `P&L ${names.second}`, "difference", "equity difference", "drawdowns"],
            accounts.map(({ accountId, equityDifferenceSats, first, pnlDifferenceSats, second }) => [
              accountId,
              signed(first.pnlSats),
              signed(second.pnlSats),
              signed(pnlDifferenceSats),
              signed(equityDifferenceSats),
              `${first.drawdownSats} / ${second.drawdownSats}`
            ])
          )
        ])
  ]
}

/** Warnings and errors of the workers, which a replay should not have. */
export const troubleLines = ({ troubles }: Pick<ReplayRun, "troubles">): ReadonlyArray<string> =>
  troubles.length === 0
    ? []
    : [
        "",
        `The workers logged ${troubles.length} warnings or errors:`,
        ...shownAtMost(troubles, ({ level, marketTimeMs, message }) => [
          `  ${time(marketTimeMs)}  ${level}  ${message}`
        ])
      ]

const shownAtMost = <A>(items: ReadonlyArray<A>, lines: (item: A) => ReadonlyArray<string>): ReadonlyArray<string> => [
  ...items.slice(0, mostShown).flatMap(lines),
  ...(items.length > mostShown ? [`  … and ${items.length - mostShown} more`] : [])
]

const subjectOf = ({ accountId, position, ruleId }: Pick<Difference, "accountId" | "position" | "ruleId">): string =>
  [ruleId ?? accountId, position === undefined ? "" : `on ${position}`].join(" ").trim()

const wordsOf = ({ figures, priceUsd, what }: Happening): string => {
  const { marginLoss, pnlSats } = figures
  const shown = [
    ...(marginLoss === undefined ? [] : [`margin lost ${(marginLoss * 100).toFixed(1)} %`]),
    ...(pnlSats === undefined ? [] : [`P&L ${signed(pnlSats)} sats`])
  ]
  const price = priceUsd === undefined ? "" : ` at ${priceUsd} USD`
  return `${what}${price}${shown.length === 0 ? "" : ` (${shown.join(", ")})`}`
}

const actLines = (one: Difference, names: { readonly first: string; readonly second: string }) => {
  const width = Math.max(names.first.length, names.second.length)
  const line = (name: string, act: Happening | undefined) =>
    `    ${name.padEnd(width)}  ${act === undefined ? "does not act" : `${time(act.atMs)}  ${wordsOf(act)}`}`
  return [`  ${subjectOf(one)}`, line(names.first, one.first), line(names.second, one.second)]
}

const accountRow = (account: AccountResult): ReadonlyArray<string> => [
  account.accountId,
  String(account.startEquitySats),
  String(account.endEquitySats),
  signed(account.pnlSats),
  String(account.drawdownSats),
  String(account.openPositions),
  String(account.liquidations)
]

/** Columns of equal width, the first to the left, figures to the right. */
const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  return all.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd()
  )
}
