// Foreign boundary: the suite's folder, its last line and its exit code.
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { runMain } from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { checkoutFolder, emptyIfAsked, report, takeFolder } from "@millrace/local"
import { Cause, Console, Effect, Exit, Runtime } from "effect"
import { Command } from "effect/cli"
import { ChaosError } from "./ChaosError.ts"
import type { ChaosOptions } from "./ChaosOptions.ts"
import { chaosFlags, optionsOf } from "./chaosFlags.ts"
import { ordersCommand } from "./ordersCommand.ts"
import { runChaos } from "./runChaos.ts"

/** Data that tells nothing once the journals and logs are kept. */
const removeData = (options: ChaosOptions) =>
  Effect.gen(function* () {
    yield* emptyIfAsked(options.folder, true)
    yield* Effect.sync(() => {
      for (let node = 1; node <= options.brokers; node += 1)
        rmSync(join(options.folder, `kafka-${node}`), { recursive: true, force: true })
    })
  })

const removeFolder = (folder: string) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))

/** Keeps the logs and journals of a run beside what was found. */
const keep = (options: ChaosOptions, how: "failed" | "kept", found: unknown) =>
  Effect.gen(function* () {
    const kept = `${options.folder}-${how}-seed-${options.seed}`
    yield* Effect.sync(() => {
      rmSync(kept, { recursive: true, force: true })
      writeFileSync(join(options.folder, "found.json"), JSON.stringify(found, null, 2))
      renameSync(options.folder, kept)
    })
    yield* report(`Logs, journals and what was found are kept in ${kept}`)
  })

type ChaosRun = Effect.Success<ReturnType<typeof runChaos>>

/** Nothing but logs stays of a run that failed, and nothing at all of another one, however it ended. */
const tidy = <E>(options: ChaosOptions, exit: Exit.Exit<ChaosRun, E>) =>
  Effect.gen(function* () {
    yield* removeData(options).pipe(Effect.ignore)
    if (Exit.isSuccess(exit)) {
      if (!exit.value.summary.ok) yield* keep(options, "failed", exit.value)
      else yield* options.keep ? keep(options, "kept", exit.value) : removeFolder(options.folder)
    } else if (Cause.hasInterruptsOnly(exit.cause)) yield* removeFolder(options.folder)
    else yield* keep(options, "failed", Cause.pretty(exit.cause))
  })

const runOnce = (options: ChaosOptions) =>
  Effect.gen(function* () {
    if (!(yield* takeFolder(options.folder)))
      return yield* new ChaosError({ step: "start", problem: `another run uses ${options.folder}; see --data` })
    const { summary } = yield* Effect.scoped(runChaos(options)).pipe(Effect.onExit((exit) => tidy(options, exit)))
    yield* Console.log(JSON.stringify(summary))
    if (!summary.ok) {
      yield* Effect.sync(() => {
        process.exitCode = 1
      })
    }
  }).pipe(Effect.scoped)

const command = Command.make("npm run chaos --", chaosFlags, (flags) =>
  Effect.gen(function* () {
    const options = yield* optionsOf(flags, join(checkoutFolder, ".millrace", "chaos"))
    yield* Effect.sync(() => mkdirSync(options.folder, { recursive: true }))
    yield* runOnce(options)
  })
).pipe(
  Command.withDescription("Break processes, connections and servers under load, and check what must hold"),
  Command.withSubcommands([ordersCommand])
)

runMain(
  Command.run(command, { version: "0.1.0" }).pipe(
    Effect.tapError((error) => Console.error(`\n${error instanceof Error ? error.message : String(error)}`)),
    Effect.provide(NodeServices.layer)
  ),
  {
    disableErrorReporting: true,
    teardown: (exit, onExit) =>
      Exit.isSuccess(exit) ? onExit(Number(process.exitCode ?? 0)) : Runtime.defaultTeardown(exit, onExit)
  }
)
