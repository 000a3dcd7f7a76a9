// Foreign boundary: runs the command as a process, as a user would.
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"

const mainOf = (name: string): string =>
  fileURLToPath(new URL(`../../../packages/${name}/src/main.ts`, import.meta.url))

/** How a call ended, and what it printed. */
export interface CallEnd {
  readonly exitCode: number | null
  readonly out: string
  readonly error: string
}

const servers = ["KAFKA_BROKERS", "SCHEMA_REGISTRY_URL", "DATABASE_URL", "REDIS_URL", "NODE_OPTIONS", "VITEST"]

/** The environment of a user who has set nothing but the data folder. */
const environmentOf = (dataFolder: string): NodeJS.ProcessEnv => {
  const env: NodeJS.ProcessEnv = { ...process.env, MILLRACE_CONTAINERS: "never", MILLRACE_DATA: dataFolder }
  for (const name of servers) delete env[name]
  return env
}

const call = (main: string, dataFolder: string, args: ReadonlyArray<string>): Effect.Effect<CallEnd> =>
  Effect.callback((resume) => {
    const child = spawn(process.execPath, [main, ...args], {
      env: environmentOf(dataFolder),
      stdio: ["ignore", "pipe", "pipe"]
    })
    let [out, error] = ["", ""]
    child.stdout.on("data", (bytes) => {
      out += bytes
    })
    child.stderr.on("data", (bytes) => {
      error += bytes
    })
    child.once("close", (exitCode) => resume(Effect.succeed({ exitCode, out, error })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** Runs `millrace …` for a data folder, without any other setting. */
export const millraceIn = (dataFolder: string, ...args: ReadonlyArray<string>) => call(mainOf("cli"), dataFolder, args)

/** Runs `npm start -- --plain …` to its end. */
export const npmStartIn = (dataFolder: string, ...args: ReadonlyArray<string>) =>
  call(mainOf("local"), dataFolder, ["--plain", ...args])

/** Runs `millrace … --json` and reads what it printed; dies with what it said when that is no JSON. */
export const millraceJsonIn = <A>(dataFolder: string, ...args: ReadonlyArray<string>) =>
  Effect.map(millraceIn(dataFolder, ...args, "--json"), ({ error, exitCode, out }) => {
    if (!out.startsWith("{")) throw new Error(`millrace ${args.join(" ")} ended with ${exitCode}: ${error}${out}`)
    return { exitCode, value: JSON.parse(out) as A }
  })
