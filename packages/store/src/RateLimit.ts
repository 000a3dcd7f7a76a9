import type { ErrorKind } from "@millrace/contracts"
import { Schema } from "effect"

/**
 * How requests are counted.
 *
 * `sliding-window`: at most `limit` in any window, exactly; costs an entry per request. `token-bucket`: `limit` at once,
 * then evenly as the bucket fills, so up to twice the limit within one window; costs one number whatever the limit.
 */
export type LimitAlgorithm = "sliding-window" | "token-bucket"

/** A budget of requests to an outside API, shared by all instances that name the same `api` and `subject`. */
export interface RateLimit {
  /** The API, for example `lnmarkets`; the label of metrics. */
  readonly api: string
  /** Whose budget it is: an account, a webhook, an address. Never a label of metrics. */
  readonly subject: string
  readonly algorithm: LimitAlgorithm
  /** Requests in a window, at least 1. */
  readonly limit: number
  /** How many of them only urgent requests may use; default 0. */
  readonly reserve?: number
  readonly windowMs: number
}

/** Urgent requests may use the whole limit and overtake; ordinary ones leave the reserve alone and yield. */
export type TurnPriority = "urgent" | "ordinary"

/** The key that instances share. */
export const keyOf = (limit: RateLimit): string => `${limit.api}/${limit.subject}`

/** Requests that such a priority may have in a window. */
export const shareOf = (limit: RateLimit, priority: TurnPriority): number =>
  Math.max(1, priority === "urgent" ? limit.limit : limit.limit - (limit.reserve ?? 0))

/**
 * The turn would come later than the caller can wait; nothing was sent.
 *
 * Of kind `system`: the API is not to be had now, which is no fault of the record, so that it is held and no attempt is
 * used up.
 */
export class RateLimited extends Schema.TaggedError<RateLimited>()("RateLimited", {
  api: Schema.String,
  subject: Schema.String,
  /** When to come again, in milliseconds from now. */
  retryAfterMs: Schema.Finite
}) {
  readonly kind: ErrorKind = "system"
  override get message() {
    return `${this.api}: the request budget of ${this.subject} is used up for ${this.retryAfterMs} ms; nothing was sent`
  }
}
