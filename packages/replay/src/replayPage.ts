import { type Happening, happeningsOf } from "./Happening.ts"
import { pageStyle } from "./pageStyle.ts"
import { logOf, type NamedRun, type ReplayReport } from "./ReplayReport.ts"
import type { ReplayRun } from "./replay.ts"
import { type Curve, escaped, type Mark, shortTime, timeChart } from "./timeChart.ts"
import { triggerLines } from "./triggerLines.ts"

/** Rows and lines beyond these would hide more than they show; the decision log has everything. */
const mostRows = 500
const mostLevels = 200

/** The report as one page that needs nothing else: price with triggers and actions, equity, accounts, acts. */
export const replayPage = (report: ReplayReport): string => {
  const { difference, first, second } = report
  const { run } = first
  const title = second === undefined ? `Replay of ${run.source}` : `${first.name} against ${second.name}`
  const verdict =
    difference === undefined
      ? ""
      : `<p class="verdict">${difference.same ? "They decide the same." : `They decide differently: ${difference.differences.length} happenings, ${difference.alike} are the same.`}</p>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p>${escaped(run.source)}: ${run.ticks.toLocaleString("en")} ticks, ${shortTime(run.fromMs)} to ${shortTime(run.toMs)} UTC of market time.</p>
${verdict}
${legend(report)}
<h2>Price, triggers and actions <small>USD</small></h2>
${priceChart(report)}
<h2>Equity of all accounts <small>sats</small></h2>
${equityChart(report)}
<h2>Accounts <small>sats</small></h2>
${accountTable(report)}
<h2>Acts</h2>
${actTable(report)}
</body>
</html>
`
}

const looks = ["first", "second"] as const

interface Side {
  readonly name: string
  readonly look: (typeof looks)[number]
  readonly acts: ReadonlyArray<Happening>
  readonly run: ReplayRun | undefined
}

const sidesOf = ({ first, second }: ReplayReport): ReadonlyArray<Side> =>
  [first, ...(second === undefined ? [] : [second])].map((one, index) => ({
    name: one.name,
    look: looks[index]!,
    acts: happeningsOf(logOf(one)).filter(({ kind }) => kind === "act"),
    run: "run" in one ? (one as NamedRun).run : undefined
  }))

const legend = (report: ReplayReport): string => {
  const sides = sidesOf(report).map(
    ({ acts, look, name }) =>
      `<span class="entry"><span class="key ${look}">${look === "first" ? "●" : "◆"}</span> ${escaped(name)}: ${acts.length} acts</span>`
  )
  const triggers = '<span class="entry"><span class="key trigger"></span> triggers</span>'
  return `<p class="legend">${[...sides, triggers].join(" ")}</p>`
}

const aboutOf = (act: Happening, name: string): string =>
  `${name}, ${shortTime(act.atMs)}: ${act.ruleId ?? ""} ${act.position ?? ""}: ${act.what} at ${act.priceUsd ?? "?"} USD`

const priceChart = (report: ReplayReport): string => {
  const { run } = report.first
  const marks = sidesOf(report).flatMap(({ acts, look, name }) =>
    acts.map(
      (act): Mark => ({
        look,
        shape: look === "first" ? "circle" : "diamond",
        timeMs: act.atMs,
        value: act.priceUsd ?? 0,
        about: aboutOf(act, name)
      })
    )
  )
  const levels = triggerLines(run.log, run.rules, run)
    .slice(0, mostLevels)
    .map(({ fromMs, position, priceUsd, ruleId, toMs }) => ({
      ...{ fromMs, toMs, value: priceUsd },
      about: `${ruleId}${position === undefined ? "" : ` on ${position}`} triggers at ${priceUsd.toFixed(2)} USD`
    }))
  const price: Curve = {
    name: "price",
    look: "price",
    points: run.samples.map((sample) => [sample.marketTimeMs, sample.priceUsd])
  }
  const { fromMs, toMs } = run
  return timeChart({
    ...{ title: "Price, triggers and actions", unit: "USD", height: 420, fromMs, toMs },
    ...{ curves: [price], marks, levels }
  })
}

const equityChart = (report: ReplayReport): string => {
  const { fromMs, toMs } = report.first.run
  const curves = sidesOf(report).flatMap(({ look, name, run }): ReadonlyArray<Curve> => {
    if (run === undefined) return []
    const points = run.samples.map(
      ({ equitySats, marketTimeMs }) => [marketTimeMs, equitySats.reduce((sum, one) => sum + one, 0)] as const
    )
    return [{ name, look, points }]
  })
  return timeChart({
    ...{ title: "Equity of all accounts", unit: "sats", height: 240, fromMs, toMs },
    ...{ curves, marks: [], levels: [] }
  })
}

const figure = (value: number): string => value.toLocaleString("en")
const usd = (price: number): string =>
  price.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const signed = (value: number): string => `${value > 0 ? "+" : ""}${figure(value)}`

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<string>): string =>
  `<div class="wide"><table>
<thead><tr>${head.map((cell) => `<th>${escaped(cell)}</th>`).join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table></div>`

const row = (cells: ReadonlyArray<string>, look = ""): string =>
  `<tr class="${look}">${cells.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`

const accountTable = ({ accounts, first, second }: ReplayReport): string =>
  accounts.length > 0 && second !== undefined
    ? table(
        ["account", `P&L ${first.name}`, `P&L ${second.name}`, "difference", "drawdown", "liquidated"],
        accounts.map((one) =>
          row([
            ...[one.accountId, signed(one.first.pnlSats), signed(one.second.pnlSats), signed(one.pnlDifferenceSats)],
            `${figure(one.first.drawdownSats)} / ${figure(one.second.drawdownSats)}`,
            `${one.first.liquidations} / ${one.second.liquidations}`
          ])
        )
      )
    : table(
        ["account", "equity before", "equity after", "P&L", "drawdown", "open", "liquidated"],
        first.run.accounts.map((one) =>
          row([
            ...[one.accountId, figure(one.startEquitySats), figure(one.endEquitySats), signed(one.pnlSats)],
            ...[figure(one.drawdownSats), String(one.openPositions), String(one.liquidations)]
          ])
        )
      )

const actTable = (report: ReplayReport): string => {
  const all = sidesOf(report)
    .flatMap(({ acts, look, name }) => acts.map((act) => ({ act, look, name })))
    .sort((a, b) => a.act.atMs - b.act.atMs)
  const rows = all.slice(0, mostRows).map(({ act, look, name }) => {
    const { marginLoss, pnlSats } = act.figures
    return row(
      [
        ...[
          shortTime(act.atMs),
          name,
          act.ruleId ?? "",
          act.position ?? "",
          act.what,
          act.priceUsd === undefined ? "" : usd(act.priceUsd)
        ],
        marginLoss === undefined ? "" : `${(marginLoss * 100).toFixed(1)} %`,
        pnlSats === undefined ? "" : signed(pnlSats)
      ],
      look
    )
  })
  const more = all.length > mostRows ? `<p>… and ${all.length - mostRows} more, in the decision log.</p>` : ""
  const head = ["time (UTC)", "under", "rule", "position", "act", "price", "margin lost", "P&L sats"]
  return all.length === 0 ? "<p>No rule acted.</p>" : table(head, rows) + more
}
