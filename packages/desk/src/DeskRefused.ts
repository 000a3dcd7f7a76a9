import { Effect, Schema } from "effect"

/** What an operator asked for can't be done, and why; nothing was changed. */
export class DeskRefused extends Schema.TaggedError<DeskRefused>()("DeskRefused", {
  /** One sentence for people, with what to do instead. */
  reason: Schema.String
}) {
  override get message() {
    return this.reason
  }
}

export const deskRefused = (reason: string): Effect.Effect<never, DeskRefused> =>
  Effect.fail(new DeskRefused({ reason }))
