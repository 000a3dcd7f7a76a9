import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit, Scope } from "effect"
import { findJava } from "../../packages/local/src/Java.ts"
import { startKafka } from "../../packages/local/src/KafkaProcess.ts"
import { choosePorts } from "../../packages/local/src/Ports.ts"
import { makeProcessGuard } from "../../packages/local/src/ProcessGuard.ts"
import { startRedis } from "../../packages/local/src/RedisProcess.ts"
import { cacheFolderOf, StackConfig } from "../../packages/local/src/StackConfig.ts"

/** The servers of one call, until they are closed. */
export interface Servers {
  readonly brokers: ReadonlyArray<string>
  /** Absent where the machine has no redis-server: the peers on Redis are left out, and the report says so. */
  readonly redisUrl: string | undefined
  readonly close: () => Promise<void>
}

const start = Effect.fnUntraced(function* (folder: string, redis: boolean) {
  const config = yield* StackConfig
  const cacheFolder = cacheFolderOf(config)
  const ports = yield* choosePorts(folder, config.ports, {})
  const guard = yield* makeProcessGuard(folder)
  const site = { dataFolder: folder, cacheFolder, ports, guard, quickJvm: false }
  const kafka = Effect.flatMap(findJava(), (java) => startKafka(site, java))
  const brokers = config.kafkaBrokers?.split(",") ?? (yield* kafka).brokers
  const redisUrl = config.redisUrl ?? (redis ? (yield* startRedis(site))?.url : undefined)
  return { brokers, redisUrl }
})

/**
 * Starts a broker with the full compiler (not the quick start of the tests) and, when asked, Redis, on fresh data.
 *
 * KAFKA_BROKERS and REDIS_URL name servers to use instead. Both are set for this process and its children afterwards.
 */
export const startServers = async (options: { readonly redis: boolean }): Promise<Servers> => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"))
  chmodSync(folder, 0o755)
  const scope = await Effect.runPromise(Scope.make())
  const close = async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void))
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const { brokers, redisUrl } = await Effect.runPromise(start(folder, options.redis).pipe(Scope.provide(scope)))
    process.env.KAFKA_BROKERS = brokers.join(",")
    if (redisUrl !== undefined) process.env.REDIS_URL = redisUrl
    return { brokers, redisUrl, close }
  } catch (cause) {
    await close()
    throw cause
  }
}
