// Foreign boundary: runs a program to its end.
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { Effect } from "effect"

export interface CommandOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly user?: { readonly uid: number; readonly gid: number }
  /** Called for each line of output as it comes. */
  readonly onLine?: (line: string) => void
}

export interface CommandResult {
  /** 127 when the program can't be started. */
  readonly code: number
  /** The last 400 lines of standard output and error. */
  readonly lines: ReadonlyArray<string>
}

/** Runs a program without a shell and waits for its end; interruption ends it. Never fails: look at the code. */
export const runCommand = (
  command: string,
  args: ReadonlyArray<string>,
  options: CommandOptions = {}
): Effect.Effect<CommandResult> =>
  Effect.callback((resume) => {
    const lines: Array<string> = []
    const child = spawn(command, [...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.user ?? {})
    })
    const take = (line: string): void => {
      lines.push(line)
      if (lines.length > 400) lines.shift()
      options.onLine?.(line)
    }
    createInterface({ input: child.stdout }).on("line", take)
    createInterface({ input: child.stderr }).on("line", take)
    child.once("error", (error) => resume(Effect.succeed({ code: 127, lines: [error.message] })))
    child.once("close", (code) => resume(Effect.succeed({ code: code ?? 128, lines })))
    return Effect.sync(() => child.kill("SIGTERM"))
  })
