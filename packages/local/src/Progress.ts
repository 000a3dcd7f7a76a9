import { Console, Context, Effect } from "effect"

/** Takes one line per step of the start, for people to read. By default lines go to the standard error output. */
export const Progress = Context.Reference<{ readonly line: (text: string) => Effect.Effect<void> }>(
  "@millrace/local/Progress",
  { defaultValue: () => ({ line: (text) => Console.error(text) }) }
)

/** Reports one step. */
export const report = (text: string): Effect.Effect<void> => Effect.flatMap(Progress, (progress) => progress.line(text))
