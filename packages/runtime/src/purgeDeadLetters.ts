import type { DeadLetterMark, Topic } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { Clock, Effect } from "effect"
import { kafkaFailed } from "./DeadLetterMarks.ts"
import { type DeadLetterSelection, selects } from "./DeadLetterSelection.ts"
import type { StoredDeadLetter } from "./StoredDeadLetter.ts"
import { type ScannedPartition, scanDeadLetters } from "./scanDeadLetters.ts"
import type { TriageFailed } from "./TriageFailed.ts"
import { inTriageSession, type TriageServices, type TriageSession, type TriageStep } from "./TriageSession.ts"

/** What to give up for good. */
export interface PurgeRequest {
  readonly selection: DeadLetterSelection
  /** Only counts what would be purged. */
  readonly dryRun?: boolean
  readonly actor: string
}

/** What a purge did. */
export interface PurgeReport {
  readonly topic: string
  readonly dryRun: boolean
  /** Letters that are given up by this call (or, in a dry run, would be). */
  readonly purged: number
  /** Replayed, edited or purged before. */
  readonly settled: number
  /** Records taken out of the broker: those at the start of a partition, as far as all are purged. */
  readonly deletedRecords: number
}

const lettersPerStep = 500

/** One pass over the letters in one session. */
interface Pass {
  settled: number
  readonly seen: Set<string>
  /** Offset of the first letter of each partition that is not purged. */
  readonly keptFrom: Map<number, number>
  /** Letters that stay in the broker, so that their marks must stay, too. */
  readonly kept: Set<string>
  steps: Array<TriageStep>
}

/** What a purge knows across its sessions. */
interface Purge {
  readonly request: PurgeRequest
  /** Letters that this call purged. */
  readonly purged: Set<string>
  deletedRecords: number
  /** Letters of a step of unknown fate: one that is marked later was purged by this call. */
  readonly inDoubt: Set<string>
}

/**
 * Gives letters up: they are never replayed, and are gone once retention removes them; a run of purged letters at the start
 * of a partition is deleted at once. Marks whose letters are gone are forgotten. May be repeated at any time; after a
 * crash the same call goes on. Fails with `TriageFailed`.
 */
export const purgeDeadLetters = (
  topic: Topic,
  request: PurgeRequest
): Effect.Effect<PurgeReport, TriageFailed, TriageServices> => {
  const purge: Purge = { request, purged: new Set(), deletedRecords: 0, inDoubt: new Set() }
  return inTriageSession(topic, (session) => purgeOnce(session, purge), request.dryRun)
}

const purgeOnce = Effect.fnUntraced(function* (session: TriageSession, purge: Purge) {
  const { topic } = session
  const dryRun = purge.request.dryRun ?? false
  const pass: Pass = { settled: 0, seen: new Set(), keptFrom: new Map(), kept: new Set(), steps: [] }
  const atMs = yield* Clock.currentTimeMillis
  const bounds = yield* scanDeadLetters(topic, (page) =>
    Effect.gen(function* () {
      for (const letter of page) {
        take(session, purge, pass, letter, atMs)
        if (pass.steps.length >= lettersPerStep) yield* commit(session, purge, pass)
      }
      return true
    })
  )
  yield* commit(session, purge, pass)
  if (!dryRun) {
    purge.deletedRecords += yield* deletePurged(topic, bounds, pass)
    yield* forgetGone(session, pass)
  }
  const { deletedRecords, purged } = purge
  return { topic: topic.name, dryRun, purged: purged.size, settled: pass.settled, deletedRecords }
})

const take = (session: TriageSession, purge: Purge, pass: Pass, letter: StoredDeadLetter, atMs: number): void => {
  const { id, partition, offset, workspaceId } = letter
  if (!pass.seen.has(id) && selects(purge.request.selection, letter)) {
    if (session.marks.get(id) === undefined) {
      const mark: DeadLetterMark = {
        letterId: id,
        state: "purged",
        partition,
        offset,
        actor: purge.request.actor,
        atMs
      }
      pass.steps.push({ letterId: id, mark, workspaceId })
      session.marks.put(id, mark)
    } else if (purge.inDoubt.delete(id)) purge.purged.add(id)
    else if (!purge.purged.has(id)) pass.settled += 1
  }
  pass.seen.add(id)
  if (!pass.keptFrom.has(partition)) {
    if (session.marks.get(id)?.state === "purged") return
    pass.keptFrom.set(partition, offset)
  }
  pass.kept.add(id)
}

const commit = Effect.fnUntraced(function* (session: TriageSession, purge: Purge, pass: Pass) {
  const { steps } = pass
  pass.steps = []
  for (const { letterId } of steps) purge.inDoubt.add(letterId)
  yield* session.commit(steps)
  for (const { letterId } of steps) {
    purge.inDoubt.delete(letterId)
    purge.purged.add(letterId)
  }
})

const deletePurged = Effect.fnUntraced(function* (
  topic: Topic,
  bounds: ReadonlyArray<ScannedPartition>,
  { keptFrom }: Pass
) {
  const { admin } = yield* KafkaClient
  const below = bounds
    .map(({ end, partition, start }) => ({ partition, start, offset: keptFrom.get(partition) ?? end }))
    .filter(({ offset, start }) => offset > start)
  yield* Effect.mapError(admin.deleteRecords(topic.deadLetters.topic, below), kafkaFailed(topic.name))
  return below.reduce((sum, { offset, start }) => sum + offset - start, 0)
})

/** Only after the letters are deleted: a mark that goes first would open its letter again. */
const forgetGone = Effect.fnUntraced(function* (session: TriageSession, { kept }: Pass) {
  const gone = [...session.marks.ids()].filter((id) => !kept.has(id))
  for (let from = 0; from < gone.length; from += lettersPerStep) {
    const ids = gone.slice(from, from + lettersPerStep)
    yield* session.commit(ids.map((letterId) => ({ letterId, mark: undefined, workspaceId: undefined })))
  }
})
