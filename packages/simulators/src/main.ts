import "effect/schema/SchemaJITCompiler/enable"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, Console, Effect, Exit, Layer, Runtime } from "effect"
import { Simulator } from "./Simulator.ts"

/** Prints one JSON line with the addresses when both ports are open. */
const Ready = Layer.effectDiscard(Effect.flatMap(Simulator, ({ addresses }) => Console.log(JSON.stringify(addresses))))

NodeRuntime.runMain(Layer.launch(Ready.pipe(Layer.provide(Simulator.layer), Layer.provide(NodeFileSystem.layer))), {
  teardown: (exit, onExit) =>
    Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) ? onExit(0) : Runtime.defaultTeardown(exit, onExit)
})
