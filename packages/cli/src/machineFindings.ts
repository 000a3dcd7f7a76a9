// Foreign boundary: asks the machine.
import { existsSync, readFileSync, statfsSync } from "node:fs"
import { dirname } from "node:path"
import { checkoutFolder, findJava } from "@millrace/local"
import { Effect, Result } from "effect"
import { type DoctorFinding, failed, ok, skipped, warning } from "./DoctorFinding.ts"
import { environmentFindings, settingsIn } from "./KnownSettings.ts"

const oldestNode = 24
const littleBytes = 2 * 1024 ** 3
const leastBytes = 512 * 1024 ** 2

const nodeFinding = (): DoctorFinding => {
  const major = Number(process.versions.node.split(".")[0])
  return major >= oldestNode
    ? ok("Node", `${process.versions.node}`)
    : failed("Node", process.versions.node, `Run it by \`npm run millrace\`, which fetches Node ${oldestNode}.`)
}

const javaFinding = Effect.gen(function* () {
  if ((process.env.KAFKA_BROKERS ?? "") !== "") return skipped("Java", "not needed: KAFKA_BROKERS names a broker")
  const java = yield* Effect.result(findJava())
  return Result.isSuccess(java)
    ? ok("Java", java.success.version.split(" ").slice(0, 3).join(" "))
    : failed("Java", java.failure.problem, java.failure.remedy)
})

/** The folder itself, or the nearest one above it that is there. */
const present = (folder: string): string => (existsSync(folder) ? folder : present(dirname(folder)))

/** Free space below a folder: what a run needs, and what Kafka and PostgreSQL stop at. */
export const spaceFinding = (folder: string, freeBytes: number): DoctorFinding => {
  const free = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB free at ${folder}`
  const remedy =
    "Free space there, or choose another folder with MILLRACE_DATA: Kafka and PostgreSQL stop on a full disk."
  if (freeBytes < leastBytes) return failed("disk space", free, remedy)
  return freeBytes < littleBytes ? warning("disk space", free, remedy) : ok("disk space", free)
}

const diskFinding = (folder: string): DoctorFinding => {
  const { bavail, bsize } = statfsSync(present(folder))
  return spaceFinding(folder, bavail * bsize)
}

const settingFindings = (): ReadonlyArray<DoctorFinding> => {
  const page = `${checkoutFolder}docs/configuration.md`
  if (!existsSync(page)) return [skipped("environment", `${page} is not there, so names can't be compared`)]
  return environmentFindings(settingsIn(readFileSync(page, "utf8")), process.env)
}

/** What a machine must have: Node, Java where the stack is local, space, and an environment without typing errors. */
export const machineFindings = (dataFolder: string): Effect.Effect<ReadonlyArray<DoctorFinding>> =>
  Effect.gen(function* () {
    return [nodeFinding(), yield* javaFinding, diskFinding(dataFolder), ...settingFindings()]
  })
