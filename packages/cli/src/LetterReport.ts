import {
  type DeadLetterCounts,
  type DeadLetterCursor,
  type DeadLetterGroup,
  type DeadLetterPage,
  failedAtMs,
  fingerprintOf,
  letterKey,
  type PurgeReport,
  type ReplayReport,
  type SeenDeadLetter,
  type ShownDeadLetter
} from "@millrace/runtime"
import { DateTime, Result } from "effect"

const timeOf = (epochMs: number): string => DateTime.formatIso(DateTime.makeUnsafe(epochMs))
const decoder = new TextDecoder()

const statesOf = (counts: DeadLetterCounts["counts"]): string =>
  Object.entries(counts)
    .filter(([state, count]) => count > 0 || state === "open")
    .map(([state, count]) => `${count} ${state}`)
    .join(", ")

/** Returns the counts of all topics as lines for people. */
export const countLines = (counts: ReadonlyArray<DeadLetterCounts>): ReadonlyArray<string> =>
  counts.length === 0
    ? ["No topic has dead letters."]
    : counts.map(({ topic, counts }) => `${topic}  ${statesOf(counts)}`)

/** Returns the groups of a topic as lines for people. */
export const groupLines = (groups: ReadonlyArray<DeadLetterGroup>): ReadonlyArray<string> =>
  groups.length === 0
    ? ["No dead letters."]
    : groups.flatMap((group) => [
        `${group.fingerprint}  ${statesOf(group.counts)}  ${group.kind} ${group.tag}: ${group.message}`,
        `  ${timeOf(group.firstMs)} to ${timeOf(group.lastMs)}, workspaces ${group.workspaces.join(", ") || "none"}, for example ${group.sample.id}`
      ])

/** A place to go on at, as the flag `--from` takes it. */
export const cursorText = ({ partition, offset }: DeadLetterCursor): string => `${partition}/${offset}`

const letterLine = ({ letter, state }: SeenDeadLetter): string => {
  const { cause } = letter
  const why = cause._tag === "Known" ? `${cause.tag}: ${cause.message}` : `cause malformed: ${cause.issue}`
  return `${letter.id}  ${state}  ${timeOf(failedAtMs(letter))}  key ${letterKey(letter) ?? "(none)"}  ${why.split("\n")[0]}`
}

/** Returns a page of letters as lines for people. */
export const pageLines = ({ letters, next }: DeadLetterPage): ReadonlyArray<string> => [
  ...(letters.length === 0 ? ["No dead letters."] : letters.map(letterLine)),
  ...(next === undefined ? [] : [`There are more: --from ${cursorText(next)}`])
]

/** Returns a letter as it is shown to programs; the value's bytes are in Base64. */
export const letterJson = ({ letter, mark, state }: SeenDeadLetter) => ({
  id: letter.id,
  state,
  topic: letter.topic,
  partition: letter.partition,
  offset: letter.offset,
  failedAt: timeOf(failedAtMs(letter)),
  fingerprint: fingerprintOf(letter),
  key: letterKey(letter) ?? null,
  workspaceId: letter.workspaceId ?? null,
  replayCount: letter.replayCount,
  cause: letter.cause,
  mark: mark ?? null
})

/** Returns a letter with its value and headers as it is shown to programs. */
export const shownJson = (shown: ShownDeadLetter) => {
  const { headers, value } = shown.letter.record
  return {
    ...letterJson(shown),
    value: Result.isSuccess(shown.value) ? shown.value.success : null,
    undecodable: Result.isFailure(shown.value) ? shown.value.failure : null,
    bytes: value === null ? null : Buffer.from(value).toString("base64"),
    headers: Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, decoder.decode(bytes)]))
  }
}

/** Returns a letter with its value as lines for people. */
export const shownLines = (shown: ShownDeadLetter): ReadonlyArray<string> => {
  const { letter, mark, value } = shown
  const { cause, record } = letter
  const history =
    cause._tag === "Malformed"
      ? [`cause      malformed: ${cause.issue}`]
      : [
          `cause      ${cause.kind} ${cause.tag}: ${cause.message}`,
          `failed     ${timeOf(cause.firstFailureMs)} to ${timeOf(cause.lastFailureMs)}, ${cause.attempts} attempts in ${cause.service} ${cause.version}`,
          `origin     ${cause.origin.topic}/${cause.origin.partition}@${cause.origin.offset}, lane ${cause.origin.lane}`,
          ...(cause.traceId === undefined ? [] : [`trace      ${cause.traceId}`]),
          ...(cause.stack === undefined ? [] : ["stack", ...cause.stack.split("\n").map((line) => `  ${line}`)])
        ]
  return [
    `letter     ${letter.id}, ${shown.state}, in ${letter.topic}.dlq/${letter.partition}@${letter.offset}`,
    `group      ${fingerprintOf(letter)}`,
    `key        ${letterKey(letter) ?? "(none)"}`,
    `workspace  ${letter.workspaceId ?? "(none)"}`,
    `replays    ${letter.replayCount}`,
    ...history,
    ...(mark === undefined ? [] : [`${mark.state.padEnd(10)} by ${mark.actor} at ${timeOf(mark.atMs)}`]),
    ...(mark?.edit === undefined
      ? []
      : [`edit       ${mark.edit.reason}: SHA-256 ${mark.edit.beforeSha256} → ${mark.edit.afterSha256}`]),
    Result.isSuccess(value)
      ? `value      ${JSON.stringify(value.success, null, 2)}`
      : `value      ${record.value?.length ?? 0} bytes that can't be decoded: ${value.failure}`
  ]
}

/** Returns what a replay did as lines for people. */
export const replayLines = (report: ReplayReport): ReadonlyArray<string> => [
  `${report.replayed} ${report.dryRun ? "would be sent" : "sent"} back, ${report.settled} settled before, ` +
    `${report.quarantined} left out in quarantine, ${report.refused} refused`,
  ...(report.quarantined > 0 ? ["What came back from its replays is sent only by --id: look at why first."] : []),
  ...(report.overtaking > 0
    ? [`${report.overtaking} went ahead of an older open letter of their key that was not meant or could not go.`]
    : []),
  ...report.refusals.map(({ id, why }) => `! ${id}  ${why}`),
  ...(report.refused > report.refusals.length ? [`! and ${report.refused - report.refusals.length} more`] : [])
]

/** Returns what a purge did as lines for people. */
export const purgeLines = (report: PurgeReport): ReadonlyArray<string> => [
  `${report.purged} ${report.dryRun ? "would be purged" : "purged"}, ${report.settled} settled before, ` +
    `${report.deletedRecords} records deleted at the start of partitions`
]
