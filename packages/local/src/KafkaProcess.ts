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

/** Formats the storage once. The mark is written last: storage without it was never used, and is made anew. */
const format = Effect.fnUntraced(function* (folder: string, java: Java, classPath: string) {
  const mark = join(folder, "formatted")
  if (existsSync(mark)) return
  yield* report("Kafka: formatting its storage, once")
  yield* onDisk("kafka", folder, () => rmSync(join(folder, "records"), { recursive: true, force: true }))
  // 16 random bytes in Kafka's own form of an id, without the two letters that a command line would take for an option.
  const clusterId = randomText(16).replace(/^-/u, "A")
  const { code, lines } = yield* runCommand(
    java.command,
    [
      ...["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j2.configurationFile=log4j2.yaml"],
      ...["-cp", classPath, "kafka.tools.StorageTool", "format", "-t", clusterId, "-c", "server.properties"]
    ],
    { cwd: folder }
  )
  if (code !== 0) {
    const problem = `Formatting Kafka's storage in ${folder} ended with code ${code}: ${lines.slice(-2).join(" | ")}.`
    return yield* new StackError({ part: "kafka", problem, remedy: "Check the disk; --fresh empties the folder." })
  }
  yield* onDisk("kafka", folder, () => writeFileSync(mark, clusterId))
})

/** Starts Apache Kafka, one node, as a process. Returns its broker address and process id. */
export const startKafka = Effect.fnUntraced(function* (site: StackSite, java: Java) {
  const jars = yield* obtain(kafkaDownload, site.cacheFolder)
  const folder = join(site.dataFolder, "kafka")
  const broker = `127.0.0.1:${site.ports.kafka}`
  const classPath = yield* onDisk("kafka", jars, () => {
    const names = readdirSync(jars).sort()
    return names.map((name) => join(jars, name)).join(delimiter)
  })
  yield* onDisk("kafka", folder, () => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, "server.properties"), kafkaProperties(site.ports))
    writeFileSync(join(folder, "log4j2.yaml"), kafkaLogging)
  })
  yield* format(folder, java, classPath)
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
      args: [
        ...jvmOptions(site),
        ...archive.options,
        ...jvmSettings,
        "-cp",
        classPath,
        "kafka.Kafka",
        "server.properties"
      ],
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
