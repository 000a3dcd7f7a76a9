// Foreign boundary: signals processes by id.
import { join } from "node:path"
import { Deferred, Effect } from "effect"
import type { Java } from "./Java.ts"
import { kafkaClassPath, newClusterId, nodeArguments, prepareNode } from "./KafkaProcess.ts"
import { type ClusterNodePlan, clusterProperties } from "./KafkaSettings.ts"
import { probeKafka } from "./Probes.ts"
import type { StartedProcess } from "./ProcessGuard.ts"
import { report } from "./Progress.ts"
import { awaitReady, type ServerProcess } from "./ServerProcess.ts"
import { sharedArchive } from "./SharedArchive.ts"
import type { StackError } from "./StackError.ts"
import { type StackSite, serverEnvironment } from "./StackSite.ts"

/** A broker that can be killed, stopped for a while, and started again on its data. Nothing restarts it by itself. */
export interface ClusterNode {
  readonly nodeId: number
  /** Where clients are told to find it. */
  readonly address: string
  readonly folder: string
  readonly pid: () => number | undefined
  /** Starts it and waits until it answers. Does nothing while it runs. */
  readonly start: Effect.Effect<void, StackError>
  /** SIGKILL; returns once it is gone. */
  readonly kill: Effect.Effect<void>
  /** SIGSTOP and SIGCONT. */
  readonly freeze: Effect.Effect<void>
  readonly thaw: Effect.Effect<void>
}

/** Small heaps: three of them stand beside everything else. */
const clusterJvm = (site: Pick<StackSite, "quickJvm">): ReadonlyArray<string> => [
  "-Xms64m",
  "-Xmx256m",
  "-XX:+UseSerialGC",
  ...(site.quickJvm ? ["-XX:TieredStopAtLevel=1"] : [])
]

const signal = (pid: number | undefined, name: NodeJS.Signals): Effect.Effect<void> =>
  Effect.sync(() => {
    if (pid === undefined) return
    try {
      process.kill(pid, name)
    } catch {
      // It has ended.
    }
  })

type ClusterSite = Omit<StackSite, "ports">

const makeNode = Effect.fnUntraced(function* (
  site: ClusterSite,
  java: Java,
  plan: ClusterNodePlan,
  classPath: string,
  jvm: ReadonlyArray<string>
) {
  const name = `kafka-${plan.nodeId}`
  const folder = join(site.dataFolder, name)
  const address = `127.0.0.1:${plan.advertisedPort}`
  let running: StartedProcess | undefined
  const server: ServerProcess = {
    part: "kafka",
    title: `Kafka broker ${plan.nodeId}`,
    address,
    dataFolder: folder,
    probe: probeKafka([address]),
    spec: {
      name,
      command: java.command,
      args: nodeArguments(jvm, classPath),
      cwd: folder,
      env: serverEnvironment(),
      logFile: join(site.dataFolder, `${name}.log`),
      stopSignal: "SIGTERM",
      graceMs: 15_000,
      stopOrder: 2
    }
  }
  const alive = () => (running !== undefined && !Deferred.isDoneUnsafe(running.ended) ? running : undefined)
  const start = Effect.gen(function* () {
    if (alive() !== undefined) return
    running = yield* site.guard.start("kafka", server.spec)
    yield* awaitReady(server, running)
  })
  const node: ClusterNode = {
    nodeId: plan.nodeId,
    address,
    folder,
    pid: () => alive()?.pid,
    start,
    kill: Effect.suspend(() => {
      const found = alive()
      return found === undefined
        ? Effect.void
        : Effect.andThen(signal(found.pid, "SIGKILL"), Effect.asVoid(Deferred.await(found.ended)))
    }),
    freeze: Effect.suspend(() => signal(alive()?.pid, "SIGSTOP")),
    thaw: Effect.suspend(() => signal(alive()?.pid, "SIGCONT"))
  }
  return node
})

/**
 * Starts a cluster of Apache Kafka, each node a process of the guard, and returns once every node answers.
 *
 * With three nodes each partition has three copies and a write needs two of them. Fails with StackError.
 */
export const startKafkaCluster = Effect.fnUntraced(function* (
  site: ClusterSite,
  java: Java,
  plans: ReadonlyArray<ClusterNodePlan>
) {
  const classPath = yield* kafkaClassPath(site.cacheFolder)
  const archive = yield* sharedArchive("kafka", site.cacheFolder, java, classPath)
  // An archive that is still to be written belongs to a lone node: of several, none would be the one that leaves it.
  const jvm = [...clusterJvm(site), ...(archive.keepAtCleanEnd === undefined ? archive.options : [])]
  const clusterId = newClusterId()
  const nodes = yield* Effect.forEach(plans, (plan) => makeNode(site, java, plan, classPath, jvm))
  yield* Effect.forEach(plans, (plan, index) =>
    prepareNode(nodes[index]!.folder, java, classPath, { properties: clusterProperties(plan, plans), clusterId })
  )
  yield* report(`Kafka: starting ${nodes.length} brokers`)
  yield* Effect.forEach(nodes, (node) => node.start, { concurrency: "unbounded", discard: true })
  return nodes
})
