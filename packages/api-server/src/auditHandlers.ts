import { Caller, MillraceApi } from "@millrace/api"
import { type AuditEntry, auditLog, type RecordCodec, TopicsFile } from "@millrace/contracts"
import { type ReadValue, searchedTopic, searchRecords } from "@millrace/history"
import type { KafkaClient } from "@millrace/kafka"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { orHistoryUnavailable } from "./historyAnswers.ts"
import { placesOf, searchBudget } from "./recordAnswers.ts"
import { inWorkspace } from "./workspaceScope.ts"

const defaultLimit = 50

interface Asked {
  readonly actor?: string | undefined
  readonly action?: string | undefined
  readonly subject?: string | undefined
}

/** The group `audit`. */
export const auditHandlers = HttpApiBuilder.group(
  MillraceApi,
  "audit",
  Effect.fnUntraced(function* (handlers) {
    const services = yield* Effect.context<KafkaClient | RecordCodec>()
    const topic = searchedTopic(yield* (yield* TopicsFile).declared(auditLog.name))
    return handlers.handle(
      "list",
      ({ query: { action, actor, after, limit = defaultLimit, order, subject, ...times } }) =>
        Effect.gen(function* () {
          const { workspaceId } = inWorkspace(yield* Caller)
          const places = yield* placesOf(after)
          const { examined, next, reachedMs, records } = yield* searchRecords(topic, {
            ...times,
            // An entry's key is its workspace: one partition is read instead of all.
            ...(workspaceId === undefined ? {} : { workspaceId, key: workspaceId }),
            order: order ?? "newest",
            limit,
            budget: searchBudget,
            ...(places === undefined ? {} : { places }),
            matches: ({ value }) => isAsked(value, { action, actor, subject })
          }).pipe(Effect.provideContext(services))
          return {
            items: records.flatMap(({ value }) => (value._tag === "Decoded" ? [value.value as AuditEntry] : [])),
            examined,
            ...(next === undefined ? {} : { next }),
            ...(reachedMs === undefined ? {} : { reachedMs })
          }
        }).pipe(orHistoryUnavailable)
    )
  })
)

const isAsked = (read: ReadValue, { action, actor, subject }: Asked): boolean => {
  if (read._tag !== "Decoded") return false
  const entry = read.value as AuditEntry
  if (actor !== undefined && entry.actor !== actor) return false
  if (action !== undefined && !isNamed(entry.action, action)) return false
  return subject === undefined || subjectsOf(entry).includes(subject) || String(entry.details.key).includes(subject)
}

const isNamed = (name: string, asked: string): boolean =>
  asked.endsWith("*") ? name.startsWith(asked.slice(0, -1)) : name === asked

const subjectsOf = ({
  accountId,
  automationId,
  commandId,
  details,
  positionId
}: AuditEntry): ReadonlyArray<unknown> => [accountId, automationId, positionId, commandId, details.repeats]
