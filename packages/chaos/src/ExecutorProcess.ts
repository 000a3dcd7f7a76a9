// Foreign boundary: starts a process, reads its lines and kills it.
import { type ChildProcess, spawn } from "node:child_process"
import { openSync } from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { type KillStep, killStepText } from "./KillStep.ts"
import type { TradingGrounds } from "./TradingGrounds.ts"

/** An executor as a process of its own. */
export interface ExecutorProcess {
  readonly pid: number
  /** It takes commands. */
  readonly isReady: () => boolean
  /** Intents (of `publish`: commands) at which it stands still. */
  readonly halted: () => ReadonlySet<string>
  /** Ends it by SIGKILL, and returns once it is gone. */
  readonly kill: Effect.Effect<void>
  readonly hasEnded: () => boolean
}

const program = fileURLToPath(new URL("executorProgram.ts", import.meta.url))

const ended = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

/** Starts an executor, which ends with the scope; its log goes to the file. */
export const startExecutor = (
  { env }: Pick<TradingGrounds, "env">,
  logFile: string,
  options: { readonly step?: KillStep | undefined; readonly env?: Readonly<Record<string, string>> } = {}
) =>
  Effect.acquireRelease(
    Effect.sync((): ExecutorProcess => {
      const halted = new Set<string>()
      let ready = false
      const { NODE_OPTIONS: _options, VITEST: _vitest, ...inherited } = process.env
      const step = options.step === undefined ? {} : { CHAOS_KILL_STEP: killStepText(options.step) }
      const child = spawn(process.execPath, [program], {
        env: { ...inherited, ...env, ...options.env, ...step },
        // The program ends when its input does: none stays behind when the suite itself is killed.
        stdio: ["pipe", "pipe", openSync(logFile, "a")]
      })
      createInterface({ input: child.stdout! }).on("line", (line) => {
        const said = JSON.parse(line) as { readonly halted?: string }
        if (said.halted === undefined) ready = true
        else halted.add(said.halted)
      })
      return {
        pid: child.pid!,
        isReady: () => ready,
        halted: () => halted,
        hasEnded: () => ended(child),
        kill: Effect.callback<void>((resume) => {
          if (ended(child)) return resume(Effect.void)
          child.once("exit", () => resume(Effect.void))
          child.kill("SIGKILL")
        })
      }
    }),
    ({ kill }) => kill
  )
