import { checkSchemas, hasChanges, planTopics } from "@millrace/administration"
import { probeNamedRedis } from "@millrace/local"
import { DeadLetterBox } from "@millrace/runtime"
import { AccountStore, CommandList, ControlStore, Credentials, pendingMigrations } from "@millrace/store"
import { Config, Effect, Option, Result } from "effect"
import { reasonOf } from "./CommandFailed.ts"
import { type DoctorFinding, failed, ok, skipped, warning } from "./DoctorFinding.ts"

type Failure = { readonly message: string }

const within = "15 seconds"

/** Runs one check; what it can't ask becomes a finding with what to do, and never ends the others. */
export const found = <E extends Failure, R>(
  check: string,
  whatToDo: string,
  look: Effect.Effect<ReadonlyArray<DoctorFinding>, E, R>
): Effect.Effect<ReadonlyArray<DoctorFinding>, never, R> =>
  look.pipe(
    Effect.timeoutOrElse({ duration: within, orElse: () => Effect.fail({ message: `no answer within ${within}` }) }),
    Effect.catch((error: Failure) => Effect.succeed([failed(check, reasonOf(error).split("\n")[0]!, whatToDo)])),
    Effect.catchDefect((defect) => Effect.succeed([failed(check, `unexpected: ${String(defect)}`, whatToDo)]))
  )

const start = "Start it, or correct the setting; on this machine `millrace up` starts a stack."

/** Kafka answers, and its topics are those of topics.yaml. */
export const kafkaFindings = found(
  "Kafka",
  `${start} (KAFKA_BROKERS)`,
  Effect.gen(function* () {
    const plan = yield* planTopics
    const counts = `${plan.create.length} to create, ${plan.alter.length} to alter, ${plan.refused.length} refused`
    return [
      ok("Kafka", "answers"),
      plan.refused.length > 0
        ? failed("topics", counts, "`millrace topics plan` says which, and why nothing is changed.")
        : hasChanges(plan)
          ? failed("topics", counts, "Run `millrace topics apply`.")
          : ok("topics", `all ${plan.unchanged} are as topics.yaml wants them`)
    ]
  })
)

/** The registry answers and has the schemas of this version. */
export const registryFindings = found(
  "schema registry",
  `${start} (SCHEMA_REGISTRY_URL)`,
  Effect.gen(function* () {
    const states = yield* checkSchemas
    const refused = states.filter(({ compatible }) => !compatible).map(({ subject }) => subject)
    const lacking = states.filter(({ state }) => state !== "unchanged").map(({ subject }) => subject)
    return [
      ok("schema registry", "answers"),
      refused.length > 0
        ? failed(
            "schemas",
            `older records could not be read with ${refused.join(", ")}`,
            "Make the change compatible (decision 0002)."
          )
        : lacking.length > 0
          ? failed("schemas", `not registered: ${lacking.join(", ")}`, "Run `millrace schemas register`.")
          : ok("schemas", `all ${states.length} are registered`)
    ]
  })
)

/** Redis, where it is set; without it every process counts its rate limits by itself. */
export const redisFindings = found(
  "Redis",
  "Start it, or correct REDIS_URL; limits are shared out among the instances meanwhile.",
  Effect.gen(function* () {
    const url = yield* Config.option(Config.NonEmptyString("REDIS_URL"))
    if (Option.isNone(url)) return [skipped("Redis", "REDIS_URL is not set: rate limits are kept in each process")]
    yield* Effect.mapError(probeNamedRedis, ({ reason }) => ({ message: reason }))
    return [ok("Redis", "answers")]
  })
)

/** PostgreSQL answers and has the tables of this version; nothing is migrated here. */
export const databaseFindings = found(
  "PostgreSQL",
  `${start} (DATABASE_URL)`,
  Effect.gen(function* () {
    const pending = yield* pendingMigrations
    return [
      ok("PostgreSQL", "answers"),
      pending.length === 0
        ? ok("tables", "are those of this version")
        : failed(
            "tables",
            `lack ${pending.join(", ")}`,
            "Start control-api: any service of this version migrates them."
          )
    ]
  })
)

/** What waits for an operator. */
export const storeFindings = found(
  "unknown intents",
  `${start} (DATABASE_URL)`,
  Effect.gen(function* () {
    const commands = yield* CommandList
    const unknown = yield* commands.list({ limit: 1_000, status: "unknown" })
    const untold = yield* ControlStore.use((store) => store.untold)
    return [
      unknown.length === 0
        ? ok("unknown intents", "none")
        : failed(
            "unknown intents",
            `${unknown.length}: what they did at the exchange is not known, their positions are blocked`,
            "`millrace commands list --status unknown`, look at the exchange, then `millrace commands settle`."
          ),
      untold === 0
        ? ok("outbox", "everything that was changed is published")
        : warning(
            "outbox",
            `${untold} changes wait to be published`,
            "control-api publishes them: see `millrace status`."
          )
    ]
  })
)

/** The master key opens what is stored; with `--exchange` also whether the exchange takes it. */
export const credentialFindings = found(
  "credentials",
  "Set the MILLRACE_MASTER_KEY they were stored with (former keys: MILLRACE_MASTER_KEYS_FORMER), or store them anew.",
  Effect.gen(function* () {
    const accounts = yield* AccountStore.use((store) => store.list())
    const credentials = yield* Credentials
    const active = accounts.filter(({ account }) => account.active)
    const results = yield* Effect.forEach(active, ({ account }) =>
      Effect.result(credentials.find(account.accountId)).pipe(Effect.map((result) => ({ account, result })))
    )
    const bad = results.flatMap(({ account, result }) =>
      Result.isFailure(result) ? [`${account.accountId}: ${result.failure.message}`] : []
    )
    return [
      ok("master key", "is one"),
      bad.length === 0
        ? ok("credentials", `of all ${active.length} active accounts can be read`)
        : failed(
            "credentials",
            `of ${bad.length} of ${active.length} active accounts can't be read: ${bad[0]}`,
            "Set the MILLRACE_MASTER_KEY they were stored with, or store them anew: `millrace accounts credentials set`."
          )
    ]
  })
)

/** Dead letters that wait. */
export const letterFindings = found(
  "dead letters",
  "See what Kafka and the registry say.",
  Effect.gen(function* () {
    const counts = yield* DeadLetterBox.use((box) => box.counts)
    const waiting = counts.filter(({ counts }) => counts.open + counts.quarantined > 0)
    if (waiting.length === 0) return [ok("dead letters", "none wait")]
    const text = waiting.map(({ counts, topic }) => `${topic} ${counts.open + counts.quarantined}`).join(", ")
    return [warning("dead letters", text, "`millrace dlq list` shows causes; mend them, then `millrace dlq replay`.")]
  })
)
