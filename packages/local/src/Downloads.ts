import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Ref } from "effect"
import { digestOf } from "./digestOf.ts"
import { lockFolder } from "./FolderLock.ts"
import { onDisk } from "./onDisk.ts"
import { report } from "./Progress.ts"
import { runCommand } from "./runCommand.ts"
import { StackError, type StackPart } from "./StackError.ts"

/** Something fetched through Maven once, kept in the cache folder, and checked at every start. */
export interface Download {
  readonly part: StackPart
  /** Shown to people, with its size. */
  readonly title: string
  /** Folder below the cache folder; names the version. */
  readonly folder: string
  /** SHA-256 over the relative paths and contents of all its files (`digestOf`). */
  readonly digest: string
  /** Maven's arguments; `TARGET` stands for the folder to fill. Run in a folder with this `pom.xml`, if any. */
  readonly mavenArguments: ReadonlyArray<string>
  readonly pom?: string
  /** An archive in the target to unpack and remove. */
  readonly unpack?: string
}

const mavenPlugin = "org.apache.maven.plugins:maven-dependency-plugin:2.8"

/** The broker and its logging; 45 jars. */
export const kafkaDownload: Download = {
  part: "kafka",
  title: "Apache Kafka 4.3.1 (45 jars, 44 MB)",
  folder: "kafka-4.3.1",
  digest: "8b861fbeafcd599de3684db9f1b433ec663bd9d1f5d8ddf9e7883f094ab2d733",
  mavenArguments: [`${mavenPlugin}:copy-dependencies`, "-DoutputDirectory=TARGET", "-DincludeScope=runtime"],
  pom: `<project><modelVersion>4.0.0</modelVersion><groupId>millrace</groupId><artifactId>kafka</artifactId>
<version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.3.1</version></dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId>
<version>2.25.4</version></dependency></dependencies></project>
`
}

/** The schema registry; 3.3 and newer need Java 21. */
export const registryDownload: Download = {
  part: "registry",
  title: "Apicurio Registry 3.0.9 (109 MB)",
  folder: "apicurio-3.0.9",
  digest: "6371707da9751ecb235f0accd6f87775029900dfbd98a967c194f8374ccaaebd",
  mavenArguments: [
    `${mavenPlugin}:get`,
    "-Dtransitive=false",
    "-Dartifact=io.apicurio:apicurio-registry-app:3.0.9:tar.gz:all",
    "-Ddest=TARGET/archive.tar.gz"
  ],
  unpack: "archive.tar.gz"
}

const refuse = (download: Download, problem: string, remedy: string) =>
  new StackError({ part: download.part, problem: `${download.title}: ${problem}`, remedy })

const runMaven = Effect.fnUntraced(function* (download: Download, workFolder: string, target: string) {
  const fetched = yield* Ref.make(0)
  let files = 0
  const onLine = (line: string): void => {
    if (line.includes("Downloaded from")) files++
  }
  const args = download.mavenArguments.map((argument) => argument.replace("TARGET", target))
  const tick = Effect.gen(function* () {
    yield* Effect.sleep("3 seconds")
    const seconds = yield* Ref.updateAndGet(fetched, (n) => n + 3)
    yield* report(`${download.title}: still fetching, ${seconds} s, ${files} files through Maven so far`)
  })
  const run = runCommand("mvn", ["-B", "-C", ...args], { cwd: workFolder, onLine })
  const { code, lines } = yield* Effect.raceFirst(run, Effect.forever(tick))
  if (code === 127) {
    return yield* refuse(
      download,
      "it must be fetched once, and Maven (mvn) is not on the PATH.",
      "Install Maven (Debian, Ubuntu: apt install maven; macOS: brew install maven) or start a Docker engine."
    )
  }
  if (code === 0) return
  const why = lines.find((line) => line.includes("ERROR")) ?? lines.at(-1) ?? ""
  return yield* refuse(
    download,
    `Maven ended with code ${code}: ${why}`,
    "Check the network and Maven's settings, then start again."
  )
})

const fetchInto = Effect.fnUntraced(function* (download: Download, cacheFolder: string, folder: string) {
  const partial = join(cacheFolder, `partial-${download.folder}`)
  const target = join(partial, "files")
  yield* onDisk(download.part, cacheFolder, () => {
    // What an interrupted start left is of unknown state: fetch anew.
    rmSync(partial, { recursive: true, force: true })
    mkdirSync(target, { recursive: true })
    if (download.pom !== undefined) writeFileSync(join(partial, "pom.xml"), download.pom)
  })
  yield* runMaven(download, partial, target)
  if (download.unpack !== undefined) {
    yield* report(`${download.title}: unpacking`)
    const { code, lines } = yield* runCommand("tar", ["-xzf", join(target, download.unpack), "-C", target])
    if (code !== 0)
      return yield* refuse(
        download,
        `tar failed: ${lines.at(-1)}`,
        "Check the disk's free space and that tar is installed."
      )
    yield* onDisk(download.part, cacheFolder, () => rmSync(join(target, download.unpack as string)))
  }
  const found = yield* onDisk(download.part, cacheFolder, () => digestOf(target))
  if (found !== download.digest) {
    return yield* refuse(
      download,
      `what Maven fetched has the digest ${found}, expected ${download.digest}.`,
      `Remove its files from Maven's local repository and start again; what was fetched lies in ${target}.`
    )
  }
  yield* onDisk(download.part, cacheFolder, () => {
    rmSync(folder, { recursive: true, force: true })
    renameSync(target, folder)
    rmSync(partial, { recursive: true, force: true })
  })
  yield* report(`${download.title}: fetched and checked`)
})

const intact = (download: Download, folder: string) =>
  onDisk(download.part, folder, () => digestOf(folder)).pipe(
    Effect.map((digest) => digest === download.digest),
    Effect.orElseSucceed(() => false)
  )

/** Waits until no other start is downloading; the lock ends with its owner. */
const lockCache = Effect.fnUntraced(function* (download: Download, folder: string) {
  let told = false
  while (!(yield* lockFolder(download.part, folder))) {
    if (!told) yield* report(`${download.title}: another start is fetching it, waiting`)
    told = true
    yield* Effect.sleep("500 millis")
  }
})

/**
 * Returns the folder of a download, fetching it first when it is not in the cache or not intact.
 *
 * A folder appears under its name only complete and checked; nothing is fetched while it is there, so later starts
 * work without a network. Fails with StackError when Maven is missing or fails, or the digest differs.
 */
export const obtain = (download: Download, cacheFolder: string): Effect.Effect<string, StackError> =>
  Effect.gen(function* () {
    const folder = join(cacheFolder, download.folder)
    if (yield* intact(download, folder)) return folder
    yield* lockCache(download, join(cacheFolder, `lock-${download.folder}`))
    if (yield* intact(download, folder)) return folder
    yield* report(`${download.title}: fetching into ${cacheFolder}, once`)
    yield* fetchInto(download, cacheFolder, folder)
    return folder
  }).pipe(Effect.scoped)
