import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import { Effect } from "effect"
import { kafkaDownload, obtain } from "./Downloads.ts"
import type { Java } from "./Java.ts"
import { kafkaLogging, kafkaProperties } from "./KafkaSettings.ts"
import { onDisk } from "./onDisk.ts"
import { probeKafka } from "./Probes.ts"
import { report } from "./Progress.ts"
import { randomText } from "./randomText.ts"
import { runCommand } from "./runCommand.ts"
import { startServer } from "./ServerProcess.ts"
import { sharedArchive } from "./SharedArchive.ts"
import { StackError } from "./StackError.ts"
import { jvmOptions, type StackSite, serverEnvironment } from "./StackSite.ts"

const jvmSettings = ["-Dlog4j2.configurationFile=log4j2.yaml", "-Djava.awt.headless=true"]

/** Returns 16 random bytes in Kafka's own form of an id, without a first letter that a command line takes for an option. */
export const newClusterId = (): string => randomText(16).replace(/^-/u, "A")

/**
 * Writes a node's settings, and formats its storage once. The mark is written last: storage without it was never used,
 * and is made anew.
 */
export const prepareNode = Effect.fnUntraced(function* (
  folder: string,
  java: Java,
  classPath: string,
  node: { readonly properties: string; readonly clusterId: string; readonly formatArguments?: ReadonlyArray<string> }
) {
  yield* onDisk("kafka", folder, () => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, "server.properties"), node.properties)
    writeFileSync(join(folder, "log4j2.yaml"), kafkaLogging)
  })
  const mark = join(folder, "formatted")
  if (existsSync(mark)) return
  yield* report("Kafka: formatting its storage, once")
  const records = join(folder, "records")
  // Emptied, not removed: it may be a volume of its own.
  yield* onDisk("kafka", folder, () => {
    if (existsSync(records)) for (const name of readdirSync(records)) rmSync(join(records, name), { recursive: true })
  })
  const { code, lines } = yield* runCommand(
    java.command,
    [
      ...["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j2.configurationFile=log4j2.yaml"],
      ...["-cp", classPath, "kafka.tools.StorageTool", "format", "-t", node.clusterId, "-c", "server.properties"],
      ...(node.formatArguments ?? [])
    ],
    { cwd: folder }
  )
  if (code !== 0) {
    const problem = `Formatting Kafka's storage in ${folder} ended with code ${code}: ${lines.slice(-2).join(" | ")}.`
    return yield* new StackError({ part: "kafka", problem, remedy: "Check the disk; --fresh empties the folder." })
  }
  yield* onDisk("kafka", folder, () => writeFileSync(mark, node.clusterId))
})

/** Fetches the broker's program, if it is not there, and returns its class path. */
export const kafkaClassPath = Effect.fnUntraced(function* (cacheFolder: string) {
  const jars = yield* obtain(kafkaDownload, cacheFolder)
  return yield* onDisk("kafka", jars, () => {
    const names = readdirSync(jars).sort()
    return names.map((name) => join(jars, name)).join(delimiter)
  })
})

/** Returns the arguments of Java that run a node in its folder. */
export const nodeArguments = (jvm: ReadonlyArray<string>, classPath: string): ReadonlyArray<string> => [
  ...jvm,
  ...jvmSettings,
  "-cp",
  classPath,
  "kafka.Kafka",
  "server.properties"
]

/** Starts Apache Kafka, one node, as a process. Returns its broker address and process id. */
export const startKafka = Effect.fnUntraced(function* (site: StackSite, java: Java) {
  const classPath = yield* kafkaClassPath(site.cacheFolder)
  const folder = join(site.dataFolder, "kafka")
  const broker = `127.0.0.1:${site.ports.kafka}`
  yield* prepareNode(folder, java, classPath, { properties: kafkaProperties(site.ports), clusterId: newClusterId() })
  const archive = yield* sharedArchive("kafka", site.cacheFolder, java, classPath)
  const pid = yield* startServer(site.guard, {
    part: "kafka",
    title: "Kafka 4.3.1",
    address: broker,
    dataFolder: folder,
    probe: probeKafka([broker]),
    spec: {
      name: "kafka",
      command: java.command,
      args: nodeArguments([...jvmOptions(site), ...archive.options], classPath),
      cwd: folder,
      env: serverEnvironment(),
      logFile: join(site.dataFolder, "kafka.log"),
      stopSignal: "SIGTERM",
      graceMs: 20_000,
      stopOrder: 2,
      ...(archive.keepAtCleanEnd === undefined ? {} : { keepAtCleanEnd: archive.keepAtCleanEnd })
    }
  })
  return { brokers: [broker], pid }
})
