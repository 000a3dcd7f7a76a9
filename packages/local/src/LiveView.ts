import type { AutomationCommand, Decision, Rule } from "@millrace/contracts"
import { percentiles } from "./Percentiles.ts"
import { scenarioIdIn } from "./RunPlan.ts"
import type { RunCommand, RunState } from "./RunState.ts"
import { kindWords, ruleWords, signedPercent, usd, waitingWords } from "./ruleWords.ts"
import { type WatchRow, watchRows } from "./WatchRow.ts"

/** What the view shows beside the run's records. */
export interface ViewFacts {
  readonly runId: string
  readonly elapsedSeconds: number
  readonly addresses: ReadonlyArray<string>
  readonly feed: {
    readonly priceUsd: number | undefined
    readonly marketTimeMs: number | undefined
    readonly ticksSent: number
    readonly done: boolean
  }
  readonly lanes: ReadonlyArray<{ readonly lane: string; readonly lagRecords: number }>
  readonly services: ReadonlyArray<{ readonly name: string; readonly ready: boolean; readonly restarts: number }>
  /** Columns and lines of the terminal. */
  readonly width: number
  readonly height: number
}

const dim = (text: string): string => `\u001b[2m${text}\u001b[0m`
const bold = (text: string): string => `\u001b[1m${text}\u001b[0m`
const coloured = (code: number, text: string): string => `\u001b[${code}m${text}\u001b[0m`

const escape = "\u001b"
const colourOrCharacter = new RegExp(`${escape}\\[\\d+m|.`, "gu")

/** The line without what does not fit: a wrapped line would push the rest out of the screen. */
export const cut = (line: string, width: number): string => {
  let seen = 0
  let cutLine = ""
  for (const [part] of line.matchAll(colourOrCharacter)) {
    const isColour = part.startsWith("\u001b")
    if (!isColour && seen >= width) continue
    if (!isColour) seen += 1
    cutLine += part
  }
  return cutLine
}

const clock = (ms: number | undefined): string =>
  ms === undefined ? "–" : new Date(ms).toISOString().slice(0, 19).replace("T", " ")

const bar = (share: number, width: number): string => {
  const filled = Math.max(0, Math.min(width, Math.round(share * width)))
  const text = "█".repeat(filled) + "░".repeat(width - filled)
  return coloured(share >= 0.9 ? 31 : share >= 0.8 ? 33 : 32, text)
}

const figureCell = ({ figure, share }: WatchRow): string =>
  figure === undefined ? " ".repeat(27) : `${bar(share ?? 0, 12)} ${figure.padStart(14)}`

const awayCell = ({ distance, triggerUsd }: WatchRow): string =>
  triggerUsd === undefined
    ? " ".repeat(19)
    : `${usd(triggerUsd).padStart(10)} ${`${(distance * 100).toFixed(2)} %`.padStart(8)}`

const rowLine = (runId: string, row: WatchRow): string => {
  const line = [
    scenarioIdIn(runId, row.accountId).slice(0, 12).padEnd(12),
    row.subject.padEnd(24),
    figureCell(row),
    ruleWords(row.rule).padEnd(36),
    awayCell(row),
    row.state
  ].join("  ")
  return row.hasEnded ? dim(line) : line
}

const latencyOf = ({ command, outcome }: RunCommand): number | undefined =>
  outcome?.timing.sentAtMs === undefined ? undefined : outcome.timing.sentAtMs - command.tickReceivedAtMs

/** One line about a command and its outcome; it is about a position, or (an entry) about its rule. */
export const commandLine = (runId: string, entry: RunCommand, rule: Rule | undefined): string => {
  const { command, outcome } = entry
  const latency = latencyOf(entry)
  const { positionId, ruleId } = command
  const subject = positionId === undefined ? scenarioIdIn(runId, ruleId) : positionId.slice(0, 8)
  return [
    clock(command.marketTimeMs),
    `${rule === undefined ? "" : `${kindWords(rule)}: `}${command.action._tag} ${scenarioIdIn(runId, command.accountId)}/${subject}`,
    `at ${usd(command.priceUsd)}${comparedWords(command)}`,
    `→ ${outcome === undefined ? "on its way" : `${outcome.status}, ${outcome.reason}`}`,
    latency === undefined ? "" : `tick to order ${latency.toFixed(1)} ms`
  ].join("  ")
}

/** The figure that the rule compared. */
const comparedWords = ({ figures, metric }: AutomationCommand): string => {
  if (figures === undefined) return ""
  const { marginLoss, returnOnMarginPercent } = figures
  return metric === "return_on_margin" && returnOnMarginPercent !== undefined
    ? ` (P&L ${signedPercent(returnOnMarginPercent, 1)})`
    : ` (margin loss ${(marginLoss * 100).toFixed(1)} %)`
}

/** One line about a rule that waits, and for what. */
export const waitingLine = (runId: string, decision: Decision, rule: Rule | undefined): string => {
  const { accountId, marketTimeMs, positionId, priceUsd, ruleId } = decision
  return [
    clock(marketTimeMs),
    `${rule === undefined ? "" : `${ruleWords(rule)}  `}${scenarioIdIn(runId, accountId)}/${positionId?.slice(0, 8) ?? scenarioIdIn(runId, ruleId)}`,
    `at ${usd(priceUsd)}`,
    `→ ${waitingWords(decision)}`
  ].join("  ")
}

/** The lines of the live view, cut to the terminal's size. */
export const renderView = (state: RunState, facts: ViewFacts): ReadonlyArray<string> => {
  const { feed, runId } = facts
  const commands = [...state.commands.values()]
  const latency = percentiles(commands.map(latencyOf).filter((ms) => ms !== undefined))
  const recent = commands.slice(-6).map((entry) => commandLine(runId, entry, state.rules.get(entry.command.ruleId)))
  const told = state.notifications
    .slice(-3)
    .map(({ level, title }) => `${level === "critical" ? coloured(31, "!") : " "} ${title}`)
  const fixed = 13 + facts.addresses.length + recent.length + told.length
  const rows = feed.priceUsd === undefined ? [] : watchRows(state, feed.priceUsd)
  const room = Math.max(3, facts.height - fixed)
  const lines = [
    `${bold("Millrace")}  run ${runId}  ${facts.elapsedSeconds.toFixed(0)} s${feed.done ? "  feed has ended" : ""}`,
    `BTC/USD ${bold(usd(feed.priceUsd))}  market time ${clock(feed.marketTimeMs)}  ticks ${feed.ticksSent.toLocaleString("en-US")}`,
    ...facts.addresses.map(dim),
    "",
    bold(
      [
        "account".padEnd(12),
        "position or entry".padEnd(24),
        "figure".padEnd(27),
        "rule".padEnd(36),
        `${"trigger".padStart(10)} ${"away".padStart(8)}`,
        "state"
      ].join("  ")
    ),
    ...rows.slice(0, room).map((row) => rowLine(runId, row)),
    ...(rows.length > room ? [dim(`… and ${rows.length - room} more`)] : []),
    "",
    bold("last decisions"),
    ...(recent.length === 0 ? [dim("none yet")] : recent),
    bold("notifications"),
    ...(told.length === 0 ? [dim("none yet")] : told),
    `${bold("lanes")}  ${facts.lanes.map(({ lane, lagRecords }) => `${lane} ${lagRecords}`).join("  ")}  ${dim("(lag in records)")}`,
    `${bold("services")}  ${facts.services.map(({ name, ready, restarts }) => `${ready ? coloured(32, "●") : coloured(31, "○")} ${name}${restarts > 0 ? ` (restarted ${restarts}×)` : ""}`).join("  ")}`,
    `${bold("tick received → order sent")}  p50 ${latency.p50 ?? "–"}  p95 ${latency.p95 ?? "–"}  p99 ${latency.p99 ?? "–"} ms  ${dim("Ctrl-C stops everything")}`
  ]
  return lines.slice(0, facts.height).map((line) => cut(line, facts.width))
}
