import { Console, Effect, Runtime, Schema } from "effect"

/** A command ends with an exit code other than 0; what it has to say is printed by then. */
export class CommandFailed extends Schema.TaggedError<CommandFailed>()("CommandFailed", {
  exitCode: Schema.Int,
  reason: Schema.String
}) {
  override readonly [Runtime.errorExitCode] = this.exitCode
  override readonly [Runtime.errorReported] = false

  override get message() {
    return this.reason
  }
}

/** Prints a failure as its message, without a stack, and ends with exit code 1. */
export const explained = <A, E extends { readonly message: string }, R>(
  command: Effect.Effect<A, E | CommandFailed, R>
): Effect.Effect<A, CommandFailed, R> =>
  Effect.catchIf(
    command,
    (error) => !(error instanceof CommandFailed),
    (error) =>
      Effect.andThen(
        Console.error(error.message),
        Effect.fail(new CommandFailed({ exitCode: 1, reason: error.message }))
      )
  ) as Effect.Effect<A, CommandFailed, R>
