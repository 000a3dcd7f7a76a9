import { Effect, type Scope } from "effect"
import type { FoundParts } from "./environmentParts.ts"
import { findJava } from "./Java.ts"
import { startKafka } from "./KafkaProcess.ts"
import { startPostgres } from "./PostgresProcess.ts"
import { startRedis } from "./RedisProcess.ts"
import { startRegistry } from "./RegistryProcess.ts"
import type { PartOrigin, StackAddresses } from "./StackAddresses.ts"
import type { StackError } from "./StackError.ts"
import type { StackSite } from "./StackSite.ts"

const pidsOf = (parts: Readonly<Record<string, { readonly pid: number } | undefined>>): Record<string, number> =>
  Object.fromEntries(Object.entries(parts).flatMap(([name, part]) => (part === undefined ? [] : [[name, part.pid]])))

const origin = (found: unknown, own: unknown): PartOrigin =>
  found !== undefined ? "environment" : own !== undefined ? "process" : "none"

const orUndefined = <A, E, R>(skip: boolean, start: Effect.Effect<A, E, R>): Effect.Effect<A | undefined, E, R> =>
  skip ? Effect.undefined : start

/** Starts the parts that were not found as processes, side by side; the registry follows PostgreSQL. */
export const processStack = (
  site: StackSite,
  found: FoundParts
): Effect.Effect<StackAddresses, StackError, Scope.Scope> =>
  Effect.gen(function* () {
    const java = yield* Effect.cached(findJava())
    const databases = Effect.gen(function* () {
      const postgres = yield* orUndefined(found.databaseUrl !== undefined, startPostgres(site))
      const url = found.databaseUrl ?? (postgres?.url as string)
      const start = Effect.flatMap(java, (runtime) => startRegistry(site, runtime, url))
      return { postgres, registry: yield* orUndefined(found.registryUrl !== undefined, start) }
    })
    const [{ postgres, registry }, kafka, redis] = yield* Effect.all(
      [
        databases,
        orUndefined(
          found.kafkaBrokers !== undefined,
          Effect.flatMap(java, (runtime) => startKafka(site, runtime))
        ),
        orUndefined(found.redisUrl !== undefined, startRedis(site))
      ],
      { concurrency: "unbounded" }
    )
    return {
      kafkaBrokers: found.kafkaBrokers ?? kafka?.brokers ?? [],
      registryUrl: found.registryUrl ?? registry?.url ?? "",
      databaseUrl: found.databaseUrl ?? postgres?.url ?? "",
      redisUrl: found.redisUrl ?? redis?.url,
      origins: {
        kafka: origin(found.kafkaBrokers, kafka),
        registry: origin(found.registryUrl, registry),
        postgres: origin(found.databaseUrl, postgres),
        redis: origin(found.redisUrl, redis)
      },
      dataFolders: [...new Set([site.dataFolder, ...(postgres === undefined ? [] : [postgres.folder])])].filter(
        (folder, index) => index === 0 || !folder.startsWith(site.dataFolder)
      ),
      pids: pidsOf({ kafka, registry, postgres, redis })
    }
  })
