import { parseArgs } from "node:util"
import { runMain } from "@effect/platform-node/NodeRuntime"
import { Cause, Console, Effect, Exit, Runtime } from "effect"
import { startStack } from "./startStack.ts"

/** `node packages/local/src/stackMain.ts [--data DIR] [--fresh] [--quick-jvm]`: one JSON line with the addresses, then waits. */
const main = Effect.gen(function* () {
  const { values } = parseArgs({
    options: { data: { type: "string" }, fresh: { type: "boolean" }, "quick-jvm": { type: "boolean" } }
  })
  const addresses = yield* startStack({
    ...(values.data === undefined ? {} : { dataFolder: values.data }),
    fresh: values.fresh === true,
    quickJvm: values["quick-jvm"] === true
  })
  yield* Console.log(JSON.stringify(addresses))
  return yield* Effect.never
})

runMain(
  main.pipe(
    Effect.scoped,
    Effect.tapError((error) => Console.error(error.message))
  ),
  {
    disableErrorReporting: true,
    teardown: (exit, onExit) =>
      Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) ? onExit(0) : Runtime.defaultTeardown(exit, onExit)
  }
)
