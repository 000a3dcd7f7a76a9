// Foreign boundary: ends processes by id.
import { Effect, Schedule } from "effect"
import { lockFolder } from "./FolderLock.ts"
import { endLeftovers, leftoversOf } from "./leftovers.ts"
import { isRunning, type ProcessIdentity } from "./ProcessIdentity.ts"
import { report } from "./Progress.ts"
import { readRun, servicesFolderOf } from "./RunRecord.ts"
import { StackError } from "./StackError.ts"

/** What an end found: nothing that ran, what a killed start had left, or the run of this process id. */
export type BackgroundEnd =
  | { readonly _tag: "Nothing" }
  | { readonly _tag: "Leftovers"; readonly names: ReadonlyArray<string> }
  | { readonly _tag: "Ended"; readonly pid: number; readonly killed: boolean }

const signal = (process_: ProcessIdentity, name: NodeJS.Signals): Effect.Effect<void> =>
  Effect.sync(() => {
    // The id may belong to another process by now.
    if (isRunning(process_)) process.kill(process_.pid, name)
  }).pipe(Effect.catchDefect(() => Effect.void))

const lookEvery = Schedule.spaced("100 millis")

const awaitEnd = (owner: ProcessIdentity, withinMs: number): Effect.Effect<boolean> =>
  Effect.sync(() => !isRunning(owner)).pipe(
    Effect.repeat({ until: (gone) => gone, schedule: lookEvery }),
    Effect.timeoutOption(withinMs),
    Effect.map((gone) => gone._tag === "Some")
  )

const foldersOf = (dataFolder: string) => [servicesFolderOf(dataFolder), dataFolder]

/** Ends what is left running of a folder whose owner is gone; another start may have it by then. */
const endRest = Effect.fnUntraced(function* (dataFolder: string) {
  for (const folder of foldersOf(dataFolder)) {
    if (yield* lockFolder("stack", folder)) yield* endLeftovers(folder)
  }
}, Effect.scoped)

/**
 * Ends what `millrace up` started in a data folder: services first, then servers; the data stays. By process id and start
 * time, so that no other process is met. Asks for a clean end first, and kills after `graceMs`.
 *
 * Fails with StackError for a run that a terminal has.
 */
export const endBackground = Effect.fnUntraced(function* (dataFolder: string, graceMs: number) {
  const run = yield* readRun(dataFolder)
  if (run === undefined) {
    const names = foldersOf(dataFolder).flatMap((folder) => leftoversOf(folder).map(({ name }) => name))
    if (names.length === 0) return { _tag: "Nothing" } satisfies BackgroundEnd as BackgroundEnd
    yield* endRest(dataFolder)
    return { _tag: "Leftovers", names } satisfies BackgroundEnd as BackgroundEnd
  }
  if (run.mode === "foreground") {
    return yield* new StackError({
      part: "stack",
      problem: `\`npm start\` runs it in a terminal (process ${run.owner.pid}).`,
      remedy: `End it there with Ctrl-C, or by \`kill ${run.owner.pid}\`.`
    })
  }
  yield* report(`Stopping the services, then the servers (process ${run.owner.pid})`)
  yield* signal(run.owner, "SIGTERM")
  const clean = yield* awaitEnd(run.owner, graceMs)
  if (!clean) {
    yield* report(`Not ended within ${Math.round(graceMs / 1000)} s: killing it; its guards stop the rest`)
    yield* signal(run.owner, "SIGKILL")
    yield* awaitEnd(run.owner, 5_000)
  }
  yield* endRest(dataFolder)
  return { _tag: "Ended", pid: run.owner.pid, killed: !clean } satisfies BackgroundEnd as BackgroundEnd
})
