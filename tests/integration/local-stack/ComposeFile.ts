import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parse } from "yaml"
import { checkoutFolder } from "../../../packages/local/src/index.ts"

/** What the tests read of a service in docker-compose.yml. */
export interface ComposeService {
  readonly image?: string
  readonly command?: ReadonlyArray<string>
  readonly environment?: Readonly<Record<string, string>>
  readonly healthcheck?: { readonly test?: ReadonlyArray<string>; readonly disable?: boolean }
  readonly ports?: ReadonlyArray<string>
}

/** Services of our own that stay up. */
export const ourServices = [
  "simulator",
  "control-api",
  "market-data",
  "margin-monitor",
  "automation-executor",
  "scheduler"
] as const

/** Reads docker-compose.yml with its merges carried out. */
export const composeServices = (): Readonly<Record<string, ComposeService>> => {
  const text = readFileSync(join(checkoutFolder, "docker-compose.yml"), "utf8")
  return (parse(text, { merge: true }) as { services: Record<string, ComposeService> }).services
}
