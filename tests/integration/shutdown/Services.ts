import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { jsonSchemaTextOf, SchemaRegistry, type TopicContract } from "@millrace/contracts"
import { Effect } from "effect"
import { type Order, until } from "../delivery/Orders.ts"

const script = fileURLToPath(new URL("service-process.ts", import.meta.url))

/** A service of `service-process.ts` and what it has said so far. */
export interface Service {
  readonly child: ChildProcess
  readonly output: () => string
  readonly errors: () => string
}

/** Starts one; killed with the scope. `blocking`: the order that blocks it. */
export const service = (name: string, environment: Readonly<Record<string, string>>, blocking?: number) =>
  Effect.acquireRelease(
    Effect.sync((): Service => {
      let output = ""
      let errors = ""
      const child = spawn(process.execPath, [script, name, ...(blocking === undefined ? [] : [`${blocking}`])], {
        env: { ...process.env, ...environment }
      })
      child.stdout.on("data", (text) => {
        output += text
      })
      child.stderr.on("data", (text) => {
        errors += text
      })
      return { child, output: () => output, errors: () => errors }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

export const exitCode = ({ child }: Service) =>
  until(Effect.sync(() => child.exitCode !== null || child.signalCode !== null)).pipe(Effect.map(() => child.exitCode))

/** The scenario's topics as a topics.yaml of its own. */
export const topicsYaml = (name: string): string => {
  const topic = (part: string, lanes: string) => `  ${name}-${part}:
    about: A scenario's topic
    key: order id
    lanes: [${lanes}]
    defaultLane: high
    records:
      Order: { writer: testkit, readers: [testkit] }
`
  const file = join(mkdtempSync(join(tmpdir(), "it-topics-")), "topics.yaml")
  const defaults = `version: 1
defaults:
  partitions: 3
  replication: 1
  retention: 1 day
  tombstones: 1 day
  maxMessage: 1 MiB
  retry: { attempts: 3, backoff: fixed, initial: 1 second, factor: 1, jitter: 0, cap: 1 minute }
  timeout: 30 seconds
  concurrency: 5
  deadLetters: { partitions: 1, retention: 1 day }
topics:
`
  writeFileSync(file, `${defaults}${topic("orders", "critical, high, low")}${topic("results", "high")}`)
  return file
}

export const register = (contract: TopicContract<Order>) =>
  Effect.flatMap(SchemaRegistry, (registry) => registry.register(`${contract.name}-value`, jsonSchemaTextOf(contract)))

/** Waits until the service takes records, or has ended. */
export const readyOrEnded = ({ child, output }: Service) =>
  until(Effect.sync(() => child.exitCode !== null || output().includes('"event":"ready"')))
