// Foreign boundary: starts the product's own command as a process, as a user does, and reads the file it writes.
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { RunSummary } from "@millrace/local"
import type { ScenarioAccount, ScenarioPosition } from "@millrace/simulators"
import type { GuardSyntax, RuleSyntax } from "@millrace/trading"

export type RunPosition = ScenarioPosition
export type RunRule = typeof RuleSyntax.Encoded
export type RunGuard = typeof GuardSyntax.Encoded

/** A scenario as it stands in a file. */
export interface RunScenario<R extends RunRule = RunRule> {
  readonly accounts: ReadonlyArray<ScenarioAccount>
  readonly positions: ReadonlyArray<RunPosition>
  readonly rules: ReadonlyArray<R>
}

export interface FinishedRun {
  readonly summary: RunSummary
  readonly output: string
  readonly seconds: number
}

const main = fileURLToPath(new URL("../../local/src/main.ts", import.meta.url))

/**
 * Runs a scenario over a candle file to its end and returns its summary; the environment says where the stack is.
 *
 * Rejects with the command's output when it ends with an error.
 */
export const runScenario = (options: {
  readonly scenario: RunScenario
  readonly candles: string
  readonly speed: number | "max"
  readonly flags?: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
}): Promise<FinishedRun> => {
  const folder = mkdtempSync(join(tmpdir(), "millrace run "))
  const file = (name: string): string => join(folder, name)
  // JSON is YAML.
  writeFileSync(file("scenario.yaml"), JSON.stringify(options.scenario))
  writeFileSync(file("candles.csv"), options.candles)
  const args = [
    main,
    ...["--scenario", file("scenario.yaml"), "--feed", file("candles.csv"), "--speed", String(options.speed)],
    ...["--until-end", "--summary", file("summary.json"), "--plain", "--data", file("data")],
    ...(options.flags ?? [])
  ]
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"]
    })
    let output = ""
    const collect = (chunk: Buffer): void => {
      output += chunk.toString("utf8")
    }
    child.stdout.on("data", collect)
    child.stderr.on("data", collect)
    child.once("error", reject)
    child.once("close", (code) => {
      const seconds = (performance.now() - started) / 1000
      if (code !== 0) {
        reject(new Error(`The run ended with code ${code}; its files are in ${folder}:\n${output.slice(-6000)}`))
        return
      }
      const summary = JSON.parse(readFileSync(file("summary.json"), "utf8")) as RunSummary
      rmSync(folder, { recursive: true, force: true })
      resolve({ summary, output, seconds })
    })
  })
}
