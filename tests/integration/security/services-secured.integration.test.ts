import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { assert, describe, layer as describeLayer } from "@effect/vitest"
import { checkoutFolder, isReady } from "@millrace/local"
import { Effect } from "effect"
import { freePort } from "../Gate.ts"
import { eventually } from "../pipelineRun.ts"
import { opensslInstalled } from "./Certificates.ts"
import { SecuredKafka, signedIn } from "./SecuredKafka.ts"

// A service and the command line on a broker with TLS and passwords, set up by nothing but their environment. What must hold:
// they work; a wrong authority leaves the service alive and not ready, as a broker that is down does; a wrong password ends it
// with one line that says what to check; `millrace doctor` says the same. No secret is told.

type Environment = Readonly<Record<string, string>>

interface Run {
  readonly child: ChildProcess
  /** Standard output and error so far. */
  readonly said: () => string
  readonly code: Effect.Effect<number | null>
}

/** A program with this environment beside the stack's; killed with the scope. */
const start = (program: string, args: ReadonlyArray<string>, environment: Environment) =>
  Effect.acquireRelease(
    Effect.sync((): Run => {
      const env = { ...process.env, ...environment }
      const child = spawn(process.execPath, [join(checkoutFolder, program), ...args], {
        env,
        stdio: ["ignore", "pipe", "pipe"]
      })
      let text = ""
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (more) => {
          text += String(more)
        })
      }
      const ended = new Promise<number | null>((resolve) => child.once("close", resolve))
      return { child, said: () => text, code: Effect.promise(() => ended) }
    }),
    ({ child, code }) =>
      Effect.andThen(
        Effect.sync(() => child.kill("SIGTERM")),
        code
      )
  )

const millrace = (args: ReadonlyArray<string>, environment: Environment) =>
  Effect.scoped(
    Effect.gen(function* () {
      const run = yield* start("packages/cli/src/main.ts", args, environment)
      return { code: yield* run.code, said: run.said() }
    })
  )

const scheduler = Effect.fnUntraced(function* (environment: Environment) {
  const port = yield* freePort
  const settings = { HEALTH_PORT: String(port), INSTANCE: "it-secured", ...environment }
  const run = yield* start("packages/scheduler/src/main.ts", [], settings)
  return { ...run, health: `http://127.0.0.1:${port}` }
})

const fileWith = (text: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const file = join(mkdtempSync(join(tmpdir(), "millrace-secret-")), "password")
      writeFileSync(file, `${text}\n`)
      return file
    }),
    (file) => Effect.sync(() => rmSync(dirname(file), { recursive: true, force: true }))
  )

const wrongPassword = "wrong-s3cret-of-kafka"

describe.skipIf(!opensslInstalled)("services on a secured broker", () => {
  describeLayer(SecuredKafka.layer, { excludeTestServices: true })((it) => {
    /**
     * @guarantee operation: Services reach a Kafka that asks for TLS and SASL by settings alone; a wrong authority or password is told with what to do, and without a secret
     * @how a real broker with certificates of an authority of the test
     */
    it.effect("work by their settings alone", () =>
      Effect.gen(function* () {
        const environment = signedIn(yield* SecuredKafka, "scram-sha-512")
        for (const args of [
          ["topics", "apply"],
          ["schemas", "register"]
        ]) {
          const { code, said } = yield* millrace(args, environment)
          assert.strictEqual(code, 0, said)
        }
        const { health, said } = yield* scheduler(environment)
        yield* eventually(
          "it is ready",
          Effect.map(isReady(`${health}/ready`), (ready) => ready || undefined)
        ).pipe(Effect.onError(() => Effect.logError(said().slice(-3_000))))
        const { said: doctor } = yield* millrace(["doctor"], environment)
        assert.match(doctor, /ok +Kafka +answers/u)
      })
    )

    /** @guarantee operation: Services reach a Kafka that asks for TLS and SASL by settings alone; a wrong authority or password is told with what to do, and without a secret */
    it.effect("stay alive and not ready with a wrong authority, and say so", () =>
      Effect.gen(function* () {
        const kafka = yield* SecuredKafka
        const environment = {
          ...signedIn(kafka, "plain"),
          KAFKA_TLS_CA: kafka.stranger.certificate,
          KAFKA_DELIVERY_TIMEOUT: "2 seconds"
        }
        const { child, health, said } = yield* scheduler(environment)
        const says = /signed by nobody trusted here: set KAFKA_TLS_CA/u
        yield* eventually(
          "it says what to do",
          Effect.sync(() => says.test(said()) || undefined)
        )
        assert.isTrue(yield* isReady(`${health}/live`))
        assert.isFalse(yield* isReady(`${health}/ready`))
        assert.isNull(child.exitCode)
        const doctor = yield* millrace(["doctor"], environment)
        assert.strictEqual(doctor.code, 1)
        assert.match(doctor.said, says)
        assert.notInclude(said() + doctor.said, "s3cret")
      })
    )

    /** @guarantee operation: Services reach a Kafka that asks for TLS and SASL by settings alone; a wrong authority or password is told with what to do, and without a secret */
    it.effect("end with one line of what to check with a wrong password", () =>
      Effect.gen(function* () {
        const { KAFKA_SASL_PASSWORD: _, ...right } = signedIn(yield* SecuredKafka, "plain")
        const noFile = { ...right, KAFKA_SASL_PASSWORD_FILE: "/nowhere/password" }
        const unread = yield* scheduler(noFile)
        assert.strictEqual(yield* unread.code, 1)
        assert.match(
          unread.said(),
          /KAFKA_SASL_PASSWORD_FILE names \/nowhere\/password, which can't be read \(ENOENT\)/u
        )
        assert.strictEqual((yield* millrace(["topics", "plan"], noFile)).code, 2)

        const environment = { ...right, KAFKA_SASL_PASSWORD_FILE: yield* fileWith(wrongPassword) }
        const { code, said } = yield* scheduler(environment)
        assert.strictEqual(yield* code, 1)
        const fatal = said()
          .split("\n")
          .filter((line) => line.includes('"the service ends"'))
        assert.lengthOf(fatal, 1, said())
        assert.match(fatal[0]!, /Check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD/u)
        const doctor = yield* millrace(["doctor"], environment)
        assert.match(doctor.said, /FAILED +Kafka +.*Check KAFKA_SASL_MECHANISM/u)
        assert.notInclude(said() + doctor.said, "s3cret")
      })
    )
  })
})
