import { createHash } from "node:crypto"
import {
  type AccountDifference,
  compareAccounts,
  compareLogs,
  type Difference,
  type LogDifference
} from "./compareLogs.ts"
import { type LogEntry, logText } from "./DecisionLog.ts"
import { happeningsOf } from "./Happening.ts"
import type { ReplayRun } from "./replay.ts"
import { differenceLines, runLines, troubleLines } from "./reportLines.ts"

/** A replay under a name: its file of rules, or `replay`. */
export interface NamedRun {
  readonly name: string
  readonly run: ReplayRun
}

/** What happened when it was recorded. */
export interface LiveLog {
  readonly name: string
  readonly log: ReadonlyArray<LogEntry>
}

/** One replay, and what it is held against: another one, or what happened live. */
export interface ReplayReport {
  readonly first: NamedRun
  readonly second: NamedRun | LiveLog | undefined
  readonly difference: LogDifference | undefined
  /** Empty where there are no accounts to compare. */
  readonly accounts: ReadonlyArray<AccountDifference>
}

export const reportOf = (first: NamedRun, second?: NamedRun | LiveLog): ReplayReport => {
  // Live revisions of positions have causes that no replay has; what became of them shows in the acts.
  const log =
    second !== undefined && "log" in second ? first.run.log.filter(({ type }) => type !== "position") : first.run.log
  return {
    first,
    second,
    difference: second === undefined ? undefined : compareLogs(log, logOf(second)),
    accounts: second !== undefined && "run" in second ? compareAccounts(first.run.accounts, second.run.accounts) : []
  }
}

export const logOf = (one: NamedRun | LiveLog): ReadonlyArray<LogEntry> => ("run" in one ? one.run.log : one.log)

/** For people. */
export const reportLines = ({ accounts, difference, first, second }: ReplayReport): ReadonlyArray<string> => {
  if (difference === undefined || second === undefined) return runLines(first.run)
  const names = { first: first.name, second: second.name }
  const { source, ticks } = first.run
  return [
    `${source}: ${ticks} ticks; ${names.first} against ${names.second}`,
    "",
    ...differenceLines(names, difference, accounts),
    ...troubleLines(first.run),
    ...("run" in second ? troubleLines(second.run) : [])
  ]
}

/** For programs: one JSON document, the same bytes for the same report. */
export const reportJson = ({ accounts, difference, first, second }: ReplayReport) => ({
  runs: [first, ...(second !== undefined && "run" in second ? [second] : [])].map(runJson),
  ...(second === undefined || difference === undefined
    ? {}
    : {
        difference: {
          same: difference.same,
          first: first.name,
          second: second.name,
          alike: difference.alike,
          differences: difference.differences satisfies ReadonlyArray<Difference>,
          accounts: accounts.map(({ accountId, equityDifferenceSats, name, pnlDifferenceSats }) => ({
            accountId,
            name,
            pnlDifferenceSats,
            equityDifferenceSats
          }))
        }
      })
})

const runJson = ({ name, run }: NamedRun) => ({
  name,
  source: run.source,
  ticks: run.ticks,
  fromMs: run.fromMs,
  toMs: run.toMs,
  rules: run.rules.length,
  logEntries: run.log.length,
  /** Of the log as JSON lines: the same for the same decisions. */
  logSha256: createHash("sha256").update(logText(run.log)).digest("hex"),
  acts: happeningsOf(run.log).filter(({ kind }) => kind === "act"),
  accounts: run.accounts,
  troubles: run.troubles
})
