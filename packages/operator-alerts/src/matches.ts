import type { AlertMatcher, AlertSilence, ToldAlert } from "@millrace/contracts"

/** Whether a text fits a pattern in which `*` stands for any text. */
export const fits = (pattern: string, text: string): boolean => {
  const [first = "", ...rest] = pattern.split("*")
  const last = rest.pop()
  if (last === undefined) return text === pattern
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= text.length - last.length
}

type About = Pick<ToldAlert, "rule" | "subject" | "workspaceId" | "severity">

/** Whether a silence's matcher covers an alert. */
export const covers = (matcher: AlertMatcher, about: About): boolean =>
  fits(matcher.rule ?? "*", about.rule) &&
  fits(matcher.subject ?? "*", about.subject) &&
  fits(matcher.workspaceId ?? "*", about.workspaceId) &&
  (matcher.severity ?? about.severity) === about.severity

/** Whether a silence holds at this time. */
export const isSilent = ({ ended, fromMs, untilMs }: AlertSilence, nowMs: number): boolean =>
  fromMs <= nowMs && nowMs < Math.min(untilMs, ended?.atMs ?? untilMs)

/** Whether nobody is to be told of it now. */
export const isSilenced = (silences: ReadonlyArray<AlertSilence>, nowMs: number, about: About): boolean =>
  silences.some((silence) => isSilent(silence, nowMs) && covers(silence.matcher, about))
