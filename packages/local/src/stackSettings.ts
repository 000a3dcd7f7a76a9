import { existsSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { Effect } from "effect"
import { liveAddresses } from "./DataFolder.ts"
import { readRun, servicesFolderOf } from "./RunRecord.ts"
import { toEnvironment } from "./StackAddresses.ts"
import { dataFolderOf } from "./StackConfig.ts"

/** The data folder that a command means: as it was told, else by MILLRACE_DATA, else `.millrace/default` of the checkout. */
export const askedDataFolder = (asked: string | undefined): string =>
  resolve(dataFolderOf({ dataFolder: process.env.MILLRACE_DATA || undefined }, asked))

/**
 * The variables by which a program finds the local stack that runs in a data folder, with its master key; none where no
 * stack runs, or where the environment names another server for any of its parts: then all comes from there.
 */
export const stackSettings = Effect.fnUntraced(function* (
  dataFolder: string,
  environment: Readonly<Record<string, string | undefined>>
) {
  const addresses = yield* liveAddresses(dataFolder)
  if (addresses === undefined) return {}
  const servers = toEnvironment(addresses)
  const differs = Object.entries(servers).some(([name, value]) => ![undefined, "", value].includes(environment[name]))
  if (differs) return {}
  const run = yield* readRun(dataFolder)
  return {
    ...servers,
    ...(run?.runId === undefined ? {} : { INSTANCE: run.runId }),
    ...(run?.apiUrl === undefined ? {} : { CONTROL_API_PUBLIC_URL: run.apiUrl }),
    ...run?.exchange,
    ...masterKeyIn(dataFolder),
    SCHEMA_CACHE: join(servicesFolderOf(dataFolder), "schema-ids")
  } as Readonly<Record<string, string>>
})

/** Made by the first run; until then nothing is encrypted. */
const masterKeyIn = (dataFolder: string): Readonly<Record<string, string>> => {
  const file = join(dataFolder, "master.key")
  return existsSync(file) ? { MILLRACE_MASTER_KEY: readFileSync(file, "utf8").trim() } : {}
}
