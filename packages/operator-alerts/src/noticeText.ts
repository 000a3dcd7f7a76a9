import type { AlertNotice, ToldAlert } from "@millrace/contracts"
import { systemWorkspace } from "@millrace/contracts"
import { DateTime } from "effect"
import { age } from "./words.ts"

/** Longest text of one figure or subject; beyond it channels would cut the whole message. */
const longestPart = 300

/** One line that says what it is about; without line breaks, at most 150 characters. */
export const headline = ({ firing, kind, more, severity, title, resolved }: AlertNotice): string => {
  const word = {
    firing: severity.toUpperCase(),
    reminder: `STILL ${severity.toUpperCase()}`,
    resolved: "OVER",
    test: "TEST"
  }[kind]
  const affected = kind === "resolved" ? resolved.length : firing.length + more
  return short(`[Millrace] ${word}: ${oneLine(title)}${affected > 1 ? ` (${affected})` : ""}`, 150)
}

/** What is the case with each alert, a line each. */
export const alertLines = ({ atMs, firing, more, resolved, workspaceId }: AlertNotice): ReadonlyArray<string> => [
  ...firing.map((alert) => `${about(alert)}; for ${age(atMs - alert.firingSinceMs)}`),
  ...(more === 0 ? [] : [`and ${more} more: millrace alerts list`]),
  ...resolved.map((alert) => `over: ${oneLine(alert.subject)}, after ${age(atMs - alert.firingSinceMs)}`),
  ...(workspaceId === systemWorkspace ? [] : [`workspace ${workspaceId}`])
]

/** The whole notice as plain text, for mail. */
export const plainText = (notice: AlertNotice): string =>
  [
    oneLine(notice.title),
    "",
    ...alertLines(notice),
    ...(notice.kind === "resolved" || notice.whatToDo === "" ? [] : ["", `What to do: ${notice.whatToDo}`]),
    "",
    `rule ${notice.rule}, ${notice.severity}, ${DateTime.formatIso(DateTime.makeUnsafe(notice.atMs))}`,
    `message ${notice.noticeId}; docs/alerts.md says more, millrace alerts silence --rule ${notice.rule} keeps it quiet`
  ].join("\n")

const about = ({ detail, subject }: ToldAlert): string => `${oneLine(subject)}: ${oneLine(detail)}`

const oneLine = (text: string): string => short(text.replaceAll(/\s+/gu, " ").trim(), longestPart)

/** A text of at most so many characters (UTF-16 units), cut between characters. */
export const short = (text: string, most: number): string => {
  if (text.length <= most) return text
  const cut = text.slice(0, most - 1)
  return `${/[\uD800-\uDBFF]$/u.test(cut) ? cut.slice(0, -1) : cut}…`
}

/** Lines that fit, and how many do not. */
export const fitting = (lines: ReadonlyArray<string>, most: number): string => {
  const kept: Array<string> = []
  let length = 0
  for (const [at, line] of lines.entries()) {
    const rest = lines.length - at
    const room = most - (rest > 1 ? 40 : 0)
    if (length + line.length + 1 > room) return [...kept, short(`and ${rest} lines more`, 40)].join("\n")
    kept.push(line)
    length += line.length + 1
  }
  return kept.join("\n")
}
