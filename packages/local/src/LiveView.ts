import type { Position, Rule } from "@millrace/contracts"
import { conditionHolds, marginFigures, triggerPriceUsd } from "@millrace/trading"
import { percentiles } from "./Percentiles.ts"
import { scenarioIdIn } from "./RunPlan.ts"
import type { RunCommand, RunState } from "./RunState.ts"

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

const money = (usd: number | undefined): string =>
  usd === undefined ? "–" : usd.toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 })

const clock = (ms: number | undefined): string =>
  ms === undefined ? "–" : new Date(ms).toISOString().slice(0, 19).replace("T", " ")

interface PairRow {
  readonly position: Position
  readonly rule: Rule
  readonly loss: number
  readonly triggerUsd: number
  /** Share of the price that is left to the trigger; 0 once it is reached. */
  readonly distance: number
  readonly state: string
}

const pairState = (state: RunState, position: Position, rule: Rule): string => {
  if (position.status === "closed") return position.closeReason ?? "closed"
  const last = [...state.commands.values()]
    .filter(({ command }) => command.positionId === position.positionId && command.ruleId === rule.ruleId)
    .at(-1)
  if (last === undefined) return state.levels.get(position.positionId)?.level ?? "normal"
  return `${last.command.action._tag} ${last.outcome?.status ?? "sent"}`
}

/** One row for each pair of a rule and a position, nearest to its trigger first, ended ones last. */
export const pairRows = (state: RunState, priceUsd: number): ReadonlyArray<PairRow> => {
  const rulesOf = new Map<string, Array<Rule>>()
  for (const rule of state.rules.values()) rulesOf.set(rule.accountId, [...(rulesOf.get(rule.accountId) ?? []), rule])
  const rows: Array<PairRow> = []
  for (const position of state.positions.values()) {
    for (const rule of rulesOf.get(position.accountId) ?? []) {
      const triggerUsd = triggerPriceUsd(position, rule.metric, rule.threshold)
      const reached = conditionHolds(position, rule.metric, rule.threshold, priceUsd)
      rows.push({
        position,
        rule,
        loss: marginFigures(position, priceUsd).marginLoss,
        triggerUsd,
        distance: position.status === "closed" ? Infinity : reached ? 0 : Math.abs(priceUsd - triggerUsd) / priceUsd,
        state: pairState(state, position, rule)
      })
    }
  }
  return rows.sort((a, b) => a.distance - b.distance)
}

const bar = (share: number, width: number): string => {
  const filled = Math.max(0, Math.min(width, Math.round(share * width)))
  const text = "█".repeat(filled) + "░".repeat(width - filled)
  return coloured(share >= 0.9 ? 31 : share >= 0.8 ? 33 : 32, text)
}

const pairLine = (runId: string, row: PairRow): string => {
  const { position, rule, loss, triggerUsd, distance } = row
  const ended = position.status === "closed"
  const cells = [
    scenarioIdIn(runId, position.accountId).slice(0, 12).padEnd(12),
    `${position.side === "buy" ? "long " : "short"} ${String(position.quantityUsd).padStart(7)} USD ${String(Math.round(position.leverage * 10) / 10).padStart(5)}x`,
    ended ? " ".repeat(26) : `${bar(loss, 18)} ${`${(loss * 100).toFixed(1)} %`.padStart(7)}`,
    `${rule.action === "add_margin" ? "add margin" : "close"} at ${(rule.threshold * 100).toFixed(0)} %`.padEnd(18),
    ended ? " ".repeat(20) : `${money(triggerUsd).padStart(10)} ${`${(distance * 100).toFixed(2)} %`.padStart(8)} `,
    row.state
  ]
  return ended ? dim(cells.join("  ")) : cells.join("  ")
}

const latencyOf = ({ command, outcome }: RunCommand): number | undefined =>
  outcome?.timing.sentAtMs === undefined ? undefined : outcome.timing.sentAtMs - command.tickReceivedAtMs

/** One line about a command and its outcome. */
export const commandLine = (runId: string, entry: RunCommand): string => {
  const { command, outcome } = entry
  const latency = latencyOf(entry)
  return [
    clock(command.marketTimeMs),
    `${command.action._tag} ${scenarioIdIn(runId, command.accountId)}/${command.positionId.slice(0, 8)}`,
    `at ${money(command.priceUsd)} (margin loss ${(command.figures.marginLoss * 100).toFixed(1)} %)`,
    `→ ${outcome === undefined ? "on its way" : `${outcome.status}, ${outcome.reason}`}`,
    latency === undefined ? "" : `tick to order ${latency.toFixed(1)} ms`
  ].join("  ")
}

/** The lines of the live view, cut to the terminal's size. */
export const renderView = (state: RunState, facts: ViewFacts): ReadonlyArray<string> => {
  const { feed, runId } = facts
  const commands = [...state.commands.values()]
  const latency = percentiles(commands.map(latencyOf).filter((ms) => ms !== undefined))
  const recent = commands.slice(-6).map((entry) => commandLine(runId, entry))
  const told = state.notifications
    .slice(-3)
    .map(({ level, title }) => `${level === "critical" ? coloured(31, "!") : " "} ${title}`)
  const fixed = 13 + facts.addresses.length + recent.length + told.length
  const rows = feed.priceUsd === undefined ? [] : pairRows(state, feed.priceUsd)
  const room = Math.max(3, facts.height - fixed)
  const lines = [
    `${bold("Millrace")}  run ${runId}  ${facts.elapsedSeconds.toFixed(0)} s${feed.done ? "  feed has ended" : ""}`,
    `BTC/USD ${bold(money(feed.priceUsd))}  market time ${clock(feed.marketTimeMs)}  ticks ${feed.ticksSent.toLocaleString("en-US")}`,
    ...facts.addresses.map(dim),
    "",
    bold(
      "account       position                 margin lost                 rule                  trigger     away   state"
    ),
    ...rows.slice(0, room).map((row) => pairLine(runId, row)),
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
