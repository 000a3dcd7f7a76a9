import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { obtain, registryDownload } from "./Downloads.ts"
import type { Java } from "./Java.ts"
import { onDisk } from "./onDisk.ts"
import { ensureDatabase, probeRegistry, setCompatibility } from "./Probes.ts"
import { startServer } from "./ServerProcess.ts"
import { sharedArchive } from "./SharedArchive.ts"
import { StackError } from "./StackError.ts"
import { jvmOptions, type StackSite, serverEnvironment } from "./StackSite.ts"

/** The registry's own database on the stack's PostgreSQL: schemas there survive kill -9. */
const database = "millrace_registry"

const refused = (address: string) => (error: { readonly reason: string }) =>
  new StackError({
    part: "registry",
    problem: `${address}: ${error.reason}.`,
    remedy: "See registry.log in the data folder."
  })

/** Makes the registry's database. Fails with StackError when the user may not, which a foreign server may say. */
const makeDatabase = (databaseUrl: string) =>
  ensureDatabase(databaseUrl, database).pipe(
    Effect.mapError(
      ({ reason }) =>
        new StackError({
          part: "registry",
          problem: `Its database ${database} can't be made on the PostgreSQL server: ${reason}.`,
          remedy: "Give the user the right CREATEDB, make that database, or set SCHEMA_REGISTRY_URL."
        })
    )
  )

const settings = (port: number, databaseUrl: string): Record<string, string> => {
  const url = new URL(databaseUrl)
  const tls = url.searchParams.get("sslmode")
  return {
    QUARKUS_HTTP_HOST: "127.0.0.1",
    QUARKUS_HTTP_PORT: String(port),
    QUARKUS_LOG_LEVEL: "WARN",
    APICURIO_STORAGE_SQL_KIND: "postgresql",
    APICURIO_DATASOURCE_URL: `jdbc:postgresql://${url.host}/${database}${tls === null ? "" : `?sslmode=${tls}`}`,
    APICURIO_DATASOURCE_USERNAME: decodeURIComponent(url.username),
    // In the environment and not on the command line, where every user of the machine could read it.
    APICURIO_DATASOURCE_PASSWORD: decodeURIComponent(url.password)
  }
}

/** Starts Apicurio Registry as a process on the given PostgreSQL. Returns its Confluent API's address and process id. */
export const startRegistry = Effect.fnUntraced(function* (site: StackSite, java: Java, databaseUrl: string) {
  const program = yield* obtain(registryDownload, site.cacheFolder)
  yield* makeDatabase(databaseUrl)
  const folder = join(site.dataFolder, "registry")
  yield* onDisk("registry", folder, () => mkdirSync(folder, { recursive: true }))
  const jar = join(program, "apicurio-registry-app-3.0.9-runner.jar")
  const archive = yield* sharedArchive("registry", site.cacheFolder, java, jar)
  const url = `http://127.0.0.1:${site.ports.registry}/apis/ccompat/v7`
  const pid = yield* startServer(site.guard, {
    part: "registry",
    title: "Schema registry (Apicurio 3.0.9)",
    address: url,
    dataFolder: folder,
    probe: probeRegistry(url),
    spec: {
      name: "registry",
      command: java.command,
      args: [...jvmOptions(site), ...archive.options, "-jar", jar],
      cwd: folder,
      env: { ...serverEnvironment(), ...settings(site.ports.registry, databaseUrl) },
      logFile: join(site.dataFolder, "registry.log"),
      stopSignal: "SIGTERM",
      graceMs: 15_000,
      stopOrder: 2,
      ...(archive.keepAtCleanEnd === undefined ? {} : { keepAtCleanEnd: archive.keepAtCleanEnd })
    }
  })
  yield* setCompatibility(url, "BACKWARD_TRANSITIVE").pipe(Effect.mapError(refused(url)))
  return { url, pid }
})
