import type { AlertMatcher, AlertSilence, OperatorAlert } from "@millrace/contracts"
import { isSilenced } from "@millrace/operator-alerts"
import type { ChannelState } from "@millrace/store"
import { DateTime } from "effect"

/** Alerts, those that fire first, critical ones before the others. */
export const alertLines = (
  alerts: ReadonlyArray<OperatorAlert>,
  silences: ReadonlyArray<AlertSilence>,
  nowMs: number
): ReadonlyArray<string> => {
  if (alerts.length === 0) return ["Nothing fires."]
  return alerts
    .toSorted((one, other) => rank(one) - rank(other) || one.sinceMs - other.sinceMs)
    .map((alert) => {
      const { detail, rule, severity, sinceMs, state, subject, workspaceId } = alert
      const silent = isSilenced(silences, nowMs, alert) ? ", silenced" : ""
      const absent = alert.absentSinceMs === undefined ? "" : ", not found any more"
      return `${state} ${severity}  ${rule}  ${subject}: ${detail}; workspace ${workspaceId}, since ${iso(sinceMs)}${absent}${silent}`
    })
}

/** Silences that hold or will. */
export const silenceLines = (silences: ReadonlyArray<AlertSilence>, nowMs: number): ReadonlyArray<string> =>
  silences.map(({ actor, fromMs, matcher, reason, silenceId, untilMs }) => {
    const from = fromMs > nowMs ? `from ${iso(fromMs)} ` : ""
    return `silence ${silenceId}  ${matcherText(matcher)}; ${from}until ${iso(untilMs)} by ${actor}: ${reason}`
  })

/** What became of each channel's messages. */
export const channelLines = (channels: ReadonlyArray<ChannelState>): ReadonlyArray<string> =>
  channels.map(({ channel, last, oldestWaitingMs, waiting, waitingBecause }) => {
    const waits =
      waiting === 0
        ? ""
        : `; ${waiting} wait, the oldest for ${Math.round(oldestWaitingMs / 1000)} s${waitingBecause === undefined ? "" : `: ${waitingBecause}`}`
    const ended =
      last === undefined ? "nothing was sent yet" : `last ${words[last.end]} ${iso(last.atMs)} (${last.detail})`
    return `channel ${channel}  ${ended}${waits}`
  })

const words = { delivered: "taken", refused: "refused", given_up: "given up" } as const

/** What a silence holds for, in words. */
export const matcherText = ({ rule, severity, subject, workspaceId }: AlertMatcher): string => {
  const parts = [
    ...(rule === undefined ? [] : [`rule ${rule}`]),
    ...(subject === undefined ? [] : [`subject ${subject}`]),
    ...(workspaceId === undefined ? [] : [`workspace ${workspaceId}`]),
    ...(severity === undefined ? [] : [`severity ${severity}`])
  ]
  return parts.length === 0 ? "everything" : parts.join(", ")
}

const rank = ({ severity, state }: OperatorAlert): number =>
  (state === "firing" ? 0 : 2) + (severity === "critical" ? 0 : 1)

const iso = (ms: number): string => DateTime.formatIso(DateTime.makeUnsafe(ms))
