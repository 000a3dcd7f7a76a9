import { Caller, type CallerFacts, Conflict, type GivenSelection, MillraceApi } from "@millrace/api"
import { TopicsFile } from "@millrace/contracts"
import { DeadLetterBox, type LetterState, type TriageFailed } from "@millrace/runtime"
import { newId, TriageJobStore } from "@millrace/store"
import { hasHidden, hideInText } from "@millrace/telemetry"
import { Clock, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { noSuch, orUnavailable } from "./answers.ts"
import { groupInfo, jobInfo, letterDetail, letterInfo, orTriageRefused } from "./letterAnswers.ts"
import { makeLetterJobs } from "./letterJobs.ts"
import { selectionOf } from "./letterSelection.ts"
import { TriageJobs } from "./TriageJobs.ts"
import { inWorkspace, seesAll } from "./workspaceScope.ts"

const defaultLimit = 50
const previewed = 20
const listedJobs = 50

const answered = <A, E, R>(self: Effect.Effect<A, E | TriageFailed, R>) => orUnavailable(orTriageRefused(self))

/** The group `deadLetters`. */
export const deadLetterHandlers = HttpApiBuilder.group(
  MillraceApi,
  "deadLetters",
  Effect.fnUntraced(function* (handlers) {
    const box = yield* DeadLetterBox
    const topics = yield* TopicsFile
    const jobs = yield* TriageJobs
    const store = yield* TriageJobStore
    const letterJobs = yield* makeLetterJobs

    const declared = (name: string) => {
      const topic = topics.topic(name)
      return topic === undefined ? Effect.fail(noSuch("topic", name)) : Effect.succeed(topic)
    }
    /** A letter of the caller's workspace. */
    const letterOf = Effect.fnUntraced(function* (caller: CallerFacts, topic: string, letterId: string) {
      yield* declared(topic)
      const shown = yield* box.show(topic, letterId)
      if (!seesAll(caller) && shown.letter.workspaceId !== caller.workspaceId)
        return yield* noSuch("dead letter", letterId)
      return shown
    })
    /** Every letter that is named must be there: one that is missing is more likely a mistake than nothing to do. */
    const knowAll = Effect.fnUntraced(function* (caller: CallerFacts, topic: string, { letterIds }: GivenSelection) {
      if (letterIds === undefined) return
      const ids = new Set(letterIds)
      const { letters } = yield* box.page(topic, { selection: { ids, ...inWorkspace(caller) }, limit: ids.size })
      const found = new Set(letters.map(({ letter }) => letter.id))
      const missing = letterIds.find((id) => !found.has(id))
      if (missing !== undefined) return yield* noSuch("dead letter", missing)
    })
    const known = Effect.fnUntraced(function* (topic: string, given: GivenSelection) {
      yield* declared(topic)
      yield* knowAll(yield* Caller, topic, given)
    })

    return handlers
      .handle("topics", () => Effect.flatMap(Caller, (caller) => box.countsOf(inWorkspace(caller))).pipe(answered))
      .handle("groups", ({ params: { topic }, query }) =>
        Effect.gen(function* () {
          const its = yield* declared(topic)
          const groups = yield* box.groups(topic, selectionOf(yield* Caller, query))
          return groups.map((group) => groupInfo(group, its))
        }).pipe(answered)
      )
      .handle("letters", ({ params: { topic }, query }) =>
        Effect.gen(function* () {
          yield* declared(topic)
          const { after, limit = defaultLimit, state } = query
          const [partition, offset] = after?.split("/").map(Number) ?? []
          const { letters, next } = yield* box.page(topic, {
            selection: selectionOf(yield* Caller, query),
            limit,
            ...(state === undefined ? {} : { states: new Set<LetterState>([state]) }),
            ...(partition === undefined || offset === undefined ? {} : { from: { partition, offset } })
          })
          const more = next === undefined ? {} : { next: `${next.partition}/${next.offset}` }
          return { items: letters.map(letterInfo), ...more }
        }).pipe(answered)
      )
      .handle("letter", ({ params: { letterId, topic } }) =>
        Effect.flatMap(Caller, (caller) => letterOf(caller, topic, letterId)).pipe(Effect.map(letterDetail), answered)
      )
      .handle("preview", ({ params: { topic }, payload: { quarantineAfter, selection: given } }) =>
        Effect.gen(function* () {
          const caller = yield* Caller
          yield* declared(topic)
          yield* knowAll(caller, topic, given)
          const selection = selectionOf(caller, given)
          const states = new Set<LetterState>(given.letterIds === undefined ? ["open"] : ["open", "quarantined"])
          const limits = quarantineAfter === undefined ? {} : { quarantineAfter }
          const report = yield* box.replay(topic, { selection, dryRun: true, actor: caller.userId, ...limits })
          const { letters } = yield* box.page(topic, { selection, states, limit: previewed })
          const { overtaking, quarantined, refused, refusals, replayed, settled } = report
          return { overtaking, quarantined, refused, refusals, replayed, settled, first: letters.map(letterInfo) }
        }).pipe(answered)
      )
      .handle("replay", ({ params: { topic }, payload: { perSecond, quarantineAfter, selection } }) =>
        Effect.gen(function* () {
          yield* known(topic, selection)
          const limits = {
            ...(perSecond === undefined ? {} : { perSecond }),
            ...(quarantineAfter === undefined ? {} : { quarantineAfter })
          }
          return jobInfo(yield* letterJobs.replay(topic, selection, limits))
        }).pipe(answered)
      )
      .handle("purge", ({ params: { topic }, payload: { selection } }) =>
        Effect.gen(function* () {
          yield* known(topic, selection)
          return jobInfo(yield* letterJobs.purge(topic, selection))
        }).pipe(answered)
      )
      .handle("check", ({ params: { letterId, topic }, payload: { value } }) =>
        Effect.gen(function* () {
          yield* letterOf(yield* Caller, topic, letterId)
          if (hasHidden(value)) return { fits: false, issue: "a secret is hidden in it: give the whole value" }
          const issue = yield* box.check(topic, JSON.stringify(value))
          return issue === undefined ? { fits: true } : { fits: false, issue: hideInText(issue) }
        }).pipe(answered)
      )
      .handle("edit", ({ params: { letterId, topic }, payload: { reason, value } }) =>
        Effect.gen(function* () {
          const caller = yield* Caller
          const { state } = yield* letterOf(caller, topic, letterId)
          if (hasHidden(value)) return yield* hiddenValue
          const { userId: actor, workspaceId } = caller
          const named = { jobId: newId("triage"), workspaceId, actor, topic, kind: "edit" } as const
          const job = { ...named, selection: { letterId, reason }, before: { state, expected: 1 } }
          const json = JSON.stringify(value)
          const done = yield* jobs.run(job, (tell) =>
            box.edit(topic, { id: letterId, json, actor, reason }).pipe(
              Effect.tap(() => tell(1)),
              Effect.map(({ edit, overtaking, replayId }) => ({
                ...{ replayId, overtaking, beforeSha256: edit.beforeSha256, afterSha256: edit.afterSha256 }
              }))
            )
          )
          return jobInfo(done)
        }).pipe(answered)
      )
      .handle("jobs", () =>
        Effect.gen(function* () {
          const { workspaceId } = yield* Caller
          return (yield* store.list(workspaceId, listedJobs, yield* Clock.currentTimeMillis)).map(jobInfo)
        }).pipe(orUnavailable)
      )
      .handle("job", ({ params: { jobId } }) =>
        Effect.gen(function* () {
          const { workspaceId } = yield* Caller
          const found = yield* store.job(workspaceId, jobId, yield* Clock.currentTimeMillis)
          return found === undefined ? yield* noSuch("job", jobId) : jobInfo(found)
        }).pipe(orUnavailable)
      )
      .handle("stopJob", ({ params: { jobId } }) =>
        Effect.gen(function* () {
          const { userId, workspaceId } = yield* Caller
          if (!(yield* store.stop(workspaceId, jobId, userId))) return yield* noSuch("running job", jobId)
        }).pipe(orUnavailable)
      )
  })
)

const hiddenValue = new Conflict({
  where: "payload.value",
  found: "`<redacted>` where a secret is",
  expected: "the whole new value",
  whatToDo: "Give the secret, or replay the letter as it is; the command `millrace dlq edit` takes a file."
})
