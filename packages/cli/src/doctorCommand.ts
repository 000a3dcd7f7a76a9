import type { RecordCodec, SchemaRegistry, TopicsFile } from "@millrace/contracts"
import type { History } from "@millrace/history"
import type { KafkaClient } from "@millrace/kafka"
import type { DeadLetterBox } from "@millrace/runtime"
import type { AccountStore, CommandList, ControlStore, Credentials } from "@millrace/store"
import { Effect, type Layer } from "effect"
import { Command } from "effect/cli"
import type { SqlClient } from "effect/sql/SqlClient"
import { CommandFailed, exitCodes, reasonOf } from "./CommandFailed.ts"
import { type DoctorFinding, doctorLines, failed, skipped } from "./DoctorFinding.ts"
import { dataFolder } from "./dataFolder.ts"
import { machineFindings } from "./machineFindings.ts"
import { asJson, printed } from "./printed.ts"
import { exchangeFindings, heartbeatFindings, serviceFindings } from "./runningFindings.ts"
import {
  credentialFindings,
  databaseFindings,
  kafkaFindings,
  letterFindings,
  redisFindings,
  registryFindings,
  storeFindings
} from "./serverFindings.ts"

type Failure = { readonly message: string }

/** Layers that the checks ask, each built only for its checks. */
export interface DoctorParts<E extends Failure> {
  readonly kafka: Layer.Layer<KafkaClient | TopicsFile, E>
  readonly registry: Layer.Layer<SchemaRegistry, E>
  /** Reads records of any topic. */
  readonly records: Layer.Layer<History | KafkaClient | RecordCodec | TopicsFile, E>
  readonly letters: Layer.Layer<DeadLetterBox, E>
  /** Without migrating anything. */
  readonly database: Layer.Layer<SqlClient, E>
  /** Asked only where the tables are those of this version. */
  readonly stores: Layer.Layer<CommandList | ControlStore, E>
  readonly accounts: Layer.Layer<AccountStore | Credentials, E>
}

/** Gives checks what they need; where that can't be made, it is the finding. */
const asked = <R, E extends Failure>(
  check: string,
  whatToDo: string,
  findings: Effect.Effect<ReadonlyArray<DoctorFinding>, never, R>,
  layer: Layer.Layer<R, E>
): Effect.Effect<ReadonlyArray<DoctorFinding>> =>
  findings.pipe(
    Effect.provide(layer),
    Effect.timeoutOrElse({ duration: "20 seconds", orElse: () => Effect.fail({ message: "no answer within 20 s" }) }),
    Effect.catch((error: Failure) => Effect.succeed([failed(check, reasonOf(error).split("\n")[0]!, whatToDo)]))
  )

const isSound = (findings: ReadonlyArray<DoctorFinding>): boolean => findings.every(({ state }) => state !== "failed")

const start = "Start it, or set where it is; on this machine `millrace up` starts a stack."

/** `millrace doctor`: checks the whole set-up and says what to do. Changes nothing. Exit code 1 with any failure. */
export const doctorCommand = <E extends Failure>(parts: DoctorParts<E>) =>
  Command.make(
    "doctor",
    { dataFolder, json: asJson },
    Effect.fnUntraced(function* ({ dataFolder, json }) {
      const [machine, kafka, registry, database, redis, exchange] = yield* Effect.all(
        [
          machineFindings(dataFolder),
          asked("Kafka", start, kafkaFindings, parts.kafka),
          asked("schema registry", start, registryFindings, parts.registry),
          asked("PostgreSQL", start, databaseFindings, parts.database),
          redisFindings,
          exchangeFindings
        ],
        { concurrency: "unbounded" }
      )
      const readable = isSound(kafka.slice(0, 1)) && isSound(registry.slice(0, 1))
      const records = Effect.all([serviceFindings, heartbeatFindings]).pipe(Effect.map((both) => both.flat()))
      const fromKafka = readable
        ? Effect.map(
            Effect.all([
              asked("services", start, records, parts.records),
              asked("dead letters", start, letterFindings, parts.letters)
            ]),
            (both) => both.flat()
          )
        : Effect.succeed(
            ["services", "controls", "dead letters"].map((name) =>
              skipped(name, "Kafka or the registry can't be asked")
            )
          )
      const fromStore = isSound(database)
        ? Effect.map(
            Effect.all([
              asked("unknown intents", start, storeFindings, parts.stores),
              asked("master key", "Set MILLRACE_MASTER_KEY: 32 bytes as base64.", credentialFindings, parts.accounts)
            ]),
            (both) => both.flat()
          )
        : Effect.succeed(["unknown intents", "credentials"].map((name) => skipped(name, "PostgreSQL can't be asked")))
      const running = yield* Effect.all([fromKafka, fromStore], { concurrency: 2 })
      const findings = [machine, kafka, registry, database, redis, exchange, ...running].flat()
      const sound = isSound(findings)
      yield* printed(json, { sound, findings }, doctorLines(findings))
      if (!sound) return yield* new CommandFailed({ exitCode: exitCodes.failed, reason: "something failed" })
    })
  ).pipe(
    Command.withDescription(
      "Check the whole set-up and say what to do; changes nothing (exit code 1: something failed)"
    )
  )
