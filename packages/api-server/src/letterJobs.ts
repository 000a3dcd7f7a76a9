import { Caller, type Conflict, type GivenSelection, type NotFound, type Unavailable } from "@millrace/api"
import { DeadLetterBox } from "@millrace/runtime"
import { newId, type StoreError, type TriageJob } from "@millrace/store"
import { Effect } from "effect"
import { orTriageRefused } from "./letterAnswers.ts"
import { selectionFigures, selectionOf, waitingFigures } from "./letterSelection.ts"
import { TriageJobs } from "./TriageJobs.ts"

/** How fast a replay goes, and what it leaves out. */
export interface ReplayLimits {
  readonly perSecond?: number
  readonly quarantineAfter?: number
}

type Begun = Effect.Effect<TriageJob, Conflict | NotFound | Unavailable | StoreError, Caller>

/** Jobs of the caller on the letters of his workspace; each is told to the audit log as it begins and as it ends. */
export const makeLetterJobs = Effect.gen(function* () {
  const box = yield* DeadLetterBox
  const jobs = yield* TriageJobs

  const jobOf = Effect.fnUntraced(function* (topic: string, kind: "replay" | "purge", given: GivenSelection) {
    const caller = yield* Caller
    const selection = selectionOf(caller, given)
    const before = waitingFigures(yield* box.groups(topic, selection), kind, given.letterIds !== undefined)
    const { userId: actor, workspaceId } = caller
    const named = { jobId: newId("triage"), workspaceId, actor, topic, kind }
    return { selection, actor, job: { ...named, selection: selectionFigures(given), before } }
  })

  const replay = (topic: string, given: GivenSelection, limits: ReplayLimits = {}): Begun =>
    Effect.gen(function* () {
      const { actor, job, selection } = yield* jobOf(topic, "replay", given)
      return yield* jobs.run(job, (tell) =>
        Effect.map(
          box.replay(topic, { selection, actor, onProgress: tell, ...limits }),
          ({ overtaking, quarantined, refused, refusals, replayed, settled }) => ({
            ...{ replayed, quarantined, settled, refused, overtaking },
            ...(refusals.length === 0 ? {} : { refusals: refusals.map(({ id, why }) => `${id}: ${why}`).join("; ") })
          })
        )
      )
    }).pipe(orTriageRefused)

  const purge = (topic: string, given: GivenSelection): Begun =>
    Effect.gen(function* () {
      const { actor, job, selection } = yield* jobOf(topic, "purge", given)
      return yield* jobs.run(job, (tell) =>
        box.purge(topic, { selection, actor }).pipe(
          Effect.tap(({ purged }) => tell(purged)),
          Effect.map(({ deletedRecords, purged, settled }) => ({ purged, settled, deletedRecords }))
        )
      )
    }).pipe(orTriageRefused)

  return { replay, purge }
})
