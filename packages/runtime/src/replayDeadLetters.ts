import { type Topic, type TopicContract, TopicsFile } from "@millrace/contracts"
import { KafkaClient } from "@millrace/kafka"
import { Clock, Effect } from "effect"
import { kafkaFailed } from "./DeadLetterMarks.ts"
import type { DeadLetterSelection } from "./DeadLetterSelection.ts"
import type { ReplayTargets } from "./ReplayedRecord.ts"
import { type ReplayProgress, ReplayRun } from "./ReplayRun.ts"
import type { TriageFailed } from "./TriageFailed.ts"
import { inTriageSession, type TriageServices } from "./TriageSession.ts"

/** What to send back to its lane, and how fast. */
export interface ReplayRequest {
  readonly selection: DeadLetterSelection
  /** Records a second over the whole call; default 100. `Infinity`: as fast as it goes. */
  readonly perSecond?: number
  /** Only counts what would be sent. */
  readonly dryRun?: boolean
  /** Replays from which a record may come back before it is left out; default 2. Letters named by id are never left out. */
  readonly quarantineAfter?: number
  /** Who asks, for the marks. */
  readonly actor: string
  /** Told after each step how many are sent. */
  readonly onProgress?: (replayed: number) => Effect.Effect<void>
}

/** A letter that can't go back, and why. */
export interface RefusedLetter {
  readonly id: string
  readonly why: string
}

/** What a replay did with the letters that were meant. */
export interface ReplayReport {
  readonly topic: string
  readonly dryRun: boolean
  /** Sent back to their lanes by this call (or, in a dry run, that would be). */
  readonly replayed: number
  /** Left out, as they came back from as many replays as are allowed; name them by id to send them all the same. */
  readonly quarantined: number
  /** Replayed, edited or purged before. */
  readonly settled: number
  readonly refused: number
  /** The first 20 of them. */
  readonly refusals: ReadonlyArray<RefusedLetter>
  /** Sent ahead of an older open letter of their key, which was not meant or could not go. */
  readonly overtaking: number
}

/**
 * Sends dead letters back to the lanes and partitions that they came from, those of a key in the order in which they
 * failed, each once: a crash at any point leaves some done and marked and the others open, and the same call goes on there.
 *
 * A record and its mark are one transaction, of which one at a time is under way (200 records or 512 KiB at most). About
 * 100 bytes a letter are held in memory, whatever the records' size. Fails with `TriageFailed`.
 */
export const replayDeadLetters = Effect.fnUntraced(function* (
  topic: Topic,
  contract: TopicContract<unknown> | undefined,
  request: ReplayRequest
): Effect.fn.Return<ReplayReport, TriageFailed, TriageServices> {
  const targets = yield* replayTargets(topic, contract)
  const progress: ReplayProgress = {
    sent: new Set(),
    startedMs: yield* Clock.currentTimeMillis,
    inDoubt: new Set(),
    refusedByBroker: new Map(),
    oneByOne: false,
    again: false
  }
  const pass = inTriageSession(
    topic,
    (session) => Effect.suspend(() => new ReplayRun(session, targets, request, progress).all),
    request.dryRun
  )
  const tally = yield* Effect.retry(pass, {
    while: () => {
      const { again } = progress
      progress.again = false
      return again
    }
  })
  return { topic: topic.name, dryRun: request.dryRun ?? false, replayed: progress.sent.size, ...tally }
})

/** The lanes that letters may go back to. */
export const replayTargets = (
  topic: Topic,
  contract: TopicContract<unknown> | undefined
): Effect.Effect<ReplayTargets, TriageFailed, KafkaClient | TopicsFile> =>
  Effect.gen(function* () {
    const { admin } = yield* KafkaClient
    const topics = yield* TopicsFile
    const partitions = yield* Effect.forEach(topic.lanes, (lane) =>
      Effect.map(admin.offsets(lane.topic), (found) => [lane.topic, found.length] as const)
    ).pipe(Effect.mapError(kafkaFailed(topic.name)))
    return { topic, topics, partitions: new Map(partitions), contract }
  })
