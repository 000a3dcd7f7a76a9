import { resolve } from "node:path"
import { Effect, type Scope } from "effect"
import { containersAnswer } from "./containersAnswer.ts"
import {
  emptyIfAsked,
  folderInUse,
  publishAddresses,
  publishedAddresses,
  rememberedPorts,
  rememberPorts,
  takeFolder
} from "./DataFolder.ts"
import { environmentParts, type FoundParts, refuseFreshOnForeign } from "./environmentParts.ts"
import { endLeftovers } from "./leftovers.ts"
import { choosePorts } from "./Ports.ts"
import { makeProcessGuard } from "./ProcessGuard.ts"
import { report } from "./Progress.ts"
import { processStack } from "./processStack.ts"
import type { StackAddresses } from "./StackAddresses.ts"
import { cacheFolderOf, dataFolderOf, StackConfig } from "./StackConfig.ts"
import { StackError } from "./StackError.ts"

export interface StackOptions {
  /** Default: MILLRACE_DATA, else `<checkout>/.millrace/default`. */
  readonly dataFolder?: string
  /** Empties the data of all parts before the start. */
  readonly fresh?: boolean
  /** Java programs start faster and reach less throughput. For tests. */
  readonly quickJvm?: boolean
  /** Where another process already runs a stack in this folder, use that one instead of failing. */
  readonly join?: boolean
}

const readConfig = StackConfig.pipe(
  Effect.mapError(
    (error) =>
      new StackError({ part: "stack", problem: `A setting is wrong: ${error.message}.`, remedy: "Correct it." })
  )
)

const fromEnvironment = (found: FoundParts): StackAddresses => ({
  kafkaBrokers: found.kafkaBrokers ?? [],
  registryUrl: found.registryUrl ?? "",
  databaseUrl: found.databaseUrl ?? "",
  redisUrl: found.redisUrl,
  origins: { kafka: "environment", registry: "environment", postgres: "environment", redis: "environment" },
  dataFolders: [],
  pids: {}
})

/** Takes the folder, or waits for what its present owner publishes, whichever comes first. */
const takeOrJoin = Effect.fnUntraced(function* (folder: string, options: StackOptions) {
  if (yield* takeFolder(folder)) return undefined
  if (options.join !== true) return yield* folderInUse(folder)
  yield* report(`A stack already runs in ${folder}; using it`)
  for (let tries = 0; tries < 900; tries++) {
    const addresses = yield* publishedAddresses(folder)
    if (addresses !== undefined) return addresses
    yield* Effect.sleep("100 millis")
    if (yield* takeFolder(folder)) return undefined
  }
  return yield* folderInUse(folder)
})

/**
 * Finds or starts Kafka, the schema registry, PostgreSQL and Redis, and returns their addresses once all answer.
 *
 * Each part comes from the environment when it names one, else from a container engine when one answers, else it is
 * started as a process. Closing the scope stops what was started; the data stays in the data folder. When this process
 * is killed, its parts stop within seconds, and the next start of the folder waits for them.
 *
 * Fails with StackError, one line that says what is missing or wrong and what to do.
 */
export const startStack = (options: StackOptions = {}): Effect.Effect<StackAddresses, StackError, Scope.Scope> =>
  Effect.gen(function* () {
    const config = yield* readConfig
    const found = yield* environmentParts(config)
    if (options.fresh === true) yield* refuseFreshOnForeign(found)
    if (Object.values(found).every((part) => part !== undefined)) return fromEnvironment(found)
    const dataFolder = resolve(dataFolderOf(config, options.dataFolder))
    const joined = yield* takeOrJoin(dataFolder, options)
    if (joined !== undefined) return joined
    yield* endLeftovers(dataFolder)
    if (yield* emptyIfAsked(dataFolder, options.fresh === true)) yield* report(`Emptied ${dataFolder}`)
    const ports = yield* choosePorts(dataFolder, config.ports, yield* rememberedPorts(dataFolder))
    yield* rememberPorts(dataFolder, ports)
    const cacheFolder = resolve(cacheFolderOf(config))
    const engine = config.containers === "auto" && (yield* containersAnswer)
    const start = engine
      ? Effect.flatMap(
          Effect.promise(() => import("./ContainerStack.ts")),
          ({ containerStack }) => containerStack({ dataFolder, ports, fresh: options.fresh === true }, found)
        )
      : Effect.flatMap(makeProcessGuard(dataFolder), (guard) =>
          processStack({ dataFolder, cacheFolder, ports, guard, quickJvm: options.quickJvm === true }, found)
        )
    const addresses = yield* start
    yield* publishAddresses(dataFolder, addresses)
    return addresses
  })
