import type { Speed } from "./RunOptions.ts"
import type { ServiceSpec } from "./Services.ts"

/** Services of the pipeline, in the order of the data; the scheduler, which no trade waits for, starts last. */
export const pipelineServices = [
  "control-api",
  "market-data",
  "margin-monitor",
  "automation-executor",
  "scheduler"
] as const

export interface RunPlaces {
  /** Variables that name the stack. */
  readonly stack: Readonly<Record<string, string>>
  readonly masterKey: string
  readonly schemaCache: string
  readonly runId: string
  /** Where control-api serves the API and the dashboard. */
  readonly apiPort: number
  /** The dashboard's built files; absent: it was not built. */
  readonly dashboardFolder?: string
  readonly speed: Speed
  /** Processes of each worker that several can share; 1 with all in one process. */
  readonly instances: number
}

/** What a process of ours gets of the environment: settings by name, never a debugger's or a test runner's. */
const inherited = (): Record<string, string> => {
  const { NODE_OPTIONS: _options, VITEST: _vitest, ...env } = process.env
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/**
 * Rate limits of the exchange count wall seconds; where market time runs faster, they grow with it, and at full speed
 * there are none: the outcome must not depend on the machine.
 */
const requestsPerSecond = (speed: Speed, atMarketSpeed: number): number =>
  speed === "max" ? 0 : Math.ceil(atMarketSpeed * Math.max(1, speed))

/** The simulator, whose health is on its control port. */
export const simulatorSpec = (places: RunPlaces, port: number): ServiceSpec => ({
  name: "simulator",
  main: "packages/simulators/src/main.ts",
  healthVariable: "SIMULATOR_CONTROL_PORT",
  stopOrder: 10,
  env: {
    SIMULATOR_ACCOUNT_REQUESTS_PER_SECOND: String(requestsPerSecond(places.speed, 5)),
    SIMULATOR_PUBLIC_REQUESTS_PER_SECOND: String(requestsPerSecond(places.speed, 1)),
    SIMULATOR_V2_ACCOUNT_REQUESTS_PER_MINUTE: String(requestsPerSecond(places.speed, 60)),
    SIMULATOR_V2_PUBLIC_REQUESTS_PER_MINUTE: String(requestsPerSecond(places.speed, 30)),
    ...inherited(),
    SIMULATOR_PORT: String(port),
    SIMULATOR_SEED: places.runId
  }
})

/** The monitor's patience is market time; where that runs faster, a command still needs its time of the wall. */
const overdueAfter = (speed: Speed): string => `${30 * (speed === "max" ? 1 : Math.max(1, speed))} seconds`

/** Variables of every worker of a run. */
const workerEnvironment = (places: RunPlaces, simulator: { readonly port: number; readonly controlUrl: string }) => ({
  EXCHANGE_ACCOUNT_PER_SECOND: String(requestsPerSecond(places.speed, 5) || 1_000),
  EXCHANGE_PUBLIC_PER_SECOND: String(requestsPerSecond(places.speed, 1) || 1_000),
  EXCHANGE_V2_ACCOUNT_PER_MINUTE: String(requestsPerSecond(places.speed, 60) || 60_000),
  EXCHANGE_V2_PUBLIC_PER_MINUTE: String(requestsPerSecond(places.speed, 30) || 60_000),
  MONITOR_OVERDUE_AFTER: overdueAfter(places.speed),
  ...inherited(),
  ...places.stack,
  MILLRACE_MASTER_KEY: places.masterKey,
  SCHEMA_CACHE: places.schemaCache,
  ...(places.dashboardFolder === undefined ? {} : { CONTROL_API_DASHBOARD_DIR: places.dashboardFolder }),
  CONTROL_API_HTTP_PORT: String(places.apiPort),
  ...exchangeAddresses(inherited().EXCHANGE_API, simulator.port),
  MONITOR_PROGRESS_URL: `${simulator.controlUrl.replace("http", "ws")}/progress`,
  // A name of its own: the monitor of this run does not go on with the ticks of an earlier one.
  INSTANCE: places.runId
})

/** Where the simulator speaks the version of the API that `EXCHANGE_API` names; it speaks all at once. */
export const exchangeAddresses = (api: string | undefined, port: number) => ({
  EXCHANGE_REST_URL: `http://127.0.0.1:${port}/${api === "v2" ? "v2" : "v3"}`,
  EXCHANGE_STREAM_URL: `ws://127.0.0.1:${port}${api === "v2" ? "" : "/v1"}`
})

/** Workers whose instances divide the accounts among them. */
const shared: ReadonlySet<string> = new Set(["margin-monitor", "automation-executor"])

/** The workers, one process each (shared ones several), or all in one. */
export const workerSpecs = (
  places: RunPlaces,
  simulator: { readonly port: number; readonly controlUrl: string },
  single: boolean
): ReadonlyArray<ServiceSpec> => {
  const env = workerEnvironment(places, simulator)
  return single
    ? [{ name: "millrace", main: "packages/local/src/singleMain.ts", env, stopOrder: 20 }]
    : pipelineServices.flatMap((name) =>
        Array.from({ length: shared.has(name) ? places.instances : 1 }, (_, index) => ({
          name: index === 0 ? name : `${name}-${index + 1}`,
          main: `packages/${name}/src/main.ts`,
          env: index === 0 ? env : { ...env, INSTANCE: `${places.runId}-${index + 1}` },
          stopOrder: 20,
          inBackground: name === "scheduler"
        }))
      )
}
