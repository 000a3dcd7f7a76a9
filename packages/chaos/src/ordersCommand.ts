// Foreign boundary: the run's folder and its exit code.
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { checkoutFolder, report, startStack, toEnvironment } from "@millrace/local"
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { ChaosError } from "./ChaosError.ts"
import { runOrders } from "./runOrders.ts"

const flags = {
  kills: Flag.Int("kills").pipe(
    Flag.withDefault(20),
    Flag.withDescription("executors that are killed, one after another")
  ),
  seed: Flag.Int("seed").pipe(Flag.withDefault(1), Flag.withDescription("gives orders, faults and times")),
  executors: Flag.Int("executors").pipe(Flag.withDefault(2), Flag.withDescription("executor processes at a time")),
  data: Flag.String("data").pipe(
    Flag.withDefault(""),
    Flag.withDescription("folder of the run; default .millrace/chaos-orders")
  )
}

/** `npm run chaos -- orders`: real executors are killed under orders of every kind; one JSON line, exit code 1 when a promise broke. */
export const ordersCommand = Command.make("orders", flags, ({ data, executors, kills, seed }) =>
  Effect.gen(function* () {
    if (kills < 1 || executors < 1)
      return yield* new ChaosError({ step: "options", problem: "expected at least one kill and one executor" })
    const folder = data === "" ? join(checkoutFolder, ".millrace", "chaos-orders") : data
    yield* Effect.sync(() => mkdirSync(folder, { recursive: true }))
    const stack = yield* startStack({ dataFolder: folder, fresh: true, quickJvm: true })
    const summary = yield* Effect.scoped(runOrders({ seed, kills, executors, folder }, toEnvironment(stack)))
    yield* Console.log(JSON.stringify(summary))
    return { folder, ok: summary.ok }
  }).pipe(
    Effect.scoped,
    Effect.flatMap(({ folder, ok }) =>
      ok
        ? Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
        : Effect.andThen(
            report(`The executors' logs are kept in ${folder}`),
            Effect.sync(() => {
              process.exitCode = 1
            })
          )
    )
  )
).pipe(Command.withDescription("Kill executors under orders of every kind, and count what the exchange did"))
