import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Option, Schema, type Scope } from "effect"
import { onDisk } from "./onDisk.ts"
import { identify, isRunning } from "./ProcessIdentity.ts"
import type { StackError } from "./StackError.ts"

const Identity = Schema.Struct({ pid: Schema.Int, started: Schema.String })

/** A service of a run, as other processes of this user find it. */
export const RecordedService = Schema.Struct({
  name: Schema.String,
  /** Serves `/ready`, `/health`, `/live`, `/metrics`. */
  healthUrl: Schema.String,
  logFile: Schema.String
})
export type RecordedService = typeof RecordedService.Type

/** Who runs the services of a data folder, and how far its start is. */
export const RunRecord = Schema.Struct({
  owner: Identity,
  /** `background`: `millrace up` started it and `millrace down` ends it; `foreground`: a terminal has it. */
  mode: Schema.Literals(["foreground", "background"]),
  /** Flags it was started with, for the next start of the same. */
  flags: Schema.Array(Schema.String),
  startedAtMs: Schema.Finite,
  /** Absent until everything is ready. */
  readyAtMs: Schema.optionalKey(Schema.Finite),
  /** Workspace of the run; also the instance name of its workers. */
  runId: Schema.optionalKey(Schema.String),
  /** Variables by which a program finds the simulated exchange of the run. */
  exchange: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  /** Address of the API and the dashboard. */
  apiUrl: Schema.optionalKey(Schema.String),
  /** One-time link for who becomes the first administrator; a secret, as long as nobody has used it. */
  firstAdmin: Schema.optionalKey(Schema.String),
  services: Schema.Array(RecordedService)
})
export type RunRecord = typeof RunRecord.Type

const RunFile = Schema.fromJsonString(RunRecord)

/** The folder of a data folder that holds the services' logs and process identities. */
export const servicesFolderOf = (dataFolder: string): string => join(dataFolder, "services")

const fileIn = (servicesFolder: string): string => join(servicesFolder, "run.json")

const write = (servicesFolder: string, record: RunRecord): void => {
  // Renamed, so that a reader never meets half of it.
  const next = `${fileIn(servicesFolder)}.next`
  writeFileSync(next, Schema.encodeSync(RunFile)(record), { mode: 0o600 })
  renameSync(next, fileIn(servicesFolder))
}

/** Publishes that this process starts a run here, until the scope closes; returns what tells later how far it is. */
export const publishRun = (
  servicesFolder: string,
  start: Pick<RunRecord, "mode" | "flags" | "startedAtMs">
): Effect.Effect<(ready: Partial<RunRecord>) => Effect.Effect<void, StackError>, StackError, Scope.Scope> => {
  const owner = identify(process.pid) ?? { pid: process.pid, started: "" }
  const first: RunRecord = { owner, services: [], ...start }
  return Effect.acquireRelease(
    onDisk("stack", servicesFolder, () => write(servicesFolder, first)),
    () => Effect.sync(() => rmSync(fileIn(servicesFolder), { force: true }))
  ).pipe(Effect.as((ready) => onDisk("stack", servicesFolder, () => write(servicesFolder, { ...first, ...ready }))))
}

/** The run of a data folder whose owner still runs; undefined when there is none. */
export const readRun = (dataFolder: string): Effect.Effect<RunRecord | undefined> =>
  Effect.sync(() => {
    const file = fileIn(servicesFolderOf(dataFolder))
    return existsSync(file) ? readFileSync(file, "utf8") : ""
  }).pipe(
    Effect.map((text) => Option.getOrUndefined(Schema.decodeUnknownOption(RunFile)(text))),
    Effect.map((record) => (record !== undefined && isRunning(record.owner) ? record : undefined)),
    Effect.catchDefect(() => Effect.undefined)
  )

/** Process id of a service right now, which changes when it was started again; undefined: it does not run. */
export const pidOf = (dataFolder: string, service: string): Effect.Effect<number | undefined> =>
  Effect.sync(() => {
    const file = join(servicesFolderOf(dataFolder), "run", `${service}.json`)
    const identity = Schema.decodeUnknownOption(Schema.fromJsonString(Identity))(
      existsSync(file) ? readFileSync(file, "utf8") : ""
    )
    return Option.isSome(identity) && isRunning(identity.value) ? identity.value.pid : undefined
  }).pipe(Effect.catchDefect(() => Effect.undefined))
