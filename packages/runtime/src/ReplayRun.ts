import type { DeadLetterMark } from "@millrace/contracts"
import type { KafkaError } from "@millrace/kafka"
import { Clock, Effect, Result } from "effect"
import { selects, stateOf } from "./DeadLetterSelection.ts"
import { type ReplayTargets, recordBytes, replayedRecord, replayIdOf } from "./ReplayedRecord.ts"
import type { RefusedLetter, ReplayRequest } from "./replayDeadLetters.ts"
import { letterKey, type StoredDeadLetter } from "./StoredDeadLetter.ts"
import { scanDeadLetters } from "./scanDeadLetters.ts"
import type { TriageFailed } from "./TriageFailed.ts"
import type { TriageServices, TriageSession, TriageStep } from "./TriageSession.ts"

/** What a replay knows across its sessions. */
export interface ReplayProgress {
  /** Letters that this replay sent. */
  readonly sent: Set<string>
  readonly startedMs: number
  /** Letters of a step of unknown fate: one that is marked later was sent by this replay. */
  readonly inDoubt: Set<string>
  /** Letters that the broker refused, with its reason. */
  readonly refusedByBroker: Map<string, string>
  /** After a step was refused each letter goes alone, to find out which one it was. */
  oneByOne: boolean
  /** The step failed for a reason that the next pass avoids. */
  again: boolean
}

/** What one pass found of the letters that are meant. */
export interface ReplayTally {
  quarantined: number
  settled: number
  refused: number
  overtaking: number
  readonly refusals: Array<RefusedLetter>
}

const defaultPerSecond = 100
/** Records of one transaction at most: what a crash may leave undone, and what is in flight. */
const mostInFlight = 200
/** A step is no longer than this part of a second, so that a low rate is even. */
const stepsPerSecond = 5
const mostBytesInFlight = 524_288
const shownRefusals = 20

/** One pass over the letters in one session. */
export class ReplayRun {
  private readonly session: TriageSession
  private readonly targets: ReplayTargets
  private readonly request: ReplayRequest
  private readonly progress: ReplayProgress
  private readonly tally: ReplayTally = { quarantined: 0, settled: 0, refused: 0, overtaking: 0, refusals: [] }
  private readonly seen = new Set<string>()
  /** Keys of open letters that were left where they are. */
  private readonly passedOver = new Set<string>()
  private readonly mostBytes: number
  private steps: Array<TriageStep> = []
  private bytes = 0

  constructor(session: TriageSession, targets: ReplayTargets, request: ReplayRequest, progress: ReplayProgress) {
    this.session = session
    this.targets = targets
    this.request = request
    this.progress = progress
    // The broker's limit is for what goes to a partition at once.
    this.mostBytes = Math.min(mostBytesInFlight, targets.topic.maxMessageBytes / 2)
  }

  /** Fails with the Kafka error of a step; the progress then holds what the next pass must know. */
  get all(): Effect.Effect<ReplayTally, TriageFailed | KafkaError, TriageServices> {
    return scanDeadLetters(this.session.topic, (page) =>
      Effect.as(
        Effect.forEach(page, (letter) => this.take(letter), { discard: true }),
        true
      )
    ).pipe(Effect.andThen(Effect.suspend(() => this.send())), Effect.as(this.tally))
  }

  private take(letter: StoredDeadLetter): Effect.Effect<void, TriageFailed | KafkaError> {
    return Effect.suspend(() => {
      if (this.seen.has(letter.id)) return Effect.void
      this.seen.add(letter.id)
      const mark = this.session.marks.get(letter.id)
      if (!selects(this.request.selection, letter)) return this.passOver(letter, mark)
      if (mark !== undefined) return this.passSettled(letter.id)
      const quarantined = stateOf(letter, mark, this.request.quarantineAfter) === "quarantined"
      if (quarantined && this.request.selection.ids === undefined) {
        this.tally.quarantined += 1
        return this.passOver(letter, mark)
      }
      const refused = this.progress.refusedByBroker.get(letter.id)
      const record = refused === undefined ? replayedRecord(letter, this.targets) : Result.fail(refused)
      if (Result.isFailure(record)) {
        this.tally.refused += 1
        if (this.tally.refusals.length < shownRefusals) this.tally.refusals.push({ id: letter.id, why: record.failure })
        return this.passOver(letter, mark)
      }
      const key = letterKey(letter)
      if (key !== undefined && this.passedOver.has(key)) this.tally.overtaking += 1
      const replayed = markOf(letter, this.request.actor)
      return this.add({ letterId: letter.id, mark: replayed, workspaceId: letter.workspaceId, record: record.success })
    })
  }

  private passOver(letter: StoredDeadLetter, mark: DeadLetterMark | undefined): Effect.Effect<void> {
    const key = letterKey(letter)
    if (mark === undefined && key !== undefined) this.passedOver.add(key)
    return Effect.void
  }

  private passSettled(id: string): Effect.Effect<void> {
    if (this.progress.sent.has(id)) return Effect.void
    if (this.progress.inDoubt.delete(id)) return this.count([id])
    this.tally.settled += 1
    return Effect.void
  }

  private count(ids: ReadonlyArray<string>): Effect.Effect<void> {
    for (const id of ids) this.progress.sent.add(id)
    return this.request.onProgress?.(this.progress.sent.size) ?? Effect.void
  }

  private add(step: TriageStep): Effect.Effect<void, TriageFailed | KafkaError> {
    if (this.request.dryRun === true) return this.count([step.letterId])
    return Effect.gen({ self: this }, function* () {
      const bytes = step.record === undefined ? 0 : recordBytes(step.record)
      if (this.bytes + bytes > this.mostBytes) yield* this.send()
      this.steps.push(step)
      this.bytes += bytes
      if (this.steps.length >= this.mostSteps) yield* this.send()
    })
  }

  private get mostSteps(): number {
    if (this.progress.oneByOne) return 1
    return Math.min(mostInFlight, Math.max(1, Math.floor(this.perSecond / stepsPerSecond)))
  }

  private get perSecond(): number {
    return this.request.perSecond ?? defaultPerSecond
  }

  /** Waits until the rate allows the step, then commits it. */
  private send(): Effect.Effect<void, TriageFailed | KafkaError> {
    return Effect.gen({ self: this }, function* () {
      const { progress, steps } = this
      if (steps.length === 0) return
      this.steps = []
      this.bytes = 0
      const waitMs =
        progress.startedMs + (progress.sent.size * 1000) / this.perSecond - (yield* Clock.currentTimeMillis)
      if (waitMs > 0) yield* Effect.sleep(waitMs)
      const atMs = yield* Clock.currentTimeMillis
      const dated = steps.map(({ mark, ...step }) => ({ ...step, mark: mark && { ...mark, atMs } }))
      yield* Effect.tapError(this.session.commit(dated), (error) => Effect.sync(() => this.note(error, steps)))
      yield* this.count(steps.map(({ letterId }) => letterId))
    })
  }

  /** Keeps what the next session must know about a step that failed. */
  private note(error: TriageFailed | KafkaError, steps: ReadonlyArray<TriageStep>): void {
    const refusal = isRefusal(error)
    this.progress.again = refusal
    if (!refusal) for (const { letterId } of steps) this.progress.inDoubt.add(letterId)
    else if (steps.length > 1) this.progress.oneByOne = true
    else this.progress.refusedByBroker.set(steps[0]!.letterId, error.message)
  }
}

/** The broker will never take the records; nothing of the step was written. */
const isRefusal = (error: TriageFailed | KafkaError): boolean =>
  error._tag === "KafkaError" && (error.reason === "tooLarge" || error.reason === "invalid")

const markOf = (letter: StoredDeadLetter, actor: string): DeadLetterMark => ({
  letterId: letter.id,
  state: "replayed",
  partition: letter.partition,
  offset: letter.offset,
  replayId: replayIdOf(letter.id),
  actor,
  atMs: 0
})
