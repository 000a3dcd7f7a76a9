import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs"
import { Deferred, Duration, Effect, Option } from "effect"
import type { ProcessSpec } from "./GuardProtocol.ts"
import type { NoAnswer } from "./Probes.ts"
import type { ProcessGuard, StartedProcess } from "./ProcessGuard.ts"
import { report } from "./Progress.ts"
import { StackError, type StackPart } from "./StackError.ts"

/** A server to start and keep running. */
export interface ServerProcess {
  readonly part: StackPart
  /** Shown to people, with its version. */
  readonly title: string
  readonly spec: ProcessSpec
  readonly address: string
  readonly dataFolder: string
  /** Succeeds once the server does its work. */
  readonly probe: Effect.Effect<void, NoAnswer>
}

const startLimit = "90 seconds"
const tailBytes = 16_384

/** Returns the last lines of a log that say what went wrong. */
export const tailOf = (file: string): string => {
  if (!existsSync(file)) return "it wrote nothing"
  const size = statSync(file).size
  const buffer = Buffer.alloc(Math.min(size, tailBytes))
  const handle = openSync(file, "r")
  readSync(handle, buffer, 0, buffer.length, Math.max(0, size - buffer.length))
  closeSync(handle)
  const lines = buffer
    .toString("utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
  const telling = lines.filter((line) => /ERROR|FATAL|PANIC|Exception|No space left|failed/u.test(line))
  return (telling.length > 0 ? telling : lines).slice(-2).join(" | ")
}

const ended = (server: ServerProcess, how: string) => {
  const said = tailOf(server.spec.logFile)
  const full = /No space left|ENOSPC|disk full/iu.test(said)
  return new StackError({
    part: server.part,
    problem: `${server.title} ${how} (log ${server.spec.logFile}: ${said}).`,
    remedy: full
      ? `The disk is full: free space at ${server.dataFolder}.`
      : `If its data in ${server.dataFolder} is damaged, --fresh empties it.`
  })
}

/** Waits until a server that was started does its work. Fails with StackError when it ends first, or within 90 s. */
export const awaitReady = (server: ServerProcess, started: StartedProcess): Effect.Effect<void, StackError> => {
  const poll: Effect.Effect<void> = Effect.gen(function* () {
    while (Option.isNone(yield* Effect.option(server.probe))) yield* Effect.sleep("60 millis")
  })
  const end = Deferred.await(started.ended).pipe(
    Effect.flatMap(({ code, signal }) =>
      Effect.fail(ended(server, `ended at its start with ${signal ?? `code ${code}`}`))
    )
  )
  return Effect.raceFirst(poll, end).pipe(
    Effect.timeoutOrElse({
      duration: startLimit,
      orElse: () => Effect.fail(ended(server, `gave no answer at ${server.address} within ${startLimit}`))
    })
  )
}

const launch = Effect.fnUntraced(function* (guard: ProcessGuard, server: ServerProcess) {
  const started = yield* guard.start(server.part, server.spec)
  yield* awaitReady(server, started)
  return started
})

/** Restarts a server that ended by itself, on its port and data; after three failures in a row it gives up. */
const supervise = (guard: ProcessGuard, server: ServerProcess, first: StartedProcess): Effect.Effect<void> =>
  Effect.gen(function* () {
    let current = first
    for (;;) {
      const { code, signal } = yield* Deferred.await(current.ended)
      yield* report(`${server.title} ended by itself (${signal ?? `code ${code}`}); starting it again`)
      const again = yield* Effect.option(Effect.retry(launch(guard, server), { times: 2 }))
      if (Option.isNone(again))
        return yield* report(`${server.title} does not start any more: see ${server.spec.logFile}`)
      current = again.value
      yield* report(`${server.title} answers again at ${server.address}`)
    }
  })

/**
 * Starts a server, returns its process id once it answers, and keeps it running until the scope closes.
 *
 * Fails with StackError, naming the log and the data folder, when it ends or does not answer within 90 s.
 */
export const startServer = Effect.fnUntraced(function* (guard: ProcessGuard, server: ServerProcess) {
  const [duration, started] = yield* Effect.timed(launch(guard, server))
  yield* Effect.forkScoped(supervise(guard, server, started))
  yield* report(`${server.title} answers at ${server.address} (${Duration.toSeconds(duration).toFixed(1)} s)`)
  return started.pid
})
