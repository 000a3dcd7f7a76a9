import { redactText } from "@millrace/telemetry"
import { Config, Console, Effect, Runtime, Schema } from "effect"
import { CliError } from "effect/cli"

/** What each exit code of `millrace` says; every command keeps to it. */
export const exitCodes = {
  done: 0,
  /** Refused, failed, or what was looked at is not sound. */
  failed: 1,
  /** Wrong flags, arguments or settings: nothing was asked of anybody. */
  wrongUse: 2,
  /** A server, or a service, does not answer: the same call may succeed later. */
  notReachable: 3,
  /** Done in part, or something waits: changes that a plan found, letters that were left out, workers that were not told. */
  notAll: 4
} as const

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

/** Ends a command with an exit code, after printing why. */
export const endedWith = (exitCode: keyof typeof exitCodes, reason: string): Effect.Effect<never, CommandFailed> =>
  Effect.suspend(() => {
    // A foreign library's error may quote an address with its password.
    const shown = redactText(reason)
    return Effect.andThen(
      Console.error(shown),
      Effect.fail(new CommandFailed({ exitCode: exitCodes[exitCode], reason: shown }))
    )
  })

/** Prints why a command is not carried out, and ends with exit code 1. */
export const refused = (reason: string): Effect.Effect<never, CommandFailed> => endedWith("failed", reason)

/** Prints what is wrong with the call, and ends with exit code 2. */
export const misused = (reason: string): Effect.Effect<never, CommandFailed> => endedWith("wrongUse", reason)

/** Wrong flags and arguments were told with the help text; they end with exit code 2 and not with 1. */
export const asWrongUse = <A, E, R>(command: Effect.Effect<A, E, R>): Effect.Effect<A, E | CommandFailed, R> =>
  Effect.catchIf(
    command,
    (error) => CliError.isCliError(error) && error._tag === "ShowHelp" && error.errors.length > 0,
    () => Effect.fail(new CommandFailed({ exitCode: exitCodes.wrongUse, reason: "wrong flags or arguments" }))
  ) as Effect.Effect<A, E | CommandFailed, R>

/** Prints a failure as its message, without a stack, and ends with the exit code that its kind asks for. */
export const explained = <A, E extends { readonly message: string }, R>(
  command: Effect.Effect<A, E | CommandFailed, R>
): Effect.Effect<A, CommandFailed, R> =>
  Effect.catchIf(
    command,
    (error) => !(error instanceof CommandFailed),
    (error) => {
      const failure = error as Exclude<E, CommandFailed>
      return endedWith(exitOf(failure), reasonOf(failure))
    }
  ) as Effect.Effect<A, CommandFailed, R>

/** Failures of kind `system` that are of files and keys of this machine, and not of a server. */
const notServers: ReadonlySet<string> = new Set([
  "SchemaFolderError",
  "MissingTopicsFile",
  "SecretUnreadable",
  "MasterKeyInvalid"
])

/** Which exit code a failure ends a command with. */
export const exitOf = (error: { readonly message: string }): "failed" | "wrongUse" | "notReachable" => {
  if (error instanceof Config.ConfigError) return "wrongUse"
  const { _tag, kind, reason } = error as { readonly _tag?: string; readonly kind?: string; readonly reason?: unknown }
  if (kind !== "system" || notServers.has(_tag ?? "")) return "failed"
  return _tag === "KafkaError" && reason !== "unavailable" && reason !== "closed" ? "failed" : "notReachable"
}

/** A setting of the environment is named as it is set there, with what to do; everything else says so itself. */
export const reasonOf = (error: { readonly message: string }): string => {
  if (!(error instanceof Config.ConfigError)) return error.message
  const found = error.cause.message
    .replaceAll(/\s+at ((?:\["\w+"\])+)/gu, (_, path: string) => ` at ${path.slice(2, -2).replaceAll('"]["', "_")}`)
    .split("\n")
  return `A setting is missing or wrong: ${found[0]}. Set it in the environment; docs/configuration.md lists all of them.`
}
