import type { Assignment, Consumer } from "@millrace/kafka"
import { type Context, Effect, Semaphore } from "effect"
import type { Committable } from "./Intake.ts"

const tryAgainAfter = "100 millis"

/** What the commits of a membership need. */
export interface CommitParts {
  readonly groupId: string
  readonly context: Context.Context<never>
  /** All that may be committed at this moment. */
  readonly committable: () => ReadonlyArray<Committable>
}

/** The commits of one membership: one at a time, of what the group does not have yet, and only for the assignment held. */
export class Commits {
  private readonly parts: CommitParts
  private readonly oneAtATime = Semaphore.makeUnsafe(1)
  private readonly committed = new Map<string, Pick<Committable, "offset" | "metadata">>()
  private consumer: Consumer | undefined
  private held: number | undefined
  private waiting: Array<() => void> = []
  private serving: number | undefined

  constructor(parts: CommitParts) {
    this.parts = parts
  }

  /** Epoch of the assignment held; undefined when none is. */
  get epoch(): number | undefined {
    return this.held
  }

  /** The driver's consumer may be there only after the first assignment. */
  attach(consumer: Consumer): void {
    this.consumer = consumer
    this.serve()
  }

  assigned({ epoch, partitions }: Assignment): void {
    this.held = epoch
    this.waiting = []
    this.committed.clear()
    for (const { committed, partition, topic } of partitions) {
      if (committed !== undefined) this.committed.set(`${topic}/${partition}`, committed)
    }
  }

  revoked(): void {
    this.held = undefined
    this.waiting = []
  }

  /** Commits; `done` is called once all that may be committed by now is with the broker, unless the assignment ends before. */
  soon(done: () => void): void {
    this.waiting.push(done)
    this.serve()
  }

  /** Commits; true when the group has all there is. Never fails: what was not committed is tried again with the next one. */
  readonly now: Effect.Effect<boolean> = Effect.suspend(() => {
    const { consumer, held } = this
    if (consumer === undefined || held === undefined) return Effect.succeed(false)
    const news = this.parts.committable().filter((one) => this.isNews(one))
    if (news.length === 0) return Effect.succeed(true)
    return consumer.commit(held, news).pipe(
      Effect.map(() => {
        if (this.held !== held) return false
        for (const one of news) this.committed.set(`${one.topic}/${one.partition}`, one)
        return true
      }),
      Effect.catch((error) => {
        const fields = { groupId: this.parts.groupId, reason: error.reason }
        const log =
          error.reason === "staleEpoch" || error.reason === "fenced" || error.reason === "closed"
            ? Effect.logDebug("commit dropped: the partitions were assigned anew", fields)
            : Effect.logWarning("offsets not committed yet", { ...fields, error: error.message })
        return Effect.as(log, false)
      })
    )
  }).pipe(this.oneAtATime.withPermits(1))

  /** An offset never goes back. */
  private isNews({ topic, partition, offset, metadata }: Committable): boolean {
    const known = this.committed.get(`${topic}/${partition}`) ?? { offset: -1, metadata: "" }
    return known.offset < offset || (known.offset === offset && known.metadata !== metadata)
  }

  private serve(): void {
    const epoch = this.held
    if (this.consumer === undefined || epoch === undefined || this.serving === epoch || this.waiting.length === 0)
      return
    this.serving = epoch
    Effect.runForkWith(this.parts.context)(this.serveAll(epoch))
  }

  private serveAll(epoch: number): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      while (this.held === epoch && this.waiting.length > 0) {
        const served = this.waiting
        this.waiting = []
        const committed = yield* this.now
        if (this.held !== epoch) return
        if (committed) for (const done of served) done()
        else {
          this.waiting = [...served, ...this.waiting]
          yield* Effect.sleep(tryAgainAfter)
        }
      }
      if (this.serving === epoch) this.serving = undefined
    })
  }
}
