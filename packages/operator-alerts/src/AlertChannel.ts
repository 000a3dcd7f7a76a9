import type { AlertNotice } from "@millrace/contracts"
import type { Effect } from "effect"

/** What became of one try to tell a notice. */
export type SendResult =
  /** The channel took it. `pauseMs`: nothing else is to be sent to it before. */
  | { readonly _tag: "Delivered"; readonly detail: string; readonly pauseMs?: number }
  /** It may go well later; after `afterMs` where the channel said so, and then it is no failure of the channel. */
  | { readonly _tag: "Retry"; readonly reason: string; readonly afterMs?: number }
  /** The channel will never take it. */
  | { readonly _tag: "Refused"; readonly reason: string }

/** A way to operators. */
export interface AlertChannel {
  /** For example `slack`, or `email:ops@example.org`. */
  readonly name: string
  /** Tries once, within some 30 s; the same `deliveryId` for each try. Results hold no secret of the channel. */
  readonly send: (deliveryId: string, notice: AlertNotice) => Effect.Effect<SendResult>
}
