import { runMain } from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { takeSecretFiles } from "@millrace/telemetry"
import { Cause, Console, Effect, Exit, Runtime } from "effect"
import { Command } from "effect/cli"
import { backgroundRun, npmStart } from "./npmStart.ts"
import { runFlags } from "./RunOptions.ts"

const isFailureWithMessage = (error: unknown): error is { readonly message: string } =>
  typeof error === "object" && error !== null && "message" in error

/** Runs `npm start`, or what `millrace up` leaves in the background, as a process of its own. */
export const runProgram = (mode: "foreground" | "background"): void => {
  const command = Command.make("npm start --", runFlags, mode === "foreground" ? npmStart : backgroundRun).pipe(
    Command.withDescription("Start the local stack, the simulated exchange and the pipeline, and show what happens")
  )
  const faults = takeSecretFiles(process.env)
  const started = faults.length > 0 ? Effect.fail({ message: faults.join("\n") }) : Effect.void
  runMain(
    started.pipe(
      Effect.andThen(Command.run(command, { version: "0.1.0" })),
      Effect.tapError((error) => (isFailureWithMessage(error) ? Console.error(`\n${error.message}`) : Effect.void)),
      Effect.provide(NodeServices.layer)
    ),
    {
      disableErrorReporting: true,
      teardown: (exit, onExit) =>
        Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) ? onExit(0) : Runtime.defaultTeardown(exit, onExit)
    }
  )
}
