import { runMain } from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, Exit, Runtime } from "effect"
import { Command } from "effect/cli"
import { npmStart } from "./npmStart.ts"
import { runFlags } from "./RunOptions.ts"

const command = Command.make("npm start --", runFlags, npmStart).pipe(
  Command.withDescription("Start the local stack, the simulated exchange and the pipeline, and show what happens")
)

const isFailureWithMessage = (error: unknown): error is { readonly message: string } =>
  typeof error === "object" && error !== null && "message" in error

runMain(
  Command.run(command, { version: "0.1.0" }).pipe(
    Effect.tapError((error) => (isFailureWithMessage(error) ? Console.error(`\n${error.message}`) : Effect.void)),
    Effect.provide(NodeServices.layer)
  ),
  {
    disableErrorReporting: true,
    teardown: (exit, onExit) =>
      Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) ? onExit(0) : Runtime.defaultTeardown(exit, onExit)
  }
)
