import { Schema } from "effect"

/** How the sink treats the requests that come now. */
export const SinkMode = Schema.Literals(["normal", "replies-lost", "storm-429", "storm-503", "effects-hang"])
export type SinkMode = typeof SinkMode.Type

/** A request is applied only this long after it was signed: so a late copy does nothing. */
export const signatureWindowMs = 2_000
/** Longest time that a worker waits for the sink's reply. */
export const replyTimeoutMs = 1_500

/** What a worker sends. */
export interface EffectRequest {
  readonly id: string
  readonly key: string
  readonly lane: string
  readonly partition: number
  readonly n: number
  readonly sentAtMs: number
  readonly signedAtMs: number
  readonly fence: number
  readonly worker: string
}

/** A line of the sink's journal: an effect that was applied. */
export interface AppliedEffect extends EffectRequest {
  readonly atMs: number
}
