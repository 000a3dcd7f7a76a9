import { type ScheduleStore, TimerStore } from "@millrace/store"
import { DateTime, Effect, type Layer } from "effect"
import { Command, Flag } from "effect/cli"
import { explained } from "./CommandFailed.ts"
import { asJson, printed } from "./printed.ts"

const limit = Flag.Int("limit").pipe(Flag.withDescription("Timers shown at most"), Flag.withDefault(50))

/** `millrace timers list`: what waits, earliest first, and what was refused when it was due. */
export const timersCommand = <E extends { readonly message: string }>(
  stores: Layer.Layer<TimerStore | ScheduleStore, E>
) => {
  const list = Command.make(
    "list",
    { limit, json: asJson },
    Effect.fnUntraced(
      function* (asked) {
        const { rows: timers } = yield* TimerStore.use((store) => store.list({ limit: asked.limit }))
        const lines = timers.map(({ dueAtMs, owner, timerId, state, topic, reason }) =>
          [DateTime.formatIso(DateTime.makeUnsafe(dueAtMs)), state, owner, timerId, `→ ${topic}`, reason ?? ""]
            .join("  ")
            .trimEnd()
        )
        yield* printed(asked.json, timers, lines.length === 0 ? ["No timer waits."] : lines)
      },
      (effect) => explained(Effect.provide(effect, stores))
    )
  ).pipe(Command.withDescription("List what waits, earliest first, and what was refused"))
  return Command.make("timers").pipe(Command.withDescription("Look at timers"), Command.withSubcommands([list]))
}
