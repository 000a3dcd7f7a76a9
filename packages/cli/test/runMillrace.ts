import * as NodeServices from "@effect/platform-node/NodeServices"
import { defaultTopicsPath, SchemaRegistry, TopicsFile } from "@millrace/contracts"
import { MemoryKafka } from "@millrace/kafka"
import { layerMemoryTimers } from "@millrace/store"
import { Effect, Stdio, Stream } from "effect"
import { Command } from "effect/cli"
import { TestConsole } from "effect/testing"
import type { CommandFailed } from "../src/CommandFailed.ts"
import { type MillraceParts, millrace } from "../src/index.ts"
import { memoryCommands, memoryControls } from "./memoryControls.ts"

/** How a command ended, and what it printed. */
export interface Ended {
  readonly exitCode: number
  readonly out: string
  readonly error: string
}

/** Runs a command as the shell would. What went to the console before is not part of its output. */
export const runCommand = Effect.fnUntraced(function* <Name extends string, A, C, R>(
  command: Command.Command<Name, A, C, CommandFailed, R>,
  args: ReadonlyArray<string>,
  { stdin = "" }: { readonly stdin?: string } = {}
) {
  const stdio = yield* Effect.provide(Stdio.Stdio, NodeServices.layer)
  const input = Stream.succeed(new TextEncoder().encode(stdin))
  const before = { out: (yield* TestConsole.logLines).length, error: (yield* TestConsole.errorLines).length }
  const exitCode = yield* Command.runWith(command, { version: "0" })(args).pipe(
    Effect.provideService(Stdio.Stdio, { ...stdio, stdin: input }),
    Effect.provide(NodeServices.layer),
    Effect.as(0),
    Effect.catchTag("CommandFailed", (error) => Effect.succeed(error.exitCode))
  )
  const out = (yield* TestConsole.logLines).slice(before.out).join("\n")
  return { exitCode, out, error: (yield* TestConsole.errorLines).slice(before.error).join("\n") } satisfies Ended
})

type F = { readonly message: string }
type Parts = MillraceParts<F, F, F, F, F, F, F, F, F, F>

/** Runs `millrace` over an installation in memory; `parts` take the place of its own. */
export const runMillrace = (
  parts: Partial<Parts>,
  args: ReadonlyArray<string>,
  input: { readonly stdin?: string } = {}
) =>
  runCommand(
    millrace({
      kafka: MemoryKafka.layer,
      registry: SchemaRegistry.layer,
      topics: TopicsFile.layerFile(defaultTopicsPath),
      controls: memoryControls,
      commands: memoryCommands,
      timers: layerMemoryTimers,
      ...parts
    }),
    args,
    input
  )
