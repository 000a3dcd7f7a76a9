import { Deferred, Effect, Exit } from "effect"
import type { KafkaError } from "./KafkaClient.ts"
import { errorTypeOf } from "./KafkaJsErrors.ts"

/** What a refusal of the group's coordinator says about the membership. */
export type GroupNews = "rebalance" | "otherGeneration" | "forgotten" | "nothing"

/** Reads what a failed request to the coordinator says about the membership. */
export const groupNewsOf = (error: KafkaError): GroupNews => {
  switch (errorTypeOf(error.cause)) {
    case "REBALANCE_IN_PROGRESS":
      return "rebalance"
    case "ILLEGAL_GENERATION":
      return "otherGeneration"
    case "UNKNOWN_MEMBER_ID":
    case "FENCED_INSTANCE_ID":
      return "forgotten"
    default:
      return "nothing"
  }
}

/** Whether a request failed as the group has, or makes, another generation. */
export const isRebalance = (error: KafkaError): boolean => {
  const news = groupNewsOf(error)
  return news === "rebalance" || news === "otherGeneration"
}

/** The time between two joins, and why it ends. */
export class GroupRound {
  private readonly rejoin = Deferred.makeUnsafe<void>()
  private readonly lost = Deferred.makeUnsafe<void>()
  private readonly silentAfterMs: number
  private lastAnswerMs: number

  /** `silentAfterMs`: the session timeout; after it the group has given the partitions of a silent member to others. */
  constructor(nowMs: number, silentAfterMs: number) {
    this.lastAnswerMs = nowMs
    this.silentAfterMs = silentAfterMs
  }

  /** The group rebalances: join again, and go on reading meanwhile. */
  readonly askRejoin = (): void => {
    Deferred.doneUnsafe(this.rejoin, Exit.void)
  }

  /** What is held may be somebody else's by now: give it back before anything else. */
  readonly lose = (): void => {
    Deferred.doneUnsafe(this.lost, Exit.void)
  }

  get isLost(): boolean {
    return Deferred.isDoneUnsafe(this.lost)
  }

  /** The coordinator answered a request that was sent at this time. */
  answered(askedMs: number): void {
    this.lastAnswerMs = Math.max(this.lastAnswerMs, askedMs)
  }

  /** Whether the group may have given to others what is held: it said so, or has not answered for a session's length. */
  isDoubtful(nowMs: number): boolean {
    return this.isLost || nowMs - this.lastAnswerMs > this.silentAfterMs
  }

  /** Loses the round when the coordinator has not answered for a session's length. */
  heedSilence(nowMs: number): void {
    if (this.isDoubtful(nowMs)) this.lose()
  }

  readonly whenLost: Effect.Effect<void> = Effect.suspend(() => Deferred.await(this.lost))
  readonly whenOver: Effect.Effect<void> = Effect.suspend(() =>
    Effect.raceFirst(Deferred.await(this.rejoin), Deferred.await(this.lost))
  )
}
