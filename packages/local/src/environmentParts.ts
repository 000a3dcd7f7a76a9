import { Effect } from "effect"
import { probeNamedKafka, probeNamedPostgres, probeNamedRedis, probeNamedRegistry } from "./environmentProbes.ts"
import type { NoAnswer } from "./Probes.ts"
import { report } from "./Progress.ts"
import { printable } from "./StackAddresses.ts"
import type { StackConfig } from "./StackConfig.ts"
import { StackError, type StackPart } from "./StackError.ts"

/** The parts that the environment names; undefined ones are still to be found. */
export interface FoundParts {
  readonly kafkaBrokers: ReadonlyArray<string> | undefined
  readonly registryUrl: string | undefined
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
}

const check = (part: StackPart, variable: string, address: string, probe: Effect.Effect<void, NoAnswer>) =>
  probe.pipe(
    Effect.mapError(
      ({ reason }) =>
        new StackError({
          part,
          problem: `${variable} names ${printable(address)}, which does not answer: ${reason}.`,
          remedy: `Start that server, correct ${variable}, or remove it to have one started.`
        })
    ),
    Effect.andThen(report(`${part}: ${printable(address)} answers (${variable})`))
  )

/** Checks each server that the environment names by really asking it, with the settings of the services. Fails with StackError for the first that is silent. */
export const environmentParts = Effect.fnUntraced(function* (config: StackConfig) {
  const brokers = config.kafkaBrokers?.split(",").map((broker) => broker.trim())
  const registryUrl = config.registryUrl?.replace(/\/+$/u, "")
  const { databaseUrl, redisUrl } = config
  yield* Effect.all(
    [
      brokers && check("kafka", "KAFKA_BROKERS", brokers.join(","), probeNamedKafka),
      registryUrl && check("registry", "SCHEMA_REGISTRY_URL", registryUrl, probeNamedRegistry),
      databaseUrl && check("postgres", "DATABASE_URL", databaseUrl, probeNamedPostgres),
      redisUrl && check("redis", "REDIS_URL", redisUrl, probeNamedRedis)
    ].filter((effect) => typeof effect === "object"),
    { concurrency: "unbounded", discard: true }
  )
  return { kafkaBrokers: brokers, registryUrl, databaseUrl, redisUrl } satisfies FoundParts
})

/** Refuses to empty what we do not own: all four are emptied, or none. */
export const refuseFreshOnForeign = (found: FoundParts): Effect.Effect<void, StackError> => {
  const foreign = Object.entries({
    KAFKA_BROKERS: found.kafkaBrokers,
    SCHEMA_REGISTRY_URL: found.registryUrl,
    DATABASE_URL: found.databaseUrl,
    REDIS_URL: found.redisUrl
  }).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  if (foreign.length === 0) return Effect.void
  const problem = `--fresh empties all four parts or none, but ${foreign.join(", ")} names servers that are not ours.`
  return Effect.fail(new StackError({ part: "stack", problem, remedy: "Leave --fresh out, or remove these settings." }))
}
