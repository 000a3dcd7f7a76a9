// Foreign boundary: Testcontainers, loaded only when a container engine answers.
import { hash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, type Scope } from "effect"
import { GenericContainer, Network, type StartedNetwork, type StartedTestContainer } from "testcontainers"
import type { FoundParts } from "./environmentParts.ts"
import { kafkaEnvironment } from "./KafkaSettings.ts"
import { onDisk } from "./onDisk.ts"
import type { StackPorts } from "./Ports.ts"
import {
  ensureDatabase,
  type NoAnswer,
  probeKafka,
  probePostgres,
  probeRedis,
  probeRegistry,
  setCompatibility
} from "./Probes.ts"
import { report } from "./Progress.ts"
import { randomText } from "./randomText.ts"
import { runCommand } from "./runCommand.ts"
import type { PartOrigin, StackAddresses } from "./StackAddresses.ts"
import { StackError, type StackPart } from "./StackError.ts"

/** The same versions as the processes and docker-compose.yml. */
const images = {
  kafka: "apache/kafka:4.3.1",
  registry: "apicurio/apicurio-registry:3.0.9",
  postgres: "postgres:17-alpine",
  redis: "redis:7-alpine"
} as const

type Part = keyof typeof images

/** A container that listens on 127.0.0.1 only, on a port known before it starts. */
class LoopbackContainer extends GenericContainer {
  withLoopbackPort(container: number, host: number): this {
    this.withExposedPorts({ container, host })
    this.hostConfig.PortBindings = { [`${container}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: String(host) }] }
    return this
  }
}

export interface ContainerSite {
  readonly dataFolder: string
  readonly ports: StackPorts
  readonly fresh: boolean
}

const failed = (part: StackPart, cause: unknown) =>
  new StackError({
    part,
    problem: `The container engine answers, but the part does not start: ${cause instanceof Error ? cause.message : String(cause)}.`,
    remedy: "Check the engine (docker ps, docker pull), or set MILLRACE_CONTAINERS=never to start processes.",
    cause
  })

const stop = (container: StartedTestContainer | StartedNetwork) =>
  Effect.promise(() => container.stop().catch(() => {}))

const awaitAnswer = (part: StackPart, probe: Effect.Effect<void, NoAnswer>) =>
  Effect.retry(Effect.andThen(Effect.sleep("200 millis"), probe), { times: 300 }).pipe(
    Effect.mapError(({ reason }) => failed(part, new Error(reason)))
  )

/** Two containers on one volume would damage it: what a killed start left is removed before its name is used again. */
const startContainer = Effect.fnUntraced(function* (
  part: Part,
  site: ContainerSite,
  network: StartedNetwork,
  port: { readonly container: number; readonly host: number },
  environment: Record<string, string>,
  data: string | undefined
) {
  const name = `millrace-${hash("sha256", site.dataFolder).slice(0, 12)}-${part}`
  yield* runCommand("docker", ["rm", "-f", name])
  if (site.fresh) yield* runCommand("docker", ["volume", "rm", "-f", name])
  yield* report(`${part}: starting the container ${images[part]}`)
  const container = new LoopbackContainer(images[part])
    .withName(name)
    .withNetwork(network)
    .withNetworkAliases(part)
    .withEnvironment(environment)
    .withLoopbackPort(port.container, port.host)
  if (data !== undefined) container.withBindMounts([{ source: name, target: data }])
  yield* Effect.acquireRelease(
    Effect.tryPromise({ try: () => container.start(), catch: (cause) => failed(part, cause) }),
    stop
  )
})

const passwordOf = (dataFolder: string) =>
  onDisk("postgres", dataFolder, () => {
    const file = join(dataFolder, "container.password")
    if (!existsSync(file)) writeFileSync(file, randomText(18), { mode: 0o600 })
    return readFileSync(file, "utf8")
  })

const startRegistry = Effect.fnUntraced(function* (
  site: ContainerSite,
  network: StartedNetwork,
  server: string,
  url: string
) {
  yield* ensureDatabase(`${server}/postgres`, "millrace_registry").pipe(
    Effect.mapError(({ reason }) => failed("registry", new Error(reason)))
  )
  const login = new URL(server)
  const environment = {
    APICURIO_STORAGE_SQL_KIND: "postgresql",
    APICURIO_DATASOURCE_URL: "jdbc:postgresql://postgres:5432/millrace_registry",
    APICURIO_DATASOURCE_USERNAME: login.username,
    APICURIO_DATASOURCE_PASSWORD: login.password
  }
  yield* startContainer(
    "registry",
    site,
    network,
    { container: 8080, host: site.ports.registry },
    environment,
    undefined
  )
  yield* awaitAnswer("registry", probeRegistry(url))
  yield* awaitAnswer("registry", setCompatibility(url, "BACKWARD_TRANSITIVE"))
})

/** Starts the parts that were not found in containers, their data in volumes named after the data folder. */
export const containerStack = (
  site: ContainerSite,
  found: FoundParts
): Effect.Effect<StackAddresses, StackError, Scope.Scope> =>
  Effect.gen(function* () {
    const { ports } = site
    const network = yield* Effect.acquireRelease(
      Effect.tryPromise({ try: () => new Network().start(), catch: (cause) => failed("stack", cause) }),
      stop
    )
    const password = yield* passwordOf(site.dataFolder)
    const server = `postgresql://millrace:${password}@127.0.0.1:${ports.postgres}`
    const broker = `127.0.0.1:${ports.kafka}`
    const registryUrl = `http://127.0.0.1:${ports.registry}/apis/ccompat/v7`
    const redisUrl = `redis://127.0.0.1:${ports.redis}`
    const origin = (part: unknown): PartOrigin => (part === undefined ? "container" : "environment")

    const postgres = Effect.gen(function* () {
      const login = { POSTGRES_USER: "millrace", POSTGRES_PASSWORD: password, POSTGRES_DB: "millrace" }
      const port = { container: 5432, host: ports.postgres }
      yield* startContainer("postgres", site, network, port, login, "/var/lib/postgresql/data")
      yield* awaitAnswer("postgres", probePostgres(`${server}/millrace`))
    })
    const databases = Effect.gen(function* () {
      // The registry's container can reach only a PostgreSQL of its own network, so it always gets one.
      if (found.databaseUrl === undefined || found.registryUrl === undefined) yield* postgres
      if (found.registryUrl === undefined) yield* startRegistry(site, network, server, registryUrl)
    })
    const kafka = Effect.gen(function* () {
      const port = { container: 9092, host: ports.kafka }
      yield* startContainer("kafka", site, network, port, kafkaEnvironment(broker), "/var/lib/kafka/data")
      yield* awaitAnswer("kafka", probeKafka([broker]))
    })
    const redis = Effect.gen(function* () {
      yield* startContainer("redis", site, network, { container: 6379, host: ports.redis }, {}, "/data")
      yield* awaitAnswer("redis", probeRedis(redisUrl))
    })
    yield* Effect.all(
      [
        databases,
        found.kafkaBrokers === undefined ? kafka : Effect.void,
        found.redisUrl === undefined ? redis : Effect.void
      ],
      { concurrency: "unbounded", discard: true }
    )
    return {
      kafkaBrokers: found.kafkaBrokers ?? [broker],
      registryUrl: found.registryUrl ?? registryUrl,
      databaseUrl: found.databaseUrl ?? `${server}/millrace`,
      redisUrl: found.redisUrl ?? redisUrl,
      origins: {
        kafka: origin(found.kafkaBrokers),
        registry: origin(found.registryUrl),
        postgres: origin(found.databaseUrl),
        redis: origin(found.redisUrl)
      },
      dataFolders: [site.dataFolder],
      pids: {}
    }
  })
