import { spawn } from "node:child_process"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { checkoutFolder, isReady } from "@millrace/local"
import { Effect } from "effect"
import { inject } from "vitest"
import { freePort, gateTo } from "../Gate.ts"
import { eventually } from "../pipelineRun.ts"
import { listenAsOperator } from "./OperatorSink.ts"

// A service is started while PostgreSQL and Kafka can't be reached. What must hold: it stays up, and the operator is told
// of what it waits for, once for each; when both are back it starts by itself, and tells that.

/** The scheduler as its `main.ts` starts it; stopped with the scope. */
const startScheduler = (env: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [join(checkoutFolder, "packages/scheduler/src/main.ts")], {
        env: { ...process.env, ...env },
        stdio: "ignore"
      })
    ),
    (child) =>
      Effect.callback<void>((resume) => {
        child.once("exit", () => resume(Effect.void))
        if (child.exitCode === null) child.kill("SIGTERM")
        else resume(Effect.void)
      })
  )

/** @guarantee operation: A service that can't start as Kafka or PostgreSQL is down waits, tells the operator directly, and tells when it has started */
it.live("tells the operator what a start waits for, once, and starts by itself when it is there", () =>
  Effect.gen(function* () {
    const { databaseUrl, kafkaBrokers } = inject("stack")
    const database = new URL(databaseUrl)
    const [host = "", kafkaPort = ""] = (kafkaBrokers[0] ?? "").split(":")
    const postgres = yield* gateTo(database.hostname, Number(database.port))
    const kafka = yield* gateTo(host, Number(kafkaPort))
    database.host = `127.0.0.1:${postgres.port}`
    const taken = yield* listenAsOperator
    const port = yield* freePort
    const child = yield* startScheduler({
      DATABASE_URL: database.href,
      KAFKA_BROKERS: `127.0.0.1:${kafka.port}`,
      HEALTH_PORT: String(port),
      INSTANCE: "it-start-without-servers"
    })
    const told = () => taken.map(({ data, type }) => `${type} ${data.subject}`)
    yield* eventually(
      "the operator is told what the start waits for",
      Effect.sync(() => told().length > 0 || undefined)
    )
    assert.match(taken[0]!.data.title, /^scheduler can't start: (Kafka|PostgreSQL) does not answer$/u)
    yield* Effect.sleep("6 seconds")
    assert.strictEqual(new Set(told()).size, told().length, "once, however often it is tried")
    assert.strictEqual(child.exitCode, null, "it waits")
    assert.isTrue(yield* isReady(`http://127.0.0.1:${port}/live`))
    assert.isFalse(yield* isReady(`http://127.0.0.1:${port}/ready`))
    postgres.isOpen = true
    kafka.isOpen = true
    yield* eventually(
      "it is ready",
      Effect.map(isReady(`http://127.0.0.1:${port}/ready`), (ready) => ready || undefined)
    )
    const began = told().filter((one) => one.startsWith("outage.began"))
    yield* eventually(
      "the operator is told of the end of each",
      Effect.sync(() => began.every((one) => told().includes(one.replace("began", "ended"))) || undefined)
    )
    assert.lengthOf(taken, 2 * began.length)
  }).pipe(Effect.scoped)
)
