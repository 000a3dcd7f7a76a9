import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Option, Schema } from "effect"
import { lockFolder } from "./FolderLock.ts"
import { onDisk } from "./onDisk.ts"
import type { StackPorts } from "./Ports.ts"
import { openFolderFor } from "./PostgresSite.ts"
import { identify, isRunning } from "./ProcessIdentity.ts"
import type { StackAddresses } from "./StackAddresses.ts"
import { StackError } from "./StackError.ts"

const parts = ["kafka", "registry", "postgres", "redis"]
const logs = parts.map((part) => `${part}.log`)
const passwords = ["postgres.password", "postgres.password.next", "container.password"]

const PortsFile = Schema.fromJsonString(
  Schema.Struct({
    kafka: Schema.optionalKey(Schema.Int),
    controller: Schema.optionalKey(Schema.Int),
    registry: Schema.optionalKey(Schema.Int),
    postgres: Schema.optionalKey(Schema.Int),
    redis: Schema.optionalKey(Schema.Int)
  })
)

const AddressesFile = Schema.fromJsonString(Schema.Unknown)

/** Takes the folder for this process until the scope closes. Returns false when another stack runs in it. */
export const takeFolder = Effect.fnUntraced(function* (folder: string) {
  if (!(yield* lockFolder("stack", folder))) return false
  yield* onDisk("stack", folder, () => {
    mkdirSync(join(folder, "run"), { recursive: true })
    rmSync(join(folder, "addresses.json"), { force: true })
    writeFileSync(join(folder, "owner.json"), JSON.stringify(identify(process.pid)))
  })
  return true
})

/** The second start on one folder ends with this. */
export const folderInUse = (folder: string): StackError => {
  const file = join(folder, "owner.json")
  const pid = existsSync(file) ? /"pid":(\d+)/u.exec(readFileSync(file, "utf8"))?.[1] : undefined
  return new StackError({
    part: "stack",
    problem: `The data folder ${folder} is in use by another start${pid === undefined ? "" : ` (process ${pid})`}.`,
    remedy: "Stop that one first, or choose another folder with MILLRACE_DATA."
  })
}

/**
 * Removes the data of all parts. An emptying that was cut off is completed by the next start, asked or not: the parts'
 * data belongs together.
 */
export const emptyIfAsked = (folder: string, asked: boolean): Effect.Effect<boolean, StackError> =>
  onDisk("stack", folder, () => {
    const mark = join(folder, "emptying")
    if (!asked && !existsSync(mark)) return false
    writeFileSync(mark, "")
    for (const name of [...parts, ...logs, ...passwords]) rmSync(join(folder, name), { recursive: true, force: true })
    rmSync(join(openFolderFor(folder), "postgres"), { recursive: true, force: true })
    rmSync(mark)
    return true
  })

/** Returns the ports of the last run; an unreadable file counts as none. */
export const rememberedPorts = (folder: string): Effect.Effect<Partial<StackPorts>> =>
  onDisk("stack", folder, () => readFileSync(join(folder, "ports.json"), "utf8")).pipe(
    Effect.flatMap(Schema.decodeUnknownEffect(PortsFile)),
    Effect.orElseSucceed(() => ({}))
  )

/** Keeps the ports for the next run. */
export const rememberPorts = (folder: string, ports: StackPorts): Effect.Effect<void, StackError> =>
  onDisk("stack", folder, () => writeFileSync(join(folder, "ports.json"), JSON.stringify(ports)))

/** Publishes the addresses for other processes of this user, until the scope closes. They hold a password. */
export const publishAddresses = (folder: string, addresses: StackAddresses) =>
  Effect.acquireRelease(
    onDisk("stack", folder, () =>
      writeFileSync(join(folder, "addresses.json"), JSON.stringify(addresses), { mode: 0o600 })
    ),
    () => Effect.sync(() => rmSync(join(folder, "addresses.json"), { force: true }))
  )

const OwnerFile = Schema.fromJsonString(Schema.Struct({ pid: Schema.Int, started: Schema.String }))

/** Whether the process that took the folder last still runs: addresses of one that was killed lead nowhere. */
const ownerRuns = (folder: string): boolean => {
  const file = join(folder, "owner.json")
  const owner = Schema.decodeUnknownOption(OwnerFile)(existsSync(file) ? readFileSync(file, "utf8") : "")
  return Option.isSome(owner) && isRunning(owner.value)
}

/** The same, and undefined where the stack's owner is gone. */
export const liveAddresses = (folder: string): Effect.Effect<StackAddresses | undefined> =>
  Effect.flatMap(publishedAddresses(folder), (addresses) =>
    Effect.sync(() => (ownerRuns(folder) ? addresses : undefined))
  )

/** Returns the addresses that a running stack has published for this folder, undefined until it has. */
export const publishedAddresses = (folder: string): Effect.Effect<StackAddresses | undefined> =>
  onDisk("stack", folder, () => readFileSync(join(folder, "addresses.json"), "utf8")).pipe(
    Effect.flatMap(Schema.decodeUnknownEffect(AddressesFile)),
    Effect.map((value) => value as StackAddresses),
    Effect.orElseSucceed(() => undefined)
  )
