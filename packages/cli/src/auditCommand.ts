import { type AuditEntry, auditLog } from "@millrace/contracts"
import { History, momentForms, parseMoment } from "@millrace/history"
import { Clock, Effect, type Layer, Option, Result, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import { explained, misused } from "./CommandFailed.ts"
import { asJson, printed } from "./printed.ts"

type Failure = { readonly message: string }

const optional = (name: string, about: string) =>
  Flag.String(name).pipe(Flag.withDescription(about), Flag.optional, Flag.map(Option.getOrUndefined))

const flags = {
  since: Flag.String("since").pipe(Flag.withDescription(`From: ${momentForms}`), Flag.withDefault("-1d")),
  until: optional("until", "Up to; without it now"),
  actor: optional("actor", "Only what this user or worker did (part of the name)"),
  subject: optional("subject", "Only what is about this account, rule, position, command, or figure"),
  action: optional("action", "Only such actions (part of the name)"),
  workspace: optional("workspace", "Only of this workspace"),
  limit: Flag.Int("limit").pipe(Flag.withDescription("Entries shown at most, the last ones"), Flag.withDefault(100)),
  json: asJson
}

/** What entries are looked for; everything that is given must hold. */
export interface AuditFilter {
  readonly actor?: string | undefined
  readonly subject?: string | undefined
  readonly action?: string | undefined
}

const holds = (part: string | undefined, text: string): boolean =>
  part === undefined || text.toLowerCase().includes(part.toLowerCase())

/** Whether an entry is one that is looked for. */
export const isAsked = ({ action, actor, subject }: AuditFilter, entry: AuditEntry): boolean => {
  const { accountId, automationId, commandId, details, positionId } = entry
  const subjects = [accountId, automationId, positionId, commandId, ...Object.values(details).map(String)]
  return (
    holds(actor, entry.actor) && holds(action, entry.action) && (subject === undefined || subjects.includes(subject))
  )
}

const entryLine = ({ action, actor, atMs, details, workspaceId, ...ids }: AuditEntry): string => {
  const { accountId, automationId, positionId } = ids
  const about = [accountId, automationId, positionId].filter((id) => id !== undefined).join(" ")
  const figures = Object.entries(details).map(([name, value]) => `${name}=${value}`)
  return `${new Date(atMs).toISOString()}  ${actor}  ${action}  ${about || workspaceId}  ${figures.join(" ")}`.trimEnd()
}

/** `millrace audit`: who did what, read back from `audit-log`. */
export const auditCommand = <E extends Failure>(history: Layer.Layer<History, E>) =>
  Command.make(
    "audit",
    flags,
    Effect.fnUntraced(
      function* ({ json, limit, since, until, workspace, ...filter }) {
        const fromMs = yield* timeOf("since", since)
        const toMs = until === undefined ? undefined : yield* timeOf("until", until)
        const store = yield* History
        const range = { fromMs, whatIsLeft: true, ...(toMs === undefined ? {} : { toMs }) }
        const of = workspace === undefined ? {} : { partitionKey: workspace, ofKey: (key: string) => key === workspace }
        const last: Array<AuditEntry> = []
        yield* store.records(auditLog, { ...range, ...of }).pipe(
          Stream.runForEach(({ value }) =>
            Effect.sync(() => {
              if (value === null || !isAsked(filter, value)) return
              last.push(value)
              if (last.length > 4 * limit) last.splice(0, last.length - limit)
            })
          )
        )
        const entries = last.toSorted((one, other) => one.atMs - other.atMs).slice(-limit)
        yield* printed(json, entries, entries.length === 0 ? [`Nothing since ${since}.`] : entries.map(entryLine))
      },
      (effect) => explained(Effect.provide(effect, history))
    )
  ).pipe(Command.withDescription("Show who did what, by time, actor, subject and action"))

const timeOf = Effect.fnUntraced(function* (flag: string, text: string) {
  const moment = parseMoment(text, yield* Clock.currentTimeMillis)
  if (Result.isSuccess(moment) && moment.success._tag === "Wall") return moment.success.atMs
  return yield* misused(
    `--${flag}: ${Result.isFailure(moment) ? moment.failure : "the audit log knows no market time"}.`
  )
})
