import { Console, type Effect } from "effect"
import { Flag } from "effect/cli"

/** Flag of every command that tells something: one JSON document instead of lines. */
export const asJson = Flag.Boolean("json").pipe(
  Flag.withDescription("Print one JSON document for programs"),
  Flag.withDefault(false)
)

/** Prints a result for programs or for people. */
export const printed = (json: boolean, value: unknown, lines: ReadonlyArray<string>): Effect.Effect<void> =>
  Console.log(json ? JSON.stringify(value, null, 2) : lines.join("\n"))
