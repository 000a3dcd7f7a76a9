// Foreign boundary: a process that a test blocks and stops; says each quarter second that it lives.
import { guardLoop } from "@millrace/telemetry"
import { Effect } from "effect"

const [blockMs = 0, frozenAfterMs = 0] = process.argv.slice(2).map(Number)

const program = Effect.gen(function* () {
  const guard = yield* guardLoop({ worker: "it-guarded", frozenAfterMs })
  yield* Effect.sleep("500 millis")
  process.stdout.write("blocks\n")
  // By time of the processor: what passes while the process is stopped does not count.
  const begun = process.cpuUsage()
  while (process.cpuUsage(begun).user / 1000 < blockMs) JSON.parse("[1]")
  yield* Effect.sleep("600 millis")
  process.stdout.write(`blocked ${guard.longestBlockMs()}\n`)
  for (;;) {
    yield* Effect.sleep("250 millis")
    process.stdout.write("turns\n")
  }
})

Effect.runPromise(Effect.scoped(program))
