import { join } from "node:path"
import {
  type ClusterNode,
  type ClusterNodePlan,
  cacheFolderOf,
  findJava,
  freePort,
  makeProcessGuard,
  type ProcessGuard,
  StackConfig,
  startKafkaCluster,
  startOfSearch,
  startPostgres,
  startRedis,
  startRegistry
} from "@millrace/local"
import { Effect } from "effect"
import type { ChaosOptions } from "./ChaosOptions.ts"
import type { LinkPlan } from "./Link.ts"
import { startServing } from "./Program.ts"
import { type SmallVolume, smallVolume, unmountLeftover } from "./SmallVolume.ts"

/** The ports of a run, all different. */
export interface ChaosPorts {
  readonly nodes: ReadonlyArray<ClusterNodePlan>
  readonly postgres: number
  readonly registry: number
  readonly redis: number
  readonly links: { readonly postgres: number; readonly registry: number; readonly redis: number }
  readonly proxyControl: number
  readonly sink: number
  readonly loadControl: number
  readonly workers: ReadonlyArray<number>
}

/** Everything that the workers stand on. Clients reach the servers through the links only. */
export interface Grounds {
  readonly guard: ProcessGuard
  readonly ports: ChaosPorts
  readonly nodes: ReadonlyArray<ClusterNode>
  /** Volume under the last broker's records; undefined where we may not mount. */
  readonly volume: SmallVolume | undefined
  /** Variables by which a program of ours finds the servers. */
  readonly env: Readonly<Record<string, string>>
  readonly sinkJournal: string
}

const volumeMegabytes = 256

const takePorts = Effect.fnUntraced(function* (options: ChaosOptions) {
  let from = startOfSearch(options.folder)
  const take = Effect.gen(function* () {
    const port = yield* freePort(from)
    from = port + 1
    return port
  })
  const nodes = yield* Effect.forEach(Array.from({ length: options.brokers }).keys(), (index) =>
    Effect.map(
      Effect.all([take, take, take, take]),
      ([clientPort, advertisedPort, replicationPort, controllerPort]) => ({
        nodeId: index + 1,
        clientPort,
        advertisedPort,
        replicationPort,
        controllerPort
      })
    )
  )
  const ports: ChaosPorts = {
    nodes,
    postgres: yield* take,
    registry: yield* take,
    redis: yield* take,
    links: { postgres: yield* take, registry: yield* take, redis: yield* take },
    proxyControl: yield* take,
    sink: yield* take,
    loadControl: yield* take,
    workers: yield* Effect.forEach(Array.from({ length: options.workers }), () => take)
  }
  return ports
})

const linksOf = (ports: ChaosPorts): ReadonlyArray<LinkPlan> => [
  ...ports.nodes.map(({ advertisedPort, clientPort, nodeId }) => ({
    name: `broker-${nodeId}`,
    listenPort: advertisedPort,
    targetPort: clientPort
  })),
  ...(["postgres", "registry", "redis"] as const).map((name) => ({
    name,
    listenPort: ports.links[name],
    targetPort: ports[name]
  }))
]

const through = (url: string, port: number): string => {
  const changed = new URL(url)
  changed.port = String(port)
  return changed.href
}

/**
 * Starts the servers, the links in front of them and the sink. The guard owns all processes: they end with the scope, and
 * also when this process is killed.
 */
export const startGrounds = Effect.fnUntraced(function* (options: ChaosOptions) {
  const { folder } = options
  const ports = yield* takePorts(options)
  const records = join(folder, `kafka-${options.brokers}`, "records")
  yield* unmountLeftover(records)
  const volume = options.brokers >= 3 ? yield* smallVolume(records, volumeMegabytes) : undefined
  const guard = yield* makeProcessGuard(folder)
  const cacheFolder = cacheFolderOf(yield* StackConfig)
  const site = {
    dataFolder: folder,
    cacheFolder,
    guard,
    quickJvm: true,
    ports: {
      kafka: ports.nodes[0]!.clientPort,
      controller: ports.nodes[0]!.controllerPort,
      registry: ports.registry,
      postgres: ports.postgres,
      redis: ports.redis
    }
  }
  const sinkJournal = join(folder, "sink.journal")
  yield* startServing(
    guard,
    {
      name: "proxy",
      main: "proxyProgram.ts",
      env: { PROXY_LINKS: JSON.stringify(linksOf(ports)), PROXY_CONTROL_PORT: String(ports.proxyControl) },
      logFolder: folder,
      stopOrder: 1
    },
    ports.proxyControl
  )
  yield* startServing(
    guard,
    {
      name: "sink",
      main: "sinkProgram.ts",
      env: { SINK_PORT: String(ports.sink), SINK_JOURNAL: sinkJournal, SINK_SEED: String(options.seed) },
      logFolder: folder,
      stopOrder: 1
    },
    ports.sink
  )
  const java = yield* findJava()
  const databases = Effect.gen(function* () {
    const { url } = yield* startPostgres(site)
    return { url, registry: yield* startRegistry(site, java, url) }
  })
  const [nodes, { registry, url }] = yield* Effect.all([startKafkaCluster(site, java, ports.nodes), databases], {
    concurrency: 2
  })
  const redis = yield* startRedis(site)
  const grounds: Grounds = {
    guard,
    ports,
    nodes,
    volume,
    sinkJournal,
    env: {
      KAFKA_BROKERS: nodes.map(({ address }) => address).join(","),
      SCHEMA_REGISTRY_URL: through(registry.url, ports.links.registry),
      DATABASE_URL: through(url, ports.links.postgres),
      ...(redis === undefined ? {} : { REDIS_URL: through(redis.url, ports.links.redis) }),
      SINK_URL: `http://127.0.0.1:${ports.sink}`
    }
  }
  return grounds
})
